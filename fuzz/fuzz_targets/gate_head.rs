//! The head of a request: what passes is read alike by the gate, by httparse and by the framework,
//! and it does not matter in which pieces it came.

#![no_main]

use std::{sync::LazyLock, time::Duration};

use actix_codec::Decoder;
use actix_http::{
    ServiceConfig,
    h1::{Codec, Message, MessageType},
};
use actix_web::{rt::Runtime, web::BytesMut};
use libfuzzer_sys::fuzz_target;
use platform::http::listener::gate::{
    Limits, PROBE_PATH, ProtocolError,
    conceal::conceal,
    framing::Framing,
    head::{MAX_FIELDS, Passed, Progress, check, find_end},
};

/// Small, so that the fuzzer reaches them.
static LIMITS: LazyLock<Limits> = LazyLock::new(|| Limits {
    target_bytes: 64,
    head_bytes: 512,
    fields: 8,
    head_time: Duration::ZERO,
    keep_alive: Duration::ZERO,
    body_wire_bytes: 0,
    body_chunks: 0,
    body_time: Duration::ZERO,
    write_time: Duration::ZERO,
    hosts: vec!["localhost".to_owned(), "[::1]".to_owned()],
    pages: false,
});

thread_local! {
    /// Its configuration holds a clock, which lives in a runtime.
    static FRAMEWORK: (Runtime, ServiceConfig) = {
        let runtime = Runtime::new().expect("a runtime");
        let config = runtime.block_on(async { ServiceConfig::default() });
        (runtime, config)
    };
}

fuzz_target!(|bytes: &[u8]| {
    let at_once = fed(bytes, bytes.len().max(1));
    assert_eq!(fed(bytes, 1), at_once, "byte by byte");
    if let Ok(Some((end, head))) = at_once {
        passed(&bytes[..end], head);
    }
});

/// What the gate says when the bytes come so many at a time.
fn fed(bytes: &[u8], step: usize) -> Result<Option<(usize, Passed)>, ProtocolError> {
    let mut progress = Progress::default();
    let mut received = step.min(bytes.len());
    loop {
        if let Some(end) = find_end(&bytes[..received], &mut progress, &LIMITS)? {
            return check(&bytes[..end], &LIMITS, None).map(|passed| Some((end, passed)));
        }
        if received == bytes.len() {
            return Ok(None);
        }
        received = (received + step).min(bytes.len());
    }
}

fn passed(
    head: &[u8],
    Passed {
        framing,
        last,
        conceal: hides,
        ..
    }: Passed,
) {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let parsed = request.parse(head).expect("httparse reads it");
    assert_eq!(parsed, httparse::Status::Complete(head.len()));

    let named = |name: &str| {
        let fields = request.headers.iter();
        let fields = fields.filter(|field| field.name.eq_ignore_ascii_case(name));
        fields.map(|field| field.value).collect::<Vec<_>>()
    };
    let hosts = named("host").len();
    let nameless = request.version == Some(0) && request.path == Some(PROBE_PATH);
    assert!(hosts == 1 || (hosts == 0 && nameless));
    for field in request.headers.iter() {
        assert!(!field.value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)));
        assert!(!field.name.is_empty() && field.name.bytes().all(|b| b.is_ascii_graphic()));
    }
    let path = request.path.expect("a target");
    assert!(path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic()));

    let number = |n: u64| framing == Framing::length(n);
    match (&*named("content-length"), &*named("transfer-encoding")) {
        ([], []) => assert_eq!(framing, Framing::None),
        ([length], []) => {
            let length = std::str::from_utf8(length).expect("digits");
            assert!(number(length.parse().expect("a number")));
        }
        ([], [coding]) => {
            assert!(coding.eq_ignore_ascii_case(b"chunked") && request.version == Some(1));
            assert_eq!(framing, Framing::chunked(LIMITS.body_chunks));
        }
        both => panic!("{both:?}"),
    }
    let mut seen = head.to_vec();
    if hides {
        conceal(&mut seen);
    }
    framework_agrees(&seen, framing, last);
}

/// The framework reads exactly this head as one request, with a body or without one, wants to
/// answer nothing by itself, and keeps the connection only where the gate does.
fn framework_agrees(head: &[u8], framing: Framing, last: bool) {
    let mut codec = FRAMEWORK.with(|(_, config)| Codec::new(config.clone()));
    let mut bytes = BytesMut::from(head);
    match codec.decode(&mut bytes) {
        Ok(Some(Message::Item(request))) => assert!(!request.head().expect()),
        other => panic!("the framework does not read it: {other:?}"),
    }
    assert!(bytes.is_empty() && !codec.upgrade());
    assert_eq!(codec.keep_alive(), !last);
    let body = match codec.message_type() {
        MessageType::None => false,
        MessageType::Payload => true,
        MessageType::Stream => panic!("an endless body"),
    };
    assert_eq!(body, framing != Framing::None);
}
