//! The trace that a request belongs to (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).
//!
//! A trace joins what a gateway and this service say about one request. An id that a client chooses can be that
//! of another client's trace, and what is joined by it is a lie. So `traceparent` counts only from a trusted
//! proxy; any other request begins a trace, whose id is the request's own.
//!
//! Controls: LO-04

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
    web::Data,
};
use uuid::{Uuid, fmt::Simple};

use super::{client_address::TrustedProxies, request_id, traffic::METHODS};
use crate::spans::{Parent, Root, Spans};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The trace of a request. An id of a trace is 32 hexadecimal digits: those of a UUID.
#[must_use]
pub fn of(request: &HttpRequest) -> Simple {
    let trace = continued(request).unwrap_or_else(|| request_id::of(request));
    trace.simple()
}

/// The trace that a trusted proxy began, if that is how the request came.
#[must_use]
pub fn continued(request: &HttpRequest) -> Option<Uuid> {
    parent(request).map(|parent| parent.trace)
}

/// The span of a request, where spans are collected.
#[must_use]
pub fn begin(request: &HttpRequest) -> Option<Root> {
    let spans = request.app_data::<Data<Spans>>()?;
    spans.request(request_id::of(request), method(request), parent(request))
}

fn parent(request: &HttpRequest) -> Option<Parent> {
    let mut fields = request.headers().get_all(TRACEPARENT);
    let (parent, None) = (fields.next()?, fields.next()) else {
        return None;
    };
    let proxies = request.app_data::<Data<TrustedProxies>>()?;
    let peer = request.peer_addr()?.ip();
    proxies.trusts(peer).then(|| parse(parent)).flatten()
}

/// The parent that a `traceparent` names (§3.2): version, trace, parent and flags; a later version may say more.
fn parse(parent: &HeaderValue) -> Option<Parent> {
    let mut parts = parent.to_str().ok()?.split('-');
    let [version, trace, span, flags] = [2, 32, 16, 2].map(|length| digits(parts.next(), length));
    let (version, trace, span, flags) = (version?, trace?, span?, flags?);
    let is_known = version != "ff" && (version != "00" || parts.next().is_none());
    let parent = Parent {
        trace: Uuid::try_parse(trace).ok()?,
        span: u64::from_str_radix(span, 16).ok()?,
        is_kept: u8::from_str_radix(flags, 16).ok()? & 1 == 1,
    };
    (is_known && !parent.trace.is_nil() && parent.span != 0).then_some(parent)
}

/// The methods there are; any other token is the client's text.
#[must_use]
pub fn method(request: &HttpRequest) -> &'static str {
    let name = request.method().as_str();
    let known = METHODS.into_iter().find(|known| *known == name);
    known.unwrap_or("other")
}

/// So many hexadecimal digits, in lower case.
fn digits(part: Option<&str>, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    part.filter(|part| part.len() == length && part.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_read_as_the_recommendation_has_it_and_nothing_else_is() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        let read = |text: &str| {
            let parent = HeaderValue::from_str(text).unwrap();
            parse(&parent).map(|parent| parent.trace.simple().to_string())
        };
        for accepted in [
            format!("00-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-00"),
            format!("cc-{TRACE}-00f067aa0ba902b7-01-what-comes-later"),
        ] {
            assert_eq!(read(&accepted).as_deref(), Some(TRACE), "{accepted}");
        }
        for refused in [
            String::new(),
            TRACE.to_owned(),
            format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            format!("00-{TRACE}-00f067aa0ba902b7-01-more"),
            format!("00-{TRACE}-00f067aa0ba902b7"),
            format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{TRACE}-0000000000000000-01"),
            format!("00-{TRACE}0-00f067aa0ba902b7-01"),
            format!("00 {TRACE} 00f067aa0ba902b7 01"),
            format!("0g-{TRACE}-00f067aa0ba902b7-01"),
        ] {
            assert_eq!(read(&refused), None, "{refused}");
        }
    }

    #[test]
    fn a_parent_has_its_span_and_says_whether_its_trace_is_kept() {
        for (flags, is_kept) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let text = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
            let parent = parse(&HeaderValue::from_str(&text).unwrap()).unwrap();
            assert_eq!(parent.span, 0x00f0_67aa_0ba9_02b7);
            assert_eq!(parent.is_kept, is_kept, "{flags}");
        }
    }
}
