//! What both listeners of a service stand on, and how one is put together from it.
//!
//! All that a listener has of its own is in its [`Plan`]: what is added here holds at both.

use std::sync::Arc;

use super::{
    Service, Shared, StartError,
    database::DatabaseRecord,
    layers::Parts,
    listening::{Listening, Socket},
    observed::Observed,
    outbound::Outbound,
    plan::Plan,
    rate_limits::RateLimits,
};
use crate::{
    api_keys::ApiKeys,
    audit::Journal,
    auth::{
        GuessObserver, StepUp,
        tokens::{IssuerKeys, TokenVerifier},
    },
    clock::Clock,
    config::Settings,
    containment::{Containment, Guesses},
    db::Connections as Database,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::limits::RequestLimits,
        listener::{connections::Connections, server::Listener},
        routing::operation_guard::OperationGuard,
    },
    quota_store::QuotaStore,
};

/// The parts that are made once for a process.
pub(super) struct Core<'a> {
    pub service: &'a Service,
    pub settings: &'a Settings,
    pub clock: Arc<dyn Clock>,
    pub journal: Journal,
    pub keys: Arc<IssuerKeys>,
    pub database: Database,
    pub containment: Arc<Containment>,
    pub api_keys: Option<Arc<ApiKeys>>,
    pub outbound: Outbound,
    pub quota_store: Option<Arc<QuotaStore>>,
    pub aggregator: Arc<EventAggregator>,
}

impl Core<'_> {
    /// Binds a listener and puts it together. `add` adds what its requests alone ask for.
    pub fn open(
        &self,
        plan: Plan,
        add: impl FnOnce(&mut Shared, &Observed) -> Result<(), StartError>,
    ) -> Result<Listening, StartError> {
        let store = plan.shares_quotas.then_some(self.quota_store.as_ref());
        let rate_limits = RateLimits::new(&plan.quotas, plan.access, &self.clock, store.flatten())?;
        let verifier = TokenVerifier::new(&plan.auth, &self.keys, plan.access, self.clock.clone())?;
        let connections = Connections::new(
            plan.networks.clone(),
            plan.bounds.clone(),
            plan.proxies.clone(),
            rate_limits.handshakes.clone(),
            self.aggregator.clone(),
        );
        let observed = Observed {
            name: plan.name,
            traffic: Arc::default(),
            connections,
            verifier: Arc::new(verifier),
            tls: plan.tls.clone(),
            tripwire: self.tripwire(&rate_limits)?,
        };
        let mut shared = self.shared(&plan, &rate_limits);
        shared.add(observed.verifier.clone());
        add(&mut shared, &observed)?;
        let parts = Parts {
            routes: plan.routes,
            address_quota: rate_limits.address.clone(),
            cors: plan.cors,
            traffic: observed.traffic.clone(),
            shared,
        };
        let times = &self.settings.public.limits;
        let listener = Listener {
            tls: plan.tls,
            handshake_timeout: times.tls_handshake_timeout,
            connections: observed.connections.clone(),
            limits: plan.gate,
            tripwire: observed.tripwire.clone(),
        };
        let socket = Socket {
            address: plan.address,
            workers: plan.workers,
            deadline: self.settings.shutdown.deadline,
        };
        Listening::open(socket, observed, rate_limits, parts, listener)
    }

    /// What the requests of both listeners ask for.
    fn shared(&self, plan: &Plan, rate_limits: &RateLimits) -> Shared {
        let limits = &self.settings.public.limits;
        let mut shared = Shared::default();
        shared.add(self.containment.clone());
        shared.add(Arc::new(StepUp {
            max_age: plan.auth.step_up_max_age.try_into().unwrap_or_default(),
            leeway: plan.auth.leeway.try_into().unwrap_or_default(),
            clock: self.clock.clone(),
        }));
        shared.add(Arc::new(RequestLimits {
            body_bytes: limits.body_bytes,
            body_time: limits.body_timeout,
            request_timeout: limits.request_timeout,
        }));
        shared.add(plan.enforced.clone());
        shared.add::<dyn OperationGuard>(plan.enforced.clone());
        let guesses = Guesses(self.containment.clone());
        shared.add::<dyn GuessObserver>(Arc::new(guesses));
        shared.add(Arc::new(self.journal.clone()));
        shared.add(self.aggregator.clone());
        shared.add(rate_limits.failed_attempts.clone());
        shared.add(rate_limits.callers.clone());
        shared.add(Arc::new(plan.proxies.clone()));
        shared.add(Arc::new(plan.cors.clone()));
        shared.add(self.clock.clone());
        if let Some(keys) = &self.api_keys {
            shared.add(keys.clone());
        }
        shared
    }

    /// Who puts the state of the database on record.
    pub fn database_record(&self) -> DatabaseRecord {
        DatabaseRecord {
            database: self.database.with(&[]),
            journal: self.journal.clone(),
        }
    }
}
