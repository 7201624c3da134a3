//! Which address counts, for every way to lie about it.
//!
//! Controls: RL-03, RL-04

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::*;

fn client<V: AsRef<[u8]>>(field: ForwardedField, peer: &str, lines: &[(&str, V)]) -> String {
    let proxies = TrustedProxies {
        networks: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
        field,
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_bytes(value.as_ref()).unwrap());
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
fn bytes_of_the_client_do_not_void_what_the_proxy_wrote() {
    let x = |line: &[u8]| {
        let lines = [("x-forwarded-for", line)];
        client(ForwardedField::XForwardedFor, "10.0.0.1", &lines)
    };
    for own in [
        b"\xff".as_slice(),
        b"\xc3\xa9, 9.9.9.9",
        b"9.9.9.9\t\x80",
        b"\"",
    ] {
        assert_eq!(x(&[own, b", 203.0.113.5"].concat()), "203.0.113.5");
        assert_eq!(x(&[own, b",203.0.113.5, 10.0.0.2"].concat()), "203.0.113.5");
    }
    assert_eq!(x(b"9.9.9.9, \xff"), "10.0.0.1", "no address is no address");
    let f = |line: &[u8]| {
        client(
            ForwardedField::Forwarded,
            "10.0.0.1",
            &[("forwarded", line)],
        )
    };
    for own in [
        b"for=\xff".as_slice(),
        b"for=9.9.9.9",
        b"for=\"9.9.9.9",
        b"for=9.9.9.9;host=\"a\\\"",
        b"\"\\",
        b"\\",
    ] {
        let own = |rest: &[u8]| [own, b", ", rest].concat();
        assert_eq!(f(&own(b"for=203.0.113.5;host=\"b,for=c\"")), "203.0.113.5");
        assert_eq!(
            f(&own(b"for=\"203.0.113.5:80\", for=10.0.0.2")),
            "203.0.113.5"
        );
    }
}

#[test]
fn forwarded_is_read_by_its_grammar() {
    let f = |line: &str| {
        client(
            ForwardedField::Forwarded,
            "10.0.0.1",
            &[("forwarded", line)],
        )
    };
    for line in [
        "for=203.0.113.5",
        "FOR=203.0.113.5",
        "for=\"203.0.113.5\"",
        "for=\"203.0.113.5:4711\"",
        "for=\"203.0.113.5:_p1\"",
        "for=\"203\\.0.113.5\"",
        "for=a;host=\"b,for=c\" , for=203.0.113.5",
        "host=\"a\\\",for=9.9.9.9;for=9.9.9.9\";for=203.0.113.5",
        "host=\"a\\\\\";for=203.0.113.5",
        "proto=https;for=203.0.113.5;by=_x;",
        "for=203.0.113.5;;ext=\";for=9.9.9.9\"",
        "for=203.0.113.5\t,\tfor=10.0.0.3;by=\"[fd00::1]:80\"",
    ] {
        assert_eq!(f(line), "203.0.113.5", "{line}");
    }
    assert_eq!(f("for=\"[2001:db8::1]:_p\""), "2001:db8::1");
    for line in [
        "",
        "for",
        "for=",
        "for=unknown",
        "for=_hidden",
        "host=\"for=203.0.113.5\"",
        "for=203.0.113.5;for=203.0.113.6",
        "for=\"203.0.113.5",
        "for=203.0.113.5\"",
        "for=\"203.0\".113.5\"",
        "for=\"203.0.113.5\\\"",
        "for=203.0.113.5:port",
        "for=203.0.113.5:",
        "for=[203.0.113.5]",
        "for=\"[2001:db8::1\"",
        "for=\"[2001:db8::1]80\"",
        "for=203.0.113.5 9.9.9.9",
    ] {
        assert_eq!(f(line), "10.0.0.1", "{line}");
    }
}

#[test]
fn a_chain_of_proxies_is_followed_so_far_and_no_further() {
    let chain = |proxies: usize| {
        let line = "203.0.113.5".to_owned() + &", 10.0.0.2".repeat(proxies);
        client(
            ForwardedField::XForwardedFor,
            "10.0.0.1",
            &[("x-forwarded-for", line)],
        )
    };
    assert_eq!(chain(MAX_HOPS - 1), "203.0.113.5");
    assert_eq!(chain(MAX_HOPS), "10.0.0.2");
    let lines = vec![("x-forwarded-for", "10.0.0.3"); MAX_HOPS];
    let lines = [vec![("x-forwarded-for", "203.0.113.5")], lines].concat();
    assert_eq!(
        client(ForwardedField::XForwardedFor, "10.0.0.1", &lines),
        "10.0.0.3"
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
    let network = |text: &str| super::network(text.parse().unwrap()).to_string();
    assert_eq!(network("203.0.113.5"), "203.0.113.0");
    assert_eq!(network("64:ff9b::203.0.113.5"), "203.0.113.0");
    assert_eq!(network("2001:db8:1:ffff::1"), "2001:db8:1::");
    assert_ne!(network("2001:db8:2:ffff::1"), "2001:db8:1::");
}

proptest::proptest! {
    #[test]
    fn nothing_that_a_client_writes_outweighs_what_the_proxy_appends(
        own in proptest::collection::vec(
            proptest::sample::select(&b"\"\\,;=for19. \t\x80\xff"[..]), 0..24),
    ) {
        let words = [
            (ForwardedField::XForwardedFor, "x-forwarded-for", "203.0.113.5, 10.0.0.2"),
            (
                ForwardedField::Forwarded,
                "forwarded",
                r#"for=203.0.113.5;host="a\",for=c", for="10.0.0.2:80""#,
            ),
        ];
        for (field, name, word) in words {
            let line = [own.as_slice(), b", ", word.as_bytes()].concat();
            assert_eq!(client(field, "10.0.0.1", &[(name, line)]), "203.0.113.5");
        }
    }
}
