//! Header fields that an operation reads: line by line If-Match, Idempotency-Key, Accept,
//! Content-Type.

#![no_main]

use actix_web::{
    FromRequest,
    dev::Payload,
    http::header::{HeaderName, HeaderValue},
    test::TestRequest,
};
use libfuzzer_sys::fuzz_target;
use platform::http::{
    contract::media_type::MediaType,
    request::{content_negotiation, idempotency_key::IdempotencyKey},
    response::etag::{EntityTag, IfMatch},
};

const NAMES: [&str; 4] = ["if-match", "idempotency-key", "accept", "content-type"];

fuzz_target!(|bytes: &[u8]| {
    let mut request = TestRequest::default();
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').take(4).collect();
    for (name, line) in NAMES.into_iter().zip(&lines) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            request = request.append_header((HeaderName::from_static(name), value));
        }
    }
    let request = request.to_http_request();
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };

    let expected = IfMatch::from_request(&request, &mut Payload::None).into_inner();
    if let Ok(expected) = expected
        && expected.matches(EntityTag(7))
    {
        let tags = request.headers().get("if-match").expect("there is one");
        let mut tags = tags.as_bytes().split(|byte| *byte == b',');
        assert!(tags.any(|tag| tag.trim_ascii() == b"\"7\""));
    }
    if let Ok(key) = IdempotencyKey::from_request(&request, &mut Payload::None).into_inner() {
        assert_eq!(key.0.as_deref(), text("idempotency-key"));
        assert!(key.0.is_none_or(|key| (1..=128).contains(&key.len())));
    }
    let json = content_negotiation::check(&request, "application/json", Some(MediaType::Json));
    if json.is_ok() {
        let media_type = text("content-type")
            .expect("there is one")
            .to_ascii_lowercase();
        // On the wire, white space around a value is not part of it.
        assert!(media_type.trim().starts_with("application/json"));
        let patch = Some(MediaType::MergePatch);
        assert!(content_negotiation::check(&request, "application/json", patch).is_err());
    }
});
