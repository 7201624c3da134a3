//! What the handlers share, as `app/core.rs` has it.

use std::sync::Arc;

use actix_web::web::Data;
use anyhow::Context as _;
use fixture::{orders::Order, permissions::ACCESS};
use platform::{
    audit::Journal,
    auth::{
        CallerQuotas, Credential, CredentialKind, FailedAttempts, Identity, Names, Principal,
        StepUp,
        tokens::{IssuerKeys, TokenVerifier},
    },
    clock::{Clock, SystemClock},
    config::{self, Settings},
    containment::{Containment, Enforced},
    db,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::{client_address::TrustedProxies, limits::RequestLimits},
        routing::operation_guard::OperationGuard,
    },
    slice::Store,
};

use super::listener::proxies;
use crate::benchmark::ground::SUBJECT;

/// All of it, made once.
#[derive(Clone)]
pub(super) struct State {
    pub verifier: Data<TokenVerifier>,
    pub failed_attempts: Data<FailedAttempts>,
    pub caller_quotas: Data<CallerQuotas>,
    pub enforced: Data<Enforced>,
    pub operation_guard: Data<dyn OperationGuard>,
    pub journal: Data<Journal>,
    pub aggregator: Data<EventAggregator>,
    pub cors: Data<config::Cors>,
    pub step_up: Data<StepUp>,
    pub limits: Data<RequestLimits>,
    pub proxies: Data<TrustedProxies>,
    pub security_txt: Data<config::SecurityTxt>,
    pub clock: Data<dyn Clock>,
    pub orders: Data<Store<Order>>,
    /// The caller of requests without a token, in `without-authentication`.
    pub principal: Data<Arc<Principal>>,
}

impl State {
    pub async fn of(settings: &Settings, issuer: String) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let connections = db::connect(&settings.database, &settings.data_dir).await?;
        let orders = Store::new(&connections, settings);
        let access = &ACCESS;
        let editor = access.role("editor").context("no role editor")?;
        let identity = Identity {
            issuer: issuer.into(),
            subject: SUBJECT.into(),
        };
        let limits = &settings.public.limits;
        let quotas = &settings.rate_limit;
        let journal = Journal::open(&settings.audit, &settings.data_dir, clock.clone())?;
        let containment =
            Containment::open(&connections, settings, journal.clone(), clock.clone()).await?;
        let enforced = Arc::new(Enforced::all(containment));
        let operation_guard: Arc<dyn OperationGuard> = enforced.clone();
        let attempts = FailedAttempts::new(
            quotas.failed_authentication,
            quotas.unknown_tokens,
            clock.clone(),
        );
        Ok(Self {
            verifier: Data::new(TokenVerifier::new(
                &settings.auth,
                &IssuerKeys::start(&settings.auth, access, &journal)?,
                access,
                clock.clone(),
            )?),
            failed_attempts: Data::new(attempts),
            caller_quotas: Data::new(CallerQuotas::new(quotas, access, &clock)?),
            enforced: Data::from(enforced),
            operation_guard: Data::from(operation_guard),
            journal: Data::new(journal),
            aggregator: Data::new(EventAggregator::new(drop)),
            cors: Data::new(settings.public.cors.clone()),
            step_up: Data::new(StepUp {
                max_age: settings.auth.step_up_max_age.try_into()?,
                leeway: settings.auth.leeway.try_into()?,
                clock: clock.clone(),
            }),
            limits: Data::new(RequestLimits {
                body_bytes: limits.body_bytes,
                body_time: limits.body_timeout,
                request_timeout: limits.request_timeout,
            }),
            proxies: Data::new(proxies(settings)),
            security_txt: Data::new(settings.public.security_txt.clone()),
            clock: Data::from(clock),
            orders: Data::new(orders),
            principal: Data::new(Arc::new(Principal {
                credential: Credential {
                    kind: CredentialKind::AccessToken,
                    names: Names::of_token(&identity, "development", "1", "1"),
                    id: "1".into(),
                    client: Some("development".into()),
                    acting_party: None,
                    issued_at: time::OffsetDateTime::UNIX_EPOCH,
                },
                identity,
                roles: vec![editor],
                access,
                permissions: editor.permissions(),
                authenticated_at: None,
                acr: None,
                lacks_acr: None,
            })),
        })
    }
}
