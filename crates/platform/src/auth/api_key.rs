//! API keys as credentials: how a request with one is let in or refused.
//!
//! A key is sent where a token is, and told from one by its beginning, before anything is decoded. Who issues
//! and knows keys is the room `api_keys`; here are the order of the checks and what is put on record. Each
//! refusal is the 401 of a refused token: why is for the journal.
//!
//! Controls: AK-01, AK-02, RL-05

use std::{net::IpAddr, sync::Arc};

use actix_web::{dev::ServiceRequest, web::Data};
use futures_util::future::LocalBoxFuture;

use super::{FailedAttempts, Guess, Principal, challenge, credential, guesses};
use crate::audit::{Entry, Event, Reason};
use crate::http::{
    audit_trail::{aggregator::EventAggregator, request_audit},
    context::{Caller as _, client_address, request_id, shared},
    problem::Problem,
    rate_limit::Policy,
};

/// What every API key begins with.
pub const PREFIX: &str = "hak_";

/// Knows the keys. The listener of operators has none: a key is no operator.
pub trait ApiKeyVerifier: Send + Sync {
    /// The id that a key claims to be of, when it has the form and the checksum of one. Nothing is looked
    /// up.
    ///
    /// # Errors
    /// What is wrong with it.
    fn claimed_id(&self, key: &str) -> Result<String, Reason>;

    /// Counts a key that was refused.
    fn refused(&self, reason: Reason);

    /// The caller, when this very key was verified a moment ago. `address` is the client's. `elsewhere` is called
    /// when the key was last believed at another address.
    ///
    /// # Errors
    /// When the key is not for this address.
    fn remembered(
        &self,
        key: &str,
        address: IpAddr,
        elsewhere: Record<'_>,
    ) -> Option<Result<Arc<Principal>, ApiKeyError>>;

    /// Whether this very key was believed when it was looked up last. Then it is no guess. `address` is the client's.
    fn is_known(&self, key: &str, address: IpAddr) -> bool;

    /// The caller. `first_use` is called when nobody has used the key before.
    ///
    /// # Errors
    /// When the key is not believed, or cannot be judged.
    fn verify<'k>(
        &'k self,
        key: &'k str,
        address: IpAddr,
        first_use: Record<'k>,
    ) -> LocalBoxFuture<'k, Result<Arc<Principal>, ApiKeyError>>;
}

/// Puts something about a caller on record.
pub type Record<'r> = &'r dyn Fn(&Principal);

/// Why there is no caller.
#[derive(Debug)]
pub enum ApiKeyError {
    /// The key is not believed.
    Refused(Reason),
    /// The key could not be judged: not its fault.
    Failed(Problem),
}

/// Whether these credentials say that they are an API key.
pub(super) fn is_one(credentials: &str) -> bool {
    credentials.starts_with(PREFIX)
}

/// The caller who presents this key.
pub(super) async fn principal(
    request: &ServiceRequest,
    key: &str,
) -> Result<Arc<Principal>, Problem> {
    let attempts = shared::<FailedAttempts>(request.request())?;
    let bucket = client_address::counted(request.request())?;
    let limited = |_: &Problem| {
        let quota = Policy::FailedAuthentication.reason();
        request_audit::count(request.request(), Event::ExcessRateLimitExceeded, quota);
    };
    let claimed = match request.app_data::<Data<dyn ApiKeyVerifier>>() {
        Some(keys) => keys.claimed_id(key).map(|id| (keys, id)),
        None => Err(Reason::Audience),
    };
    let (keys, id) = match claimed {
        Ok(claimed) => claimed,
        Err(reason) => {
            attempts.admit(bucket).inspect_err(limited)?;
            return Err(Box::pin(refused(request, attempts, reason, None)).await);
        }
    };
    let address = client_address::required(request.request())?;
    let aggregator = shared::<EventAggregator>(request.request())?;
    let journal = request_audit::journal(request.request())?;
    let believed = |principal: &Principal| {
        let by = Entry::new(Event::AuthnApiKeyOk).by(principal.actor());
        if aggregator.admit_first(by.from(bucket)) {
            journal.point(about(request, Event::AuthnApiKeyOk, principal));
        }
    };
    let verified = match keys.remembered(key, address, &believed) {
        Some(Ok(principal)) => return Ok(principal),
        Some(Err(error)) => Err(error),
        None => {
            // Guesses of others hold up nobody who has the secret.
            if !keys.is_known(key, address) {
                let admitted = attempts.admit_key(bucket, credential::api_key(&id));
                admitted.inspect_err(limited)?;
            }
            let first_use = |principal: &Principal| {
                journal.point(about(request, Event::AuthnApiKeyFirstUse, principal));
            };
            let verified = keys.verify(key, address, &first_use).await;
            verified.inspect(|principal| believed(principal))
        }
    };
    match verified {
        Ok(principal) => Ok(principal),
        Err(ApiKeyError::Refused(reason)) => {
            Err(Box::pin(refused(request, attempts, reason, Some(&id))).await)
        }
        Err(ApiKeyError::Failed(problem)) => Err(problem),
    }
}

/// An event of a key that was believed.
fn about(request: &ServiceRequest, event: Event, principal: &Principal) -> Entry {
    let entry = request_audit::entry(request.request(), event).by(principal.actor());
    entry.on("api_keys", &principal.credential.id)
}

/// Counts and records a refused key; what is answered.
async fn refused(
    request: &ServiceRequest,
    attempts: &FailedAttempts,
    reason: Reason,
    id: Option<&str>,
) -> Problem {
    let recorded = record_refused(request, reason, id);
    // With a key that is not for its network a thief has nothing to guess, and must not slow its owner down.
    let guessed = id.filter(|_| reason != Reason::Network);
    let address = match client_address::counted(request.request()) {
        Ok(address) => address,
        Err(problem) => return problem,
    };
    let guessed = guessed.map(credential::api_key);
    attempts.count(address, guessed).await;
    let invalid = || Problem::Unauthenticated(challenge::invalid_token());
    recorded.err().unwrap_or_else(invalid)
}

/// Puts on record, and in the log, why a key was refused; of an address that sends many, the first few.
fn record_refused(
    request: &ServiceRequest,
    reason: Reason,
    id: Option<&str>,
) -> Result<(), Problem> {
    if let (Reason::Secret, Some(id)) = (reason, id) {
        guesses::tell(request, &Guess::ApiKey { id });
    }
    if let Some(keys) = request.app_data::<Data<dyn ApiKeyVerifier>>() {
        keys.refused(reason);
    }
    let event = match reason {
        Reason::Revoked => Event::AuthnTokenReuse,
        _ => Event::AuthnApiKeyFail,
    };
    let about = |entry: Entry| match id {
        Some(id) => entry.on("api_keys", id),
        None => entry,
    };
    let address = client_address::counted(request.request())?;
    let counted = Entry::new(event).because(reason).from(address);
    if shared::<EventAggregator>(request.request())?.admit_line(counted) {
        let request = request.request();
        let request_id = request_id::of(request);
        tracing::warn!(request.id = %request_id, reason = reason.name(), "API key refused");
        let entry = request_audit::entry(request, event).because(reason);
        request_audit::journal(request)?.point(about(entry));
    }
    Ok(())
}
