//! What all listeners of a service stand on, and how each is put together from it.
//!
//! The listeners differ in their routes, their table of permissions, whose tokens they believe, and who
//! may connect. All else is the same, and made by the same functions: layers, limits, quotas.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    admin::{access, build::BuildResponse, readiness::Readiness},
    api_keys::ApiKeys,
    audit::Journal,
    auth::{
        AccessTable, GuessObserver, StepUp,
        tokens::{IssuerKeys, TokenVerifier},
    },
    clock::Clock,
    config::{self, Settings},
    containment::{Containment, Enforced, Guesses},
    db::Connections as Database,
    http::{
        audit_trail::{aggregator::EventAggregator, request_audit::OfOperators},
        context::{client_address::TrustedProxies, limits::RequestLimits},
        listener::{
            connections::{Bounds, Connections},
            gate,
            server::Listener,
        },
        rate_limit::Classes,
        routing::route::API_PREFIX,
    },
    quota_store::QuotaStore,
    tls,
};

use super::{
    Service, Shared, StartError, database::DatabaseRecord, layers::Parts, listening::Listening,
    observed::Observed, outbound::Outbound, rate_limits::RateLimits,
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

/// What differs between listeners in the data that their requests share.
struct Audience {
    auth: config::Auth,
    access: &'static AccessTable,
    proxies: TrustedProxies,
    cors: config::Cors,
}

impl<'a> Core<'a> {
    pub fn new(
        service: &'a Service,
        settings: &'a Settings,
        clock: Arc<dyn Clock>,
        journal: Journal,
        database: Database,
        containment: Arc<Containment>,
        api_keys: Option<Arc<ApiKeys>>,
    ) -> Result<Self, StartError> {
        let record = journal.clone();
        Ok(Self {
            keys: Arc::new(IssuerKeys::start(&settings.auth, service.access, &journal)?),
            aggregator: Arc::new(EventAggregator::new(move |entry| record.point(entry))),
            service,
            settings,
            clock,
            journal,
            database,
            containment,
            api_keys,
            outbound: Outbound::default(),
            quota_store: None,
        })
    }

    /// The listener of callers.
    pub fn public(&self, tls: tls::Live) -> Result<Listening, StartError> {
        let public = &self.settings.public;
        let rate_limits = RateLimits::new(
            &self.settings.rate_limit,
            self.service.access,
            &self.clock,
            self.quota_store.as_ref(),
        )?;
        let proxies = TrustedProxies {
            networks: public.trusted_proxies.clone(),
            field: public.forwarded_field,
        };
        let audience = Audience {
            auth: self.settings.auth.clone(),
            access: self.service.access,
            proxies: proxies.clone(),
            cors: public.cors.clone(),
        };
        let enforced = Enforced::all(self.containment.clone());
        let (mut shared, verifier) = self.shared(&audience, &rate_limits, enforced)?;
        shared.add(Arc::new(public.security_txt.clone()));
        self.outbound.collect_spans(&mut shared);
        // The listener of operators has no verifier: there, no key is believed.
        if let Some(keys) = &self.api_keys {
            shared.add(keys.verifier());
        }
        if self.quota_store.is_some() {
            let operations = self.service.routes().operations().into_iter();
            let classes = operations.map(|one| (one.method, one.path, one.class));
            shared.add(Arc::new(Classes::of(classes)));
        }
        self.service
            .make_stores(&self.database, self.settings, &mut shared);
        let service = self.service.clone();
        let connections = Connections::new(
            Bounds::of(&public.limits),
            proxies,
            rate_limits.handshakes.clone(),
            self.aggregator.clone(),
        );
        let observed = Observed {
            name: "public",
            traffic: Arc::default(),
            connections,
            verifier,
            tls,
            tripwire: self.tripwire(&rate_limits)?,
        };
        let parts = Parts {
            routes: Arc::new(move || service.routes()),
            scope: API_PREFIX,
            address_quota: rate_limits.address.clone(),
            cors: audience.cors,
            traffic: observed.traffic.clone(),
            shared,
        };
        let limits = gate::Limits::of(&public.limits, &public.hosts);
        let listener = self.listener(&observed, limits);
        let address = SocketAddr::new(public.bind, public.port);
        Listening::open(
            observed,
            address,
            public.workers,
            self.settings,
            rate_limits,
            parts,
            listener,
        )
    }

    /// The listener of operators. It has a worker of its own: a flood on the public listener leaves it
    /// free.
    pub fn admin(
        &self,
        tls: tls::Live,
        readiness: Arc<Readiness>,
        public: &Listening,
    ) -> Result<Listening, StartError> {
        let admin = &self.settings.admin;
        // Roles of the service are nobody here. An operator must be let in when the shared quotas are not.
        let quotas = config::RateLimit {
            per_role: Vec::new(),
            ..self.settings.rate_limit.clone()
        };
        let rate_limits = RateLimits::new(&quotas, &access::ACCESS, &self.clock, None)?;
        let audience = Audience {
            auth: self.settings.auth.on_admin(),
            access: &access::ACCESS,
            proxies: TrustedProxies {
                networks: Vec::new(),
                field: self.settings.public.forwarded_field,
            },
            cors: config::Cors::default(),
        };
        let enforced = Enforced::revocations(self.containment.clone());
        let (mut shared, verifier) = self.shared(&audience, &rate_limits, enforced)?;
        shared.add(Arc::new(OfOperators));
        shared.add(readiness);
        let service = self.service.clone();
        let connections = Connections::within(
            Some(admin.networks.clone()),
            Bounds::among(admin.connections),
            audience.proxies,
            rate_limits.handshakes.clone(),
            self.aggregator.clone(),
        );
        let observed = Observed {
            name: "admin",
            traffic: Arc::default(),
            connections,
            verifier,
            tls,
            tripwire: self.tripwire(&rate_limits)?,
        };
        let listeners = vec![public.observed.clone(), observed.clone()];
        shared.add(self.outbound.read(self.metrics(listeners)));
        shared.add(Arc::new(self.docs(public.address.port())?));
        let build = BuildResponse::of(self.service.version, &self.service.build);
        shared.add(Arc::new(build));
        let parts = Parts {
            routes: Arc::new(move || service.admin_routes()),
            scope: API_PREFIX,
            address_quota: rate_limits.address.clone(),
            cors: audience.cors,
            traffic: observed.traffic.clone(),
            shared,
        };
        let limits = gate::Limits {
            pages: false,
            ..gate::Limits::of(&self.settings.public.limits, &admin.hosts)
        };
        let listener = self.listener(&observed, limits);
        let address = SocketAddr::new(admin.bind, admin.port);
        Listening::open(
            observed,
            address,
            1,
            self.settings,
            rate_limits,
            parts,
            listener,
        )
    }

    /// What the requests of a listener share.
    fn shared(
        &self,
        audience: &Audience,
        rate_limits: &RateLimits,
        enforced: Enforced,
    ) -> Result<(Shared, Arc<TokenVerifier>), StartError> {
        let limits = &self.settings.public.limits;
        let Audience {
            auth,
            access,
            proxies,
            cors,
        } = audience;
        let verifier = TokenVerifier::new(auth, &self.keys, access, self.clock.clone())?;
        let verifier = Arc::new(verifier);
        let mut shared = Shared::default();
        shared.add(verifier.clone());
        shared.add(self.containment.clone());
        shared.add(Arc::new(StepUp {
            max_age: auth.step_up_max_age.try_into().unwrap_or_default(),
            leeway: auth.leeway.try_into().unwrap_or_default(),
            clock: self.clock.clone(),
        }));
        shared.add(Arc::new(RequestLimits {
            body_bytes: limits.body_bytes,
            body_time: limits.body_timeout,
            request_timeout: limits.request_timeout,
        }));
        shared.add(Arc::new(enforced));
        let guesses = Guesses(self.containment.clone());
        shared.add::<dyn GuessObserver>(Arc::new(guesses));
        shared.add(Arc::new(self.journal.clone()));
        shared.add(self.aggregator.clone());
        shared.add(rate_limits.failed_attempts.clone());
        shared.add(rate_limits.callers.clone());
        shared.add(Arc::new(proxies.clone()));
        shared.add(Arc::new(cors.clone()));
        shared.add(self.clock.clone());
        if let Some(keys) = &self.api_keys {
            shared.add(keys.clone());
        }
        Ok((shared, verifier))
    }

    /// How a listener treats its connections.
    fn listener(&self, observed: &Observed, limits: gate::Limits) -> Listener {
        let times = &self.settings.public.limits;
        Listener {
            tls: observed.tls.clone(),
            handshake_timeout: times.tls_handshake_timeout,
            keep_alive: times.keep_alive,
            connections: observed.connections.clone(),
            limits,
            tripwire: observed.tripwire.clone(),
        }
    }

    /// Who puts the state of the database on record.
    pub fn database_record(&self) -> DatabaseRecord {
        DatabaseRecord {
            database: self.database.with(&[]),
            journal: self.journal.clone(),
        }
    }
}
