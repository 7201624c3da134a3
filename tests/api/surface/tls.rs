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

/// A first message that offers nothing newer than `version`, with suites that were common then.
fn hello(version: [u8; 2]) -> Vec<u8> {
    let suites = [
        0xC0, 0x13, 0xC0, 0x14, 0x00, 0x2F, 0x00, 0x35, 0x00, 0x0A, 0x00, 0x05,
    ];
    let mut body = [
        version.as_slice(),
        &[7; 32],
        &[0],
        &[0, 12],
        &suites,
        &[1, 0],
    ]
    .concat();
    let length = u8::try_from(body.len()).unwrap();
    body = [&[1, 0, 0, length], body.as_slice()].concat();
    let length = u8::try_from(body.len()).unwrap();
    [&[22, 3, 1, 0, length], body.as_slice()].concat()
}

#[test]
fn older_versions_and_what_is_not_tls_get_an_alert_or_nothing() {
    let service = Service::start();
    let plain = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec();
    for (name, first) in [
        ("SSL 3.0", hello([3, 0])),
        ("TLS 1.0", hello([3, 1])),
        ("TLS 1.1", hello([3, 2])),
        ("TLS 1.2 with CBC and RC4 only", hello([3, 3])),
        ("plain HTTP", plain),
    ] {
        let mut socket = service.anonymous().tcp();
        socket.write_all(&first).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).ok();
        // An alert (21), fatal (2), or just the end.
        assert!(
            answer.is_empty() || (answer[0] == 21 && answer[5] == 2),
            "{name}: {answer:?}"
        );
    }
    assert_eq!(service.anonymous().get("/healthz").status, 200);
}
