//! What is fetched from an issuer, and what is not (EG-01, EG-02; API7:2023, API10:2023).

use std::{io::ErrorKind, net::TcpListener, time::Duration};

use app::egress::{Client, EgressError};

use crate::{
    harness::patience,
    https_server::{Answer, Request, Server},
};

fn answer(request: &Request) -> Answer {
    match request.path {
        "/json" => Answer::ok("application/json; charset=utf-8", "{}"),
        "/jwks" => Answer::ok("application/jwk-set+json", "{}"),
        "/html" => Answer::ok("text/html", "{}"),
        "/untyped" => Answer::status("200 OK", ""),
        "/missing" => Answer::status("404 Not Found", "content-type: application/json\r\n"),
        "/moved" => Answer::status("302 Found", "location: /json\r\n"),
        "/moved-inside" => Answer::status(
            "307 Temporary Redirect",
            "location: http://169.254.169.254/latest/\r\n",
        ),
        "/large" => Answer::Endless(Duration::ZERO),
        "/slow" => Answer::Endless(Duration::from_millis(100)),
        // What a server does that has this type only, and takes `Accept` at its word.
        strict => {
            let only = format!("application/{}", strict.trim_start_matches('/'));
            let accept = request.field("accept").unwrap_or_default();
            if accept.split(", ").any(|one| one == only) {
                Answer::ok(&only, "{}")
            } else {
                Answer::status("406 Not Acceptable", "content-type: text/plain\r\n")
            }
        }
    }
}

fn client(server: &Server) -> Client {
    Client::new(Some(&server.ca_file()), true).unwrap()
}

#[test]
fn a_json_document_is_fetched_and_nothing_else_is() {
    let server = Server::start(answer);
    let client = client(&server);
    let get = |path: &str| client.json(&format!("{}{path}", server.url));
    assert_eq!(get("/json").unwrap(), b"{}");
    assert_eq!(get("/jwks").unwrap(), b"{}");
    for path in ["/html", "/untyped"] {
        assert!(matches!(get(path), Err(EgressError::ContentType)), "{path}");
    }
    for (path, status) in [("/missing", 404), ("/moved", 302), ("/moved-inside", 307)] {
        assert!(
            matches!(get(path), Err(EgressError::Status(got)) if got == status),
            "{path}"
        );
    }
}

#[test]
fn a_server_that_has_only_one_of_the_two_types_of_a_key_set_gives_it() {
    let server = Server::start(answer);
    let client = client(&server);
    for only in ["jwk-set+json", "json"] {
        let got = client.json(&format!("{}/{only}", server.url));
        assert_eq!(got.unwrap(), b"{}", "{only}");
    }
}

#[test]
fn a_document_that_is_endless_or_slow_is_given_up() {
    let server = Server::start(answer);
    for path in ["/large", "/slow"] {
        let started = std::time::Instant::now();
        let url = format!("{}{path}", server.url);
        let client = client(&server);
        let given_up = patience::within(path, move || client.json(&url).is_err());
        assert!(given_up, "{path}");
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{path}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_believed() {
    let (ours, theirs) = (Server::start(answer), Server::start(answer));
    let json = format!("{}/json", theirs.url);
    assert!(client(&ours).json(&json).is_err());
    assert!(Client::new(None, true).unwrap().json(&json).is_err());
    assert!(client(&theirs).json(&json).is_ok());
}

#[test]
fn nothing_is_fetched_without_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/json", listener.local_addr().unwrap());
    assert!(Client::new(None, true).unwrap().json(&url).is_err());
    let knocked = listener.accept().map_err(|error| error.kind());
    assert_eq!(
        knocked.map(drop),
        Err(ErrorKind::WouldBlock),
        "not even a connection"
    );
}

#[test]
fn a_private_address_is_reached_only_when_that_is_allowed_and_the_refusal_names_the_setting() {
    let server = Server::start(answer);
    let json = format!("{}/json", server.url);
    let outside_only = Client::new(Some(&server.ca_file()), false).unwrap();
    let refused = outside_only.json(&json).unwrap_err();
    assert!(matches!(refused, EgressError::NoPublicAddress));
    assert!(
        refused.to_string().contains("allow_private_network = true"),
        "{refused}"
    );
    assert!(client(&server).json(&json).is_ok());
}
