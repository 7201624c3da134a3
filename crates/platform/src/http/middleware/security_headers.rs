//! The header fields that every response carries.
//!
//! Set handler by handler they are forgotten on the error paths, so the layer `finish` writes them once, on
//! successes, problems, framework answers and panics alike.
//!
//! Controls: HD-01, HD-02, HD-03, HD-04, HD-05, HD-06, HD-07

use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use uuid::Uuid;

use crate::http::context::{page_policy::PagePolicy, request_id::X_REQUEST_ID};

/// The security headers, each with the attack it stops.
pub(crate) const SECURITY_HEADERS: [(HeaderName, HeaderValue); 10] = [
    // TLS stripping: two years of HTTPS only (RFC 6797).
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=63072000; includeSubDomains"),
    ),
    // A browser that guesses another type and runs it.
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Someone else's answer out of a cache.
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    // Script, framing and form posts, should an answer ever be rendered as a page.
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
        ),
    ),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Identifiers in the URL leaking to another site.
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    // Another site embedding an answer and reading it through a side channel (Spectre, XSSI).
    (
        header::CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("same-origin"),
    ),
    // Powerful browser features, should an answer ever be rendered as a page.
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
    // Plug-ins that ask for a cross-domain policy; search engines that would list an answer.
    (
        HeaderName::from_static("x-permitted-cross-domain-policies"),
        HeaderValue::from_static("none"),
    ),
    (
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    ),
];

/// Writes the security headers, and the request's id for a client that reports a problem. An answer that
/// is a page has its own policy of what it may load.
pub(super) fn write(headers: &mut HeaderMap, id: Uuid, page: Option<PagePolicy>) {
    headers.reserve(SECURITY_HEADERS.len() + 1);
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    if let Some(policy) = page {
        headers.insert(CONTENT_SECURITY_POLICY, policy.into_value());
    }
    let mut buffer = Uuid::encode_buffer();
    if let Ok(id) = HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)) {
        headers.insert(X_REQUEST_ID, id);
    }
}
