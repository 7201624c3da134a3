//! Files that a configuration names: judged before anything starts, all at once, and read as people's
//! tools leave them.

use std::{
    fs,
    io::{Read, Write},
    sync::Arc,
};

use app::clock::Clock;
use insta::assert_snapshot;
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};

use super::{Given, said, set_mode, write};
use crate::harness::{Service, token_for};

/// U+FEFF, as editors on Windows begin a text.
const MARK: char = '\u{feff}';

#[test]
fn check_config_names_every_file_that_is_missing() {
    let given = Given::new();
    assert!(given.checked(&[]).starts_with("the configuration is valid"));
    for name in ["server.pem", "server.key", "jwks.json", "ca.pem"] {
        fs::remove_file(given.path(name)).unwrap();
    }
    assert_snapshot!(given.checked(&[("APP_AUTH__LEEWAY_SECONDS", "31")]), @"
    error: auth.leeway_seconds: choose 0 to 30 seconds
    error: public.tls.cert_file: [given]/server.pem: No such file or directory (os error 2)
    error: public.tls.key_file: [given]/server.key: No such file or directory (os error 2)
    error: auth.issuers[0].ca_file: [given]/ca.pem: No such file or directory (os error 2)
    error: auth.issuers[0].jwks_file: [given]/jwks.json: No such file or directory (os error 2)
    ");
    assert_eq!(
        said(&given.run("serve", &[])),
        said(&given.run("check-config", &[])),
        "a start says the same"
    );
}

#[test]
fn check_config_names_every_file_that_others_may_write_or_read() {
    let given = Given::new();
    for (name, mode) in [
        ("server.pem", 0o664),
        ("server.key", 0o644),
        ("jwks.json", 0o606),
        ("ca.pem", 0o666),
    ] {
        set_mode(&given.path(name), mode);
    }
    let database = given.path("other.db");
    write(&database, "");
    set_mode(&database, 0o644);
    let url = format!("sqlite:{}", database.display());
    let journal = given.path("log/audit.jsonl");
    fs::create_dir(given.path("log")).unwrap();
    set_mode(&given.path("log"), 0o1777);
    let environment = [
        ("APP_DATABASE__URL", url.as_str()),
        ("APP_AUDIT__FILE", journal.to_str().unwrap()),
    ];
    assert_snapshot!(given.checked(&environment), @"
    error: database.url: [given]/other.db: others may read this secret (mode 0644): chmod 0600, or 0640 if it belongs to root
    error: audit.file: [given]/log: others may write it (mode 1777): chmod go-w
    error: public.tls.cert_file: [given]/server.pem: others may write it (mode 0664): chmod go-w
    error: public.tls.key_file: [given]/server.key: others may read this secret (mode 0644): chmod 0600, or 0640 if it belongs to root
    error: auth.issuers[0].ca_file: [given]/ca.pem: others may write it (mode 0666): chmod go-w
    error: auth.issuers[0].jwks_file: [given]/jwks.json: others may write it (mode 0606): chmod go-w
    ");
}

#[test]
fn check_config_names_every_file_that_is_of_no_use() {
    let given = Given::new();
    let other = Given::new();
    write(&given.path("jwks.json"), r#"{"keys":[]}"#);
    fs::copy(given.path("server.key"), given.path("ca.pem")).unwrap();
    fs::copy(other.path("server.key"), given.path("server.key")).unwrap();
    assert_snapshot!(given.checked(&[]), @"
    error: public.tls: [given]/server.pem and [given]/server.key: the private key is not this certificate's; does the chain begin with the server's own?
    error: auth.issuers[0].ca_file: [given]/ca.pem: holds no certificate in PEM (BEGIN CERTIFICATE)
    error: auth.issuers[0].jwks_file: has no key that is fit for the algorithms configured
    ");
    write(&given.path("jwks.json"), "-----BEGIN PUBLIC KEY-----");
    write(
        &given.path("server.pem"),
        "-----BEGIN CERTIFICATE-----\nMIIB",
    );
    write(&given.path("server.key"), "");
    assert_snapshot!(given.checked(&[]), @"
    error: public.tls.cert_file: [given]/server.pem: is not whole PEM: are line ends lost, or is it cut off?
    error: public.tls.key_file: [given]/server.key: holds no private key in PEM (BEGIN PRIVATE KEY)
    error: auth.issuers[0].ca_file: [given]/ca.pem: holds no certificate in PEM (BEGIN CERTIFICATE)
    error: auth.issuers[0].jwks_file: is not a JWK Set (RFC 7517)
    ");
}

#[test]
fn a_byte_order_mark_in_a_certificate_a_key_a_key_set_and_settings_is_no_content() {
    let given = Given::new();
    let mark = |text: String| format!("{MARK}{text}");
    let marked = |name| {
        let text = fs::read_to_string(given.path(name)).unwrap();
        write(&given.path(name), mark(text));
    };
    fs::copy(&given.tls.ca, given.path("unmarked.pem")).unwrap();
    for name in ["server.pem", "server.key", "jwks.json", "ca.pem"] {
        marked(name);
    }
    assert!(given.checked(&[]).starts_with("the configuration is valid"));
    let settings = given.tls_settings();
    write(&settings, mark(fs::read_to_string(&settings).unwrap()));
    let service = Service::configured(&settings);
    fs::copy(
        given.path("jwks.json"),
        service.data_dir().join("dev/jwks.json"),
    )
    .unwrap();
    let request = token_for("alice", &["reader"]);
    let token = given
        .issuer
        .token(&request, &app::permissions::ACCESS, service.clock.now())
        .unwrap();
    let alice = service.bearer_trusting(&given.path("unmarked.pem"), &token);
    assert_eq!(alice.get("/v1/me").status, 200);
}

#[test]
fn a_chain_that_is_glued_without_a_line_end_is_sent_whole() {
    let given = Given::new();
    let read = |name| fs::read_to_string(given.path(name)).unwrap();
    let glued = format!("{}{}", read("server.pem").trim_end(), read("ca.pem"));
    write(&given.path("server.pem"), glued);
    let service = Service::configured(&given.tls_settings());

    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(&given.tls.ca).unwrap();
    roots.add(ca.clone()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_details(provider, service.clock.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, service.anonymous().tcp());
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    stream.read_to_end(&mut Vec::new()).ok();
    let chain = stream.conn.peer_certificates().unwrap();
    assert_eq!((chain.len(), &chain[1]), (2, &ca));
}

#[test]
fn a_key_set_that_others_may_write_is_not_read_while_the_service_runs_either() {
    let service = Service::start();
    let alice = service.reader("alice");
    assert_eq!(alice.get("/v1/me").status, 200);
    let forged = Given::new();
    let published = service.data_dir().join("dev/jwks.json");
    fs::copy(forged.path("jwks.json"), &published).unwrap();
    set_mode(&published, 0o666);
    let token = forged.issuer.token(
        &token_for("eve", &["editor"]),
        &app::permissions::ACCESS,
        service.clock.now(),
    );
    let eve = service.bearer(&token.unwrap());
    assert_eq!(eve.get("/v1/me").status, 401, "somebody else's key");
    assert_eq!(
        alice.get("/v1/me").status,
        200,
        "the keys stay as they were"
    );
}
