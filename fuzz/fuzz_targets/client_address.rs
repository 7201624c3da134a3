//! Who the client is behind proxies: what a client writes never outweighs what a proxy wrote.

#![no_main]

use std::{net::IpAddr, sync::LazyLock};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use platform::{
    config::ForwardedField,
    http::context::client_address::{TrustedProxies, bucket},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

static BOTH: LazyLock<[(HeaderName, TrustedProxies); 2]> = LazyLock::new(|| {
    let proxies = |field| TrustedProxies {
        networks: ["10.0.0.0/8", "fd00::/8"]
            .map(|net| net.parse().expect("a network"))
            .into(),
        field,
    };
    [
        (X_FORWARDED_FOR, proxies(ForwardedField::XForwardedFor)),
        (FORWARDED, proxies(ForwardedField::Forwarded)),
    ]
});

fuzz_target!(|bytes: &[u8]| {
    let proxy: IpAddr = [10, 0, 0, 1].into();
    let client: IpAddr = [192, 0, 2, 1].into();
    for (name, proxies) in &*BOTH {
        let mut headers = HeaderMap::new();
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                headers.append(name.clone(), value);
            }
        }
        // From a stranger the field is air.
        assert_eq!(proxies.client(client, &headers), client);
        let address = bucket(proxies.client(proxy, &headers));
        assert_eq!(bucket(address), address);

        // The proxy's own word stands last, and nothing in front of it counts: neither in a line of
        // its own, nor appended to the client's.
        let word = match proxies.field {
            ForwardedField::XForwardedFor => "192.0.2.1, 10.0.0.2",
            ForwardedField::Forwarded => {
                r#"for=192.0.2.1;host="a\",for=198.51.100.1";proto=https, for="10.0.0.2:80""#
            }
        };
        let mut appended = headers.clone();
        let clients = headers.get_all(name).last().map(HeaderValue::as_bytes);
        let line = [clients.unwrap_or_default(), b", ", word.as_bytes()].concat();
        if let Ok(line) = HeaderValue::from_bytes(&line) {
            appended.append(name.clone(), line);
            assert_eq!(proxies.client(proxy, &appended), client);
        }
        headers.append(name.clone(), HeaderValue::from_static(word));
        assert_eq!(proxies.client(proxy, &headers), client);
    }
});
