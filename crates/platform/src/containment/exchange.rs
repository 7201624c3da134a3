//! What the journal says of a watched request: the route, the status, the sizes, the client's program.
//!
//! A watched caller is looked at, and not recorded: no body, no query, no header but the first product of
//! `User-Agent`, and that only where it is a plain name and version.

use actix_web::{
    body::{BodySize, MessageBody},
    dev::ServiceResponse,
    http::header::{CONTENT_LENGTH, USER_AGENT},
};

use crate::{
    audit::{Event, Exchange},
    auth::Principal,
    http::{audit_trail::request_audit, context::Caller},
};

/// Bytes of the longest product that is shown.
const MAX_PRODUCT: usize = 64;

/// Puts an answered request on record.
pub(super) fn record(response: &ServiceResponse, caller: &Principal) {
    let request = response.request();
    let Ok(journal) = request_audit::journal(request) else {
        return;
    };
    let template = request.match_pattern();
    let template = template.as_deref().unwrap_or("no route");
    let route = format!("{} {template}", request.method());
    let header = |name| request.headers().get(name)?.to_str().ok();
    // A problem gets its body in a layer further out.
    let sent = match response.response().body().size() {
        BodySize::Sized(bytes) if !is_problem(response) => Some(bytes),
        BodySize::None => Some(0),
        BodySize::Sized(_) | BodySize::Stream => None,
    };
    let exchange = Exchange {
        request_bytes: header(CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        response_bytes: sent,
        product: header(USER_AGENT).and_then(product),
    };
    let entry = request_audit::entry(request, Event::ContainWatched);
    let entry = entry.by(caller.actor()).on("route", route);
    journal.point(entry.status(response.status().as_u16()).exchange(exchange));
}

fn is_problem(response: &ServiceResponse) -> bool {
    let status = response.status();
    status.is_client_error() || status.is_server_error()
}

/// The first product of `User-Agent` (RFC 9110 §10.1.5): `curl/8.5.0`.
fn product(field: &str) -> Option<String> {
    let product = field.split(' ').next()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-+".contains(&byte);
    let fits = (1..=MAX_PRODUCT).contains(&product.len()) && product.bytes().all(plain);
    fits.then(|| product.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_product_of_a_user_agent_is_shown_and_only_a_plain_one() {
        for (field, shown) in [
            ("curl/8.5.0", Some("curl/8.5.0")),
            ("Mozilla/5.0 (X11; Linux) token=secret", Some("Mozilla/5.0")),
            ("app", Some("app")),
            ("Bearer\u{9}secret", None),
            ("<script>", None),
            ("", None),
        ] {
            assert_eq!(product(field).as_deref(), shown, "{field}");
        }
        assert_eq!(product(&"a".repeat(65)), None);
    }
}
