//! TLS as it is spoken here: nothing below 1.2, nothing but HTTP/1.1 inside, nothing in the clear
//! (TL-01, TL-02, TL-03, TL-05).

use std::{
    io::{Read, Write},
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
    version::{TLS12, TLS13},
};

use crate::harness::Service;

fn handshake(
    service: &Service,
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocols: &[&[u8]],
) -> Result<(Option<rustls::ProtocolVersion>, String), std::io::Error> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(service.data_dir().join("dev/ca.pem")).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_details(provider, service.clock.clone())
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, service.anonymous().tcp());
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer)?;
    assert_eq!(answer, b"HTTP/1.1 200");
    let protocol = stream.conn.alpn_protocol().unwrap_or_default();
    let protocol = String::from_utf8_lossy(protocol).into_owned();
    Ok((stream.conn.protocol_version(), protocol))
}

#[test]
fn one_point_three_is_preferred_and_one_point_two_is_spoken() {
    use rustls::ProtocolVersion::{TLSv1_2, TLSv1_3};
    let service = Service::start();
    let (both, _) = handshake(&service, &[&TLS12, &TLS13], &[]).unwrap();
    let (old, _) = handshake(&service, &[&TLS12], &[]).unwrap();
    assert_eq!((both, old), (Some(TLSv1_3), Some(TLSv1_2)));
}

#[test]
fn nothing_but_http_1_1_is_spoken_inside() {
    let service = Service::start();
    let versions = &[&TLS13, &TLS12];
    let (_, protocol) = handshake(&service, versions, &[b"h2", b"http/1.1"]).unwrap();
    assert_eq!(protocol, "http/1.1");
    for other in [b"h2".as_slice(), b"ftp", b"imap", b"http/1.0"] {
        assert!(
            handshake(&service, versions, &[other]).is_err(),
            "{other:?}"
        );
    }
}

/// A client's first message, written by hand: no library sends what these tests must send.
struct Hello {
    version: [u8; 2],
    suites: Vec<u16>,
    /// Extension 23 (RFC 7627).
    extended_master_secret: bool,
}

const ECDHE_ECDSA_AES_128_GCM: u16 = 0xC02B;
const TLS_1_2: [u8; 2] = [3, 3];

impl Hello {
    /// One that is answered. Each test changes one thing about it.
    fn acceptable() -> Self {
        Self {
            version: TLS_1_2,
            suites: vec![ECDHE_ECDSA_AES_128_GCM],
            extended_master_secret: true,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let extension = |number: u16, content: &[u8]| {
            let content = with_length(content);
            [&number.to_be_bytes(), content.as_slice()].concat()
        };
        // Groups x25519 and secp256r1, uncompressed points, ECDSA with SHA-256.
        let mut extensions = [
            extension(10, &with_length(&[0, 29, 0, 23])),
            extension(11, &[1, 0]),
            extension(13, &with_length(&[4, 3])),
        ]
        .concat();
        if self.extended_master_secret {
            extensions.extend(extension(23, &[]));
        }
        let suites: Vec<u8> = self.suites.iter().flat_map(|s| s.to_be_bytes()).collect();
        let hello = [
            self.version.as_slice(),
            &[7; 32],
            &[0],
            &with_length(&suites),
            &[1, 0],
            &with_length(&extensions),
        ]
        .concat();
        let handshake = [&[1, 0], with_length(&hello).as_slice()].concat();
        [&[22, 3, 1], with_length(&handshake).as_slice()].concat()
    }

    /// Whether the server goes on; otherwise the description of its fatal alert (RFC 5246 §7.2).
    fn answer(&self, service: &Service) -> Result<(), u8> {
        let mut socket = service.anonymous().tcp();
        socket.write_all(&self.bytes()).unwrap();
        let mut answer = [0; 7];
        socket.read_exact(&mut answer).unwrap();
        match answer {
            // A record of the handshake, and in it the server's hello.
            [22, 3, 3, _, _, 2, _] => Ok(()),
            [21, 3, _, 0, 2, 2, description] => Err(description),
            other => panic!("{other:?}"),
        }
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;

#[test]
fn versions_before_1_2_are_refused() {
    let service = Service::start();
    for (version, answer) in [
        ([3, 0], Err(PROTOCOL_VERSION)),
        ([3, 1], Err(PROTOCOL_VERSION)),
        ([3, 2], Err(PROTOCOL_VERSION)),
        (TLS_1_2, Ok(())),
    ] {
        let hello = Hello {
            version,
            ..Hello::acceptable()
        };
        assert_eq!(hello.answer(&service), answer, "{version:?}");
    }
}

#[test]
fn suites_without_authenticated_encryption_or_forward_secrecy_are_refused() {
    let service = Service::start();
    for (name, suite) in [
        ("ECDHE_ECDSA_AES_128_CBC_SHA", 0xC009),
        ("ECDHE_ECDSA_AES_256_CBC_SHA384", 0xC024),
        ("ECDHE_ECDSA_3DES_EDE_CBC_SHA", 0xC008),
        ("ECDHE_ECDSA_RC4_128_SHA", 0xC007),
        ("ECDHE_ECDSA_NULL_SHA", 0xC006),
        ("ECDH_ECDSA_AES_128_GCM_SHA256", 0xC02D),
        ("ECDH_anon_AES_128_CBC_SHA", 0xC018),
    ] {
        let offering = |suites: Vec<u16>| Hello {
            suites,
            ..Hello::acceptable()
        };
        let alone = offering(vec![suite]).answer(&service);
        assert_eq!(alone, Err(HANDSHAKE_FAILURE), "{name}");
        let beside = offering(vec![suite, ECDHE_ECDSA_AES_128_GCM]).answer(&service);
        assert_eq!(beside, Ok(()), "{name}");
    }
}

/// Without it a session can be spliced with another (triple handshake).
#[test]
fn one_point_two_without_extended_master_secret_is_refused() {
    let service = Service::start();
    for (extended_master_secret, answer) in [(true, Ok(())), (false, Err(HANDSHAKE_FAILURE))] {
        let hello = Hello {
            extended_master_secret,
            ..Hello::acceptable()
        };
        assert_eq!(hello.answer(&service), answer);
    }
}

#[test]
fn what_is_not_tls_gets_an_alert_and_no_word_in_the_clear() {
    let service = Service::start();
    let mut socket = service.anonymous().tcp();
    socket
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = Vec::new();
    let ended = socket.read_to_end(&mut answer);
    assert!(ended.is_ok() || !answer.is_empty(), "{ended:?}");
    // A fatal alert, and nothing else.
    assert!(matches!(answer[..], [21, 3, _, 0, 2, 2, _]), "{answer:?}");
    assert_eq!(service.anonymous().get("/healthz").status, 200);
}
