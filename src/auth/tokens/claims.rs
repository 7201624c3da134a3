//! The claims of a token, each with the one JSON type it may have.
//!
//! The library accepts a token without `iss` or `aud`, an `iss` that is an array and a lifetime of a
//! century, so the claims are read here (RFC 9068 §2.2 and §4; CONTROLS JW-04…JW-07, JW-13).

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

use super::{Refusal, keys::TrustedIssuer};
use crate::auth::{
    permission::{Permissions, Role},
    principal::{Identity, Principal},
};

/// Longest subject in characters; a database column and a log line hold it.
const MAX_SUBJECT: usize = 255;

pub(super) struct Claims<'t>(pub &'t Map<String, Value>);

/// What the times of a token are held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub now: OffsetDateTime,
    pub leeway: Duration,
    pub max_lifetime: Duration,
}

impl Claims<'_> {
    /// The issuer, to look up whose keys and rules hold. Nothing else is read before the signature.
    pub(super) fn issuer(&self) -> Result<&str, Refusal> {
        self.text("iss")
    }

    /// Everything else, once the signature is known to be the issuer's.
    pub(super) fn principal(
        &self,
        issuer: &TrustedIssuer,
        times: Times,
    ) -> Result<Principal, Refusal> {
        self.audience(&issuer.audience)?;
        self.times(times)?;
        for required in ["client_id", "jti"] {
            self.text(required)?;
        }
        // A sender-constrained token that is accepted without its proof is a bearer token again.
        if self.0.contains_key("cnf") {
            return Err(Refusal::Confirmation);
        }
        let subject = self.text("sub")?;
        if subject.chars().count() > MAX_SUBJECT || subject.chars().any(char::is_control) {
            return Err(Refusal::ClaimType);
        }
        let roles = self.roles(&issuer.roles_claim)?;
        let granted = roles
            .iter()
            .map(|role| role.permissions())
            .fold(Permissions::default(), Permissions::union);
        Ok(Principal {
            identity: Identity {
                issuer: issuer.issuer.clone(),
                subject: subject.into(),
            },
            roles,
            permissions: granted.intersection(self.scope()?),
            authenticated_at: self.optional_time("auth_time")?,
        })
    }

    /// A non-empty string.
    fn text(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.0.get(name).ok_or(Refusal::ClaimMissing)?;
        let text = value.as_str().filter(|text| !text.is_empty());
        text.ok_or(Refusal::ClaimType)
    }

    /// `NumericDate` (RFC 7519 §2) as this service reads it: whole seconds, no strings.
    fn time(&self, name: &str) -> Result<OffsetDateTime, Refusal> {
        self.optional_time(name)?.ok_or(Refusal::ClaimMissing)
    }

    fn optional_time(&self, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let seconds = value.as_i64().ok_or(Refusal::ClaimType)?;
        OffsetDateTime::from_unix_timestamp(seconds)
            .map(Some)
            .map_err(|_| Refusal::ClaimType)
    }

    /// One string, or an array of strings, that holds ours (RFC 7519 §4.1.3).
    fn audience(&self, expected: &str) -> Result<(), Refusal> {
        let ours = match self.0.get("aud").ok_or(Refusal::ClaimMissing)? {
            Value::String(one) => one == expected,
            Value::Array(many) => {
                if !many.iter().all(Value::is_string) {
                    return Err(Refusal::ClaimType);
                }
                many.iter().any(|one| one.as_str() == Some(expected))
            }
            _ => return Err(Refusal::ClaimType),
        };
        if ours { Ok(()) } else { Err(Refusal::Audience) }
    }

    fn times(&self, times: Times) -> Result<(), Refusal> {
        let expires = self.time("exp")?;
        let issued = self.time("iat")?;
        let not_before = self.optional_time("nbf")?.unwrap_or(issued);
        if expires <= times.now - times.leeway {
            return Err(Refusal::Expired);
        }
        let latest = times.now + times.leeway;
        if issued > latest || not_before > latest {
            return Err(Refusal::NotYetValid);
        }
        // A token for a century is a password.
        if expires <= issued || expires - issued > times.max_lifetime {
            return Err(Refusal::Lifetime);
        }
        Ok(())
    }

    /// The roles that this service knows; a claim of another shape is refused, an absent one is none.
    fn roles(&self, pointer: &str) -> Result<Vec<Role>, Refusal> {
        let mut parts = pointer.split('/').skip(1);
        let first = parts.next().unwrap_or_default();
        let found = self.0.get(&unescape(first));
        let found = parts.try_fold(found, |value, part| {
            Some(value.and_then(|value| value.get(unescape(part))))
        });
        let Some(Some(value)) = found else {
            return Ok(Vec::new());
        };
        let names = value.as_array().ok_or(Refusal::ClaimType)?;
        let mut roles = names
            .iter()
            .map(|name| name.as_str().ok_or(Refusal::ClaimType).map(Role::named))
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>, _>>()?;
        roles.sort_unstable();
        roles.dedup();
        Ok(roles)
    }

    /// A token without a scope grants nothing: forgetting it must not mean "everything".
    fn scope(&self) -> Result<Permissions, Refusal> {
        match self.0.get("scope") {
            None => Ok(Permissions::default()),
            Some(Value::String(scope)) => Ok(Permissions::named_in(scope)),
            Some(_) => Err(Refusal::ClaimType),
        }
    }
}

/// RFC 6901 §4.
fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
