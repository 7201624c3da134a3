//! The `WWW-Authenticate` values of this service (RFC 6750 §3, RFC 9470 §3), all in one place but that of
//! the 400, which is the gate's too (`Problem::CredentialsTwice`).
//!
//! None of them says why a token was refused: the reason is for the log and the journal.

use crate::http::problem::Challenge;

/// 401 without credentials: there is no error to name.
#[must_use]
pub fn no_credentials() -> Challenge {
    Challenge::bearer("")
}

/// 401 for a token that is not believed.
#[must_use]
pub fn invalid_token() -> Challenge {
    Challenge::bearer(r#", error="invalid_token""#)
}

/// 401 for a caller who did not authenticate recently, or not strongly enough: how long ago it may be, in
/// seconds, and which `acr` values suffice.
pub(super) fn not_recent(max_age: i64, acr_values: Option<&str>) -> Challenge {
    let error = format!(r#", error="insufficient_user_authentication", max_age={max_age}"#);
    match acr_values {
        Some(values) => Challenge::bearer(&format!(r#"{error}, acr_values="{values}""#)),
        None => Challenge::bearer(&error),
    }
}

/// 403 for a caller who has none of these permissions.
pub(super) fn insufficient_scope(names: &[&str]) -> Challenge {
    let scope = names.join(" ");
    Challenge::bearer(&format!(r#", error="insufficient_scope", scope="{scope}""#))
}
