//! The id that a client, the log and the journal know a request by.
//!
//! Made here, in the outermost layer: a client cannot choose what the log is searched for. Lines about
//! a request name it themselves. A span that carried it into all of them would be registered and
//! formatted for every request, although most have no line (`docs/adr/0012-the-hot-path.md`).

use actix_web::{HttpRequest, http::header::HeaderName};
use uuid::Uuid;

use super::RequestContext;
use crate::spans;

/// Where the client finds it.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of `request`; the nil one outside of the layer that makes it.
#[must_use]
pub fn of(request: &HttpRequest) -> Uuid {
    RequestContext::read(request, |context| context.id).unwrap_or_default()
}

/// What the client calls it in the same field, for the journal only: at most 64 letters, digits, dots, hyphens and
/// underscores. Any other text is no id.
#[must_use]
pub fn of_client(request: &HttpRequest) -> Option<&str> {
    let id = request.headers().get(X_REQUEST_ID)?.to_str().ok()?;
    let is_plain = |one: u8| one.is_ascii_alphanumeric() || b"._-".contains(&one);
    (matches!(id.len(), 1..=64) && id.bytes().all(is_plain)).then_some(id)
}

/// The request that this thread works for at the moment: all that a panic hook can ask for.
#[must_use]
pub fn current() -> Option<Uuid> {
    spans::current()
}
