//! The two listeners: what sets the one of callers and the one of operators apart.

use std::{net::SocketAddr, sync::Arc};

use super::{StartError, core::Core, listening::Listening, plan::Plan};
use crate::{
    admin::{access, build::BuildResponse, readiness::Readiness},
    config,
    containment::{Enforced, Operations},
    http::{
        audit_trail::request_audit::OfOperators,
        context::client_address::TrustedProxies,
        listener::{connections::Bounds, gate},
        rate_limit::Classes,
    },
    tls,
};

impl Core<'_> {
    /// The listener of callers.
    pub fn public(&self, tls: tls::Live) -> Result<Listening, StartError> {
        let public = &self.settings.public;
        let service = self.service.clone();
        let plan = Plan {
            name: "public",
            address: SocketAddr::new(public.bind, public.port),
            workers: public.workers,
            tls,
            networks: None,
            bounds: Bounds::of(&public.limits),
            gate: gate::Limits::of(&public.limits, &public.hosts),
            proxies: TrustedProxies {
                networks: public.trusted_proxies.clone(),
                field: public.forwarded_field,
            },
            cors: public.cors.clone(),
            auth: self.settings.auth.clone(),
            access: self.service.access,
            enforced: Arc::new(Enforced::all(self.containment.clone())),
            quotas: self.settings.rate_limit.clone(),
            shares_quotas: true,
            routes: Arc::new(move || service.routes()),
        };
        self.open(plan, |shared, _| {
            shared.add(Arc::new(public.security_txt.clone()));
            self.outbound.collect_spans(shared);
            // Here alone: the listener of operators believes no API key.
            if let Some(keys) = &self.api_keys {
                shared.add(keys.verifier());
            }
            if self.quota_store.is_some() {
                let operations = self.service.routes().operations().into_iter();
                let classes = operations.map(|one| (one.method, one.path, one.class));
                shared.add(Arc::new(Classes::of(classes)));
            }
            self.service
                .make_stores(&self.database, self.settings, shared);
            Ok(())
        })
    }

    /// The listener of operators.
    pub fn admin(
        &self,
        tls: tls::Live,
        readiness: Arc<Readiness>,
        public: &Listening,
    ) -> Result<Listening, StartError> {
        let admin = &self.settings.admin;
        let service = self.service.clone();
        let plan = Plan {
            name: "admin",
            address: SocketAddr::new(admin.bind, admin.port),
            // Of its own: a flood on the public listener leaves it free.
            workers: 1,
            tls,
            networks: Some(admin.networks.clone()),
            bounds: Bounds::among(admin.connections),
            gate: gate::Limits {
                pages: false,
                ..gate::Limits::of(&self.settings.public.limits, &admin.hosts)
            },
            proxies: TrustedProxies {
                networks: Vec::new(),
                field: self.settings.public.forwarded_field,
            },
            cors: config::Cors::default(),
            auth: self.settings.auth.on_admin(),
            access: &access::ACCESS,
            enforced: Arc::new(Enforced::revocations(self.containment.clone())),
            // Roles of the service are nobody here.
            quotas: config::RateLimit {
                per_role: Vec::new(),
                ..self.settings.rate_limit.clone()
            },
            // An operator must be let in when their store is not there.
            shares_quotas: false,
            routes: Arc::new(move || service.admin_routes()),
        };
        self.open(plan, |shared, observed| {
            shared.add(Arc::new(OfOperators));
            // Those of callers: what operators do cannot be restricted.
            let operations = self.service.routes().operations();
            shared.add(Arc::new(Operations::of(operations)));
            shared.add(readiness);
            let listeners = vec![public.observed.clone(), observed.clone()];
            shared.add(self.outbound.read(self.metrics(listeners)));
            shared.add(Arc::new(self.docs(public.address.port())?));
            let build = BuildResponse::of(self.service.version, &self.service.build);
            shared.add(Arc::new(build));
            Ok(())
        })
    }
}
