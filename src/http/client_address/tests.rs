//! Which address counts, for every way to lie about it (RL-03, RL-04).

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn client(field: ForwardedField, peer: &str, lines: &[(&str, &str)]) -> String {
    let proxies = TrustedProxies {
        networks: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        field,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    proxies.client(peer.parse().unwrap(), &headers).to_string()
}

#[test]
fn a_client_that_is_no_proxy_is_believed_nothing() {
    for field in [ForwardedField::XForwardedFor, ForwardedField::Forwarded] {
        let lines = [("x-forwarded-for", "9.9.9.9"), ("forwarded", "for=9.9.9.9")];
        assert_eq!(client(field, "203.0.113.5", &lines), "203.0.113.5");
    }
}

#[test]
fn behind_a_proxy_the_right_most_hop_that_is_no_proxy_counts() {
    let x = |value| {
        client(
            ForwardedField::XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", value)],
        )
    };
    assert_eq!(x("203.0.113.5"), "203.0.113.5");
    assert_eq!(x("9.9.9.9, 203.0.113.5, 10.0.0.2"), "203.0.113.5");
    assert_eq!(x("203.0.113.5:4711"), "203.0.113.5");
    assert_eq!(x("[2001:db8::1]:443"), "2001:db8::1");
    assert_eq!(x("2001:db8::1"), "2001:db8::1");
    assert_eq!(x("::ffff:203.0.113.5"), "203.0.113.5");
}

#[test]
fn what_is_no_address_ends_at_the_proxy_that_wrote_it() {
    let x = |value| {
        client(
            ForwardedField::XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", value)],
        )
    };
    for nonsense in [
        "",
        "unknown",
        "9.9.9.9 evil",
        "localhost",
        ",,",
        "1.2.3",
        "0x7f.1",
    ] {
        assert_eq!(x(nonsense), "10.0.0.1", "{nonsense}");
    }
    assert_eq!(x("9.9.9.9, unknown, 10.0.0.2"), "10.0.0.2");
}

#[test]
fn several_lines_are_one_list() {
    let lines = [
        ("x-forwarded-for", "9.9.9.9"),
        ("x-forwarded-for", "203.0.113.5"),
    ];
    assert_eq!(
        client(ForwardedField::XForwardedFor, "10.0.0.1", &lines),
        "203.0.113.5"
    );
}

#[test]
fn only_the_field_that_the_proxy_sets_is_read() {
    let lines = [
        ("x-forwarded-for", "9.9.9.9"),
        ("forwarded", "for=203.0.113.5;proto=https"),
    ];
    assert_eq!(
        client(ForwardedField::Forwarded, "10.0.0.1", &lines),
        "203.0.113.5"
    );
    let quoted = [("forwarded", r#"for=9.9.9.9, For="[2001:db8::1]:443""#)];
    assert_eq!(
        client(ForwardedField::Forwarded, "fd00::1", &quoted),
        "2001:db8::1"
    );
}

#[test]
fn a_client_is_counted_by_address_or_by_network() {
    let bucket = |text: &str| super::bucket(text.parse().unwrap()).to_string();
    assert_eq!(bucket("203.0.113.5"), "203.0.113.5");
    assert_eq!(bucket("::ffff:203.0.113.5"), "203.0.113.5");
    assert_eq!(bucket("64:ff9b::203.0.113.5"), "203.0.113.5");
    assert_eq!(bucket("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(bucket("2001:db8:1:2:ffff::"), "2001:db8:1:2::");
    assert_ne!(bucket("2001:db8:1:3::"), "2001:db8:1:2::");
}
