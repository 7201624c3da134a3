//! The claims of a token, each with the one JSON type it may have.
//!
//! The library accepts a token without `iss` or `aud`, an `iss` that is an array and a lifetime of
//! a century, so the claims are read here (RFC 9068 §2.2 and §4). Where an issuer keeps roles,
//! scope, client and token id is configured.
//!
//! Controls: JW-04, JW-05, JW-06, JW-07, JW-13

use std::sync::Arc;

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::TokenError;
use crate::{
    auth::{
        credential::{Credential, CredentialKind, Names},
        identity::Identity,
        permission::{AccessTable, Permissions, Role},
        principal::Principal,
    },
    config::Issuer,
};

/// Longest subject, client or token id in characters; a database column and a log line hold it.
const MAX_NAME: usize = 255;

pub(super) struct Claims<'t>(pub &'t Value);

/// What the times of a token are held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub now: OffsetDateTime,
    pub leeway: Duration,
    pub max_lifetime: Duration,
}

impl Claims<'_> {
    /// The issuer, to look up whose keys and rules hold. Nothing else is used before the signature.
    pub(super) fn issuer(&self) -> Result<&str, TokenError> {
        self.text("/iss")
    }

    /// Everything else, once the signature is known to be the issuer's: the caller, and when the token
    /// expires.
    pub(super) fn principal(
        &self,
        issuer: &Issuer,
        access: &'static AccessTable,
        key_id: &str,
        times: Times,
    ) -> Result<(Principal, OffsetDateTime), TokenError> {
        self.is_access_token()?;
        self.audience(&issuer.audience)?;
        let (issued_at, expires) = self.times(times)?;
        let client = self.name(&issuer.client_claim)?;
        if !issuer.accepts_client(client) {
            return Err(TokenError::Client);
        }
        let id = self.name(&issuer.token_id_claim)?;
        // A sender-constrained token that is accepted without its proof is a bearer token again.
        if self.0.get("cnf").is_some() {
            return Err(TokenError::Confirmation);
        }
        let identity = Identity {
            issuer: issuer.issuer.as_str().into(),
            subject: self.name("/sub")?.into(),
        };
        let roles = self.roles(issuer, access)?;
        let granted = roles
            .iter()
            .map(|role| role.permissions())
            .fold(Permissions::default(), Permissions::union);
        let left = [
            self.scope(issuer, access)?,
            of_client(issuer, client, access),
        ];
        let permissions = left.into_iter().flatten();
        let principal = Principal {
            credential: Credential {
                kind: CredentialKind::AccessToken,
                names: Names::of_token(&identity, client, id, key_id),
                id: id.into(),
                client: Some(client.into()),
                acting_party: self.acting_party()?.map(Into::into),
                issued_at,
            },
            identity,
            roles,
            access,
            permissions: permissions.fold(granted, Permissions::intersection),
            authenticated_at: self.optional_time(&issuer.auth_time_claim)?,
            acr: self.acr().map(Into::into),
            lacks_acr: self.lacks_acr(issuer)?,
        };
        Ok((principal, expires))
    }

    /// A non-empty string.
    fn text(&self, pointer: &str) -> Result<&str, TokenError> {
        self.optional_text(pointer)?.ok_or(TokenError::ClaimMissing)
    }

    /// A text that tables and log lines hold.
    fn name(&self, pointer: &str) -> Result<&str, TokenError> {
        let name = self.text(pointer)?;
        if is_name(name) {
            Ok(name)
        } else {
            Err(TokenError::ClaimType)
        }
    }

    /// Who acts for the subject: the outermost `act` is the current one, those within it have no say
    /// (RFC 8693 §4.1).
    fn acting_party(&self) -> Result<Option<&str>, TokenError> {
        let Some(act) = self.optional("/act") else {
            return Ok(None);
        };
        let named = act.get("sub").and_then(Value::as_str);
        let named = named.filter(|name| is_name(name));
        named.map(Some).ok_or(TokenError::ClaimType)
    }

    /// What may be left out; `null` says the same.
    fn optional(&self, pointer: &str) -> Option<&Value> {
        self.0.pointer(pointer).filter(|value| !value.is_null())
    }

    fn optional_text(&self, pointer: &str) -> Result<Option<&str>, TokenError> {
        let Some(value) = self.optional(pointer) else {
            return Ok(None);
        };
        let text = value.as_str().filter(|text| !text.is_empty());
        text.map(Some).ok_or(TokenError::ClaimType)
    }

    fn time(&self, pointer: &str) -> Result<OffsetDateTime, TokenError> {
        self.optional_time(pointer)?.ok_or(TokenError::ClaimMissing)
    }

    fn optional_time(&self, pointer: &str) -> Result<Option<OffsetDateTime>, TokenError> {
        let Some(value) = self.optional(pointer) else {
            return Ok(None);
        };
        numeric_date(value).map(Some).ok_or(TokenError::ClaimType)
    }

    /// Where `typ` does not tell them apart, an ID token or a logout token of the same issuer might be
    /// taken for an access token. Each has claims that no access token has (RFC 8725 §3.12); Keycloak
    /// says in a claim what kind it is.
    fn is_access_token(&self) -> Result<(), TokenError> {
        let of_others = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
        let other = of_others.iter().any(|name| self.0.get(name).is_some());
        let kind = self.0.get("typ").is_none_or(|kind| kind == "Bearer");
        if other || !kind {
            Err(TokenError::Type)
        } else {
            Ok(())
        }
    }

    /// What the journal says of the strength: nothing where it is no name. Nobody is refused for it.
    fn acr(&self) -> Option<&str> {
        self.0.get("acr")?.as_str().filter(|acr| is_name(acr))
    }

    /// The `acr` values that this issuer's step-up asks for, when the token has none of them. Where
    /// nothing is asked for, `acr` is not judged.
    fn lacks_acr(&self, issuer: &Issuer) -> Result<Option<Arc<str>>, TokenError> {
        let wanted = &issuer.step_up_acr_values;
        if wanted.is_empty() {
            return Ok(None);
        }
        let acr = self.optional_text("/acr")?;
        let met = acr.is_some_and(|acr| wanted.iter().any(|one| one == acr));
        Ok((!met).then(|| wanted.join(" ").into()))
    }

    /// One string, or an array of strings, that holds ours (RFC 7519 §4.1.3).
    fn audience(&self, expected: &str) -> Result<(), TokenError> {
        let ours = match self.0.get("aud").ok_or(TokenError::ClaimMissing)? {
            Value::String(one) => one == expected,
            Value::Array(many) => {
                if !many.iter().all(Value::is_string) {
                    return Err(TokenError::ClaimType);
                }
                many.iter().any(|one| one.as_str() == Some(expected))
            }
            _ => return Err(TokenError::ClaimType),
        };
        if ours {
            Ok(())
        } else {
            Err(TokenError::Audience)
        }
    }

    /// When it was issued and when it expires.
    fn times(&self, times: Times) -> Result<(OffsetDateTime, OffsetDateTime), TokenError> {
        let expires = self.time("/exp")?;
        let issued = self.time("/iat")?;
        let not_before = self.optional_time("/nbf")?.unwrap_or(issued);
        if expires <= times.now - times.leeway {
            return Err(TokenError::Expired);
        }
        let latest = times.now + times.leeway;
        if issued > latest || not_before > latest {
            return Err(TokenError::NotYetValid);
        }
        // A token for a century is a password.
        if expires <= issued || expires - issued > times.max_lifetime {
            return Err(TokenError::Lifetime);
        }
        Ok((issued, expires))
    }

    /// The roles that this service knows; a claim of another shape is refused, an absent one is none.
    fn roles(
        &self,
        issuer: &Issuer,
        access: &'static AccessTable,
    ) -> Result<Vec<&'static Role>, TokenError> {
        let Some(value) = self.optional(&issuer.roles_claim) else {
            return Ok(Vec::new());
        };
        let ours = |name: &str| {
            if issuer.roles.is_empty() {
                access.role(name)
            } else {
                access.role(issuer.roles.get(name)?)
            }
        };
        let claimed = value.as_array().ok_or(TokenError::ClaimType)?;
        let named = claimed
            .iter()
            .map(|name| name.as_str().ok_or(TokenError::ClaimType).map(ours))
            .filter_map(Result::transpose)
            .collect::<Result<Vec<_>, _>>()?;
        let known = access.roles().iter();
        Ok(known.filter(|role| named.contains(role)).collect())
    }

    /// What the scope leaves; `None` where it is not looked at. A token without a scope grants nothing:
    /// forgetting it must not mean "everything".
    fn scope(
        &self,
        issuer: &Issuer,
        access: &'static AccessTable,
    ) -> Result<Option<Permissions>, TokenError> {
        if issuer.ignore_scope {
            return Ok(None);
        }
        match self.optional(&issuer.scope_claim) {
            None => Ok(Some(Permissions::default())),
            Some(Value::String(scope)) => Ok(Some(access.named_in(scope))),
            Some(_) => Err(TokenError::ClaimType),
        }
    }
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAME).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// The most that a client can hold, whatever its user may do; `None` for one without a bound.
fn of_client(issuer: &Issuer, client: &str, access: &AccessTable) -> Option<Permissions> {
    let names = issuer.client_permissions.get(client)?;
    Some(access.named_in(&names.join(" ")))
}

/// `NumericDate` (RFC 7519 §2): seconds since 1970, with or without a fraction. A string is none.
fn numeric_date(value: &Value) -> Option<OffsetDateTime> {
    if let Some(seconds) = value.as_i64() {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    let since = Duration::checked_seconds_f64(value.as_f64()?)?;
    OffsetDateTime::UNIX_EPOCH.checked_add(since)
}
