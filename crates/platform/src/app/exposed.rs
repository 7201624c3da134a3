//! A credential that crossed the network in the clear is revoked: who listened there has it too.
//!
//! A sender of somebody else's credential has it already, so revoking it takes nothing from its owner that was
//! not lost. What is looked at has the bounds of authentication: an address has its failures, then its part of the
//! lane. A genuine one counts too: each is an alert, and these have a queue of their own. A credential is revoked once,
//! on record before it is done, and whatever becomes of the connection.
//!
//! Controls: TL-01, SE-01

use std::{net::IpAddr, sync::Arc};

use futures_util::future::LocalBoxFuture;

use super::{StartError, core::Core, rate_limits::RateLimits};
use crate::{
    admin::access,
    api_keys::ApiKeys,
    audit::{Entry, Event, Reason},
    auth::{
        FailedAttempts, api_key, credential,
        tokens::{TokenError, TokenVerifier},
    },
    config,
    containment::Containment,
    http::{
        audit_trail::aggregator::EventAggregator,
        context::client_address::bucket,
        listener::tripwire::{ExposedCredentials, Tripwire},
    },
};

/// Judges credentials of both listeners: a token for operators is exposed at either port.
#[derive(Clone)]
pub(super) struct Exposed {
    pub verifiers: Arc<[TokenVerifier]>,
    pub api_keys: Option<Arc<ApiKeys>>,
    pub containment: Arc<Containment>,
    pub attempts: Arc<FailedAttempts>,
    pub aggregator: Arc<EventAggregator>,
}

impl Core<'_> {
    /// What notices plain HTTP at a listener with these limits.
    pub(super) fn tripwire(&self, rate_limits: &RateLimits) -> Result<Tripwire, StartError> {
        // A token is looked at once: nothing is to be remembered.
        let of_callers = config::Auth {
            token_cache_entries: 0,
            ..self.settings.auth.clone()
        };
        let verifier = |auth: &config::Auth, access| {
            TokenVerifier::new(auth, &self.keys, access, self.clock.clone())
        };
        let exposed = Exposed {
            verifiers: Arc::new([
                verifier(&of_callers, self.service.access)?,
                verifier(&of_callers.on_admin(), &access::ACCESS)?,
            ]),
            api_keys: self.api_keys.clone(),
            containment: self.containment.clone(),
            attempts: rate_limits.failed_attempts.clone(),
            aggregator: self.aggregator.clone(),
        };
        let most = self.settings.public.limits.head_bytes;
        Ok(Tripwire::new(
            Arc::new(exposed),
            self.aggregator.clone(),
            most,
        ))
    }
}

impl ExposedCredentials for Exposed {
    fn look<'c>(&'c self, text: &'c str, address: IpAddr) -> LocalBoxFuture<'c, ()> {
        Box::pin(async move {
            if text.starts_with(api_key::PREFIX) {
                self.key(text, address).await;
            } else {
                self.token(text, address).await;
            }
        })
    }
}

impl Exposed {
    async fn key(&self, text: &str, address: IpAddr) {
        let Some(keys) = self.api_keys.clone() else {
            return;
        };
        let of_address = bucket(address);
        let named = keys.verifier().claimed_id(text).ok();
        let admitted = match &named {
            Some(id) => self.attempts.admit_key(of_address, credential::api_key(id)),
            None => self.attempts.admit(of_address),
        };
        if admitted.is_err() {
            return;
        }
        match keys.genuine(text).await {
            Ok(Some(id)) => {
                self.attempts.count(of_address, None).await;
                let journal = self.containment.journal().clone();
                // A connection that ends must not end this.
                tokio::task::spawn_local(async move {
                    keys.revoke_exposed(id, address, &journal).await;
                });
            }
            Ok(None) => {
                self.refused(Event::AuthnApiKeyFail, of_address, named.as_deref())
                    .await;
            }
            // The database cannot say.
            Err(_) => {}
        }
    }

    async fn token(&self, text: &str, address: IpAddr) {
        let of_address = bucket(address);
        if self.attempts.admit(of_address).is_err() {
            return;
        }
        for verifier in self.verifiers.iter() {
            match verifier.verify(text).await {
                Ok(caller) => {
                    self.attempts.count(of_address, None).await;
                    let containment = self.containment.clone();
                    tokio::task::spawn_local(async move {
                        containment.revoke_exposed(&caller, address).await;
                    });
                    return;
                }
                // For the other listener, perhaps; or nothing can be said of it.
                Err(TokenError::KeysUnavailable) => return,
                Err(_) => {}
            }
        }
        self.refused(Event::AuthnTokenFail, of_address, None).await;
    }

    async fn refused(&self, event: Event, address: IpAddr, key: Option<&str>) {
        let event = Entry::new(event).because(Reason::PlainHttp);
        self.aggregator.count(event.from(address));
        self.attempts
            .count(address, key.map(credential::api_key))
            .await;
    }
}
