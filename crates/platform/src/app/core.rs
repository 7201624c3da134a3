//! What every listener of a service stands on, and how the public one is put together from it.
//!
//! A second listener is a second value of [`Parts`] and a second [`Listener`], with route table, scope,
//! quotas, hosts and policy of its own; the order of layers is the same (`layers.rs`).

use std::sync::Arc;

use crate::{
    audit::Journal,
    auth::{StepUp, tokens::TokenVerifier},
    clock::Clock,
    config::Settings,
    containment::{Containment, Enforced},
    db,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::{client_address::TrustedProxies, limits::RequestLimits},
        listener::{
            connections::{Bounds, Connections},
            gate,
            server::Listener,
        },
        routing::route::API_PREFIX,
    },
    tls,
};

use super::{
    Service, Shared, StartError, housekeeping::Housekeeping, layers::Parts, rate_limits::RateLimits,
};

/// The parts that are made once for a process.
pub(super) struct Core<'a> {
    service: &'a Service,
    settings: &'a Settings,
    clock: Arc<dyn Clock>,
    journal: Journal,
    aggregator: Arc<EventAggregator>,
    rate_limits: RateLimits,
}

impl<'a> Core<'a> {
    pub fn new(
        service: &'a Service,
        settings: &'a Settings,
        clock: Arc<dyn Clock>,
        journal: Journal,
    ) -> Result<Self, StartError> {
        let record = journal.clone();
        Ok(Self {
            rate_limits: RateLimits::new(&settings.rate_limit, service.access, &clock)?,
            aggregator: Arc::new(EventAggregator::new(move |entry| record.point(entry))),
            service,
            settings,
            clock,
            journal,
        })
    }

    /// What the requests of the public listener share.
    pub fn shared(
        &self,
        connections: &db::Connections,
        containment: Arc<Containment>,
    ) -> Result<Shared, StartError> {
        let (settings, limits) = (self.settings, &self.settings.public.limits);
        let auth = &settings.auth;
        let verifier =
            TokenVerifier::new(auth, self.service.access, self.clock.clone(), &self.journal)?;
        let mut shared = Shared::default();
        shared.add(Arc::new(verifier));
        shared.add(Arc::new(StepUp {
            max_age: auth.step_up_max_age.try_into().unwrap_or_default(),
            clock: self.clock.clone(),
        }));
        shared.add(Arc::new(RequestLimits {
            body_bytes: limits.body_bytes,
            body_time: limits.body_timeout,
            request_timeout: limits.request_timeout,
        }));
        shared.add(Arc::new(Enforced::all(containment)));
        shared.add(Arc::new(self.journal.clone()));
        shared.add(self.aggregator.clone());
        shared.add(self.rate_limits.failed_attempts.clone());
        shared.add(self.rate_limits.callers.clone());
        shared.add(Arc::new(self.proxies()));
        shared.add(Arc::new(settings.public.cors.clone()));
        shared.add(Arc::new(settings.public.security_txt.clone()));
        shared.add(self.clock.clone());
        self.service.make_stores(connections, settings, &mut shared);
        Ok(shared)
    }

    /// The public listener's application.
    pub fn public(&self, shared: Shared) -> Parts {
        let service = self.service.clone();
        Parts {
            routes: Arc::new(move || service.routes()),
            scope: API_PREFIX,
            address_quota: self.rate_limits.address.clone(),
            cors: self.settings.public.cors.clone(),
            shared,
        }
    }

    /// How the public listener treats its connections.
    pub fn listener(&self, tls: tls::Server) -> Listener {
        let limits = &self.settings.public.limits;
        Listener {
            tls: Arc::new(tls.config),
            handshake_timeout: limits.tls_handshake_timeout,
            keep_alive: limits.keep_alive,
            connections: Connections::new(
                Bounds::of(limits),
                self.proxies(),
                self.rate_limits.handshakes.clone(),
                self.aggregator.clone(),
            ),
            limits: gate::Limits::of(&self.settings.public),
        }
    }

    /// What is done every few seconds for all of it.
    pub fn housekeeping(self) -> Housekeeping {
        Housekeeping {
            rate_limits: self.rate_limits,
            aggregator: self.aggregator,
            journal: self.journal,
        }
    }

    fn proxies(&self) -> TrustedProxies {
        TrustedProxies {
            networks: self.settings.public.trusted_proxies.clone(),
            field: self.settings.public.forwarded_field,
        }
    }
}
