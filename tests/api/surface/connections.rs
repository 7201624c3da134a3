//! A full listener makes room: silent connections go, a request in flight stays (LI-05).
//!
//! Who is chosen among many addresses and networks is tested beside the code, where a test can have
//! any address; here is that the chosen connection really ends.

use std::{
    io::{ErrorKind, Read},
    net::TcpStream,
};

use crate::{
    harness::{Connection, Process, Service, patience},
    invoices::content,
};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn answers(connection: &mut Connection) -> bool {
    connection.write(HEALTH);
    connection
        .try_response("GET")
        .is_some_and(|answer| answer.status == 200)
}

fn is_closed(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

#[test]
fn the_connection_that_is_longest_without_a_request_makes_room_for_the_next() {
    let service = Service::with(&[
        ("APP_PUBLIC__LIMITS__CONNECTIONS_PER_ADDRESS", "3"),
        // Nothing else ends an idle connection as long as a test waits.
        ("APP_PUBLIC__LIMITS__KEEP_ALIVE_SECONDS", "120"),
    ]);
    let actor = service.anonymous();
    let mut open: Vec<_> = (0..3).map(|_| actor.connect()).collect();
    for connection in &mut open {
        assert!(answers(connection));
    }
    assert!(answers(&mut open[0]));
    let mut next = actor.connect();
    assert!(answers(&mut next));
    assert!(open[1].is_closed(), "without a word");
    assert!(answers(&mut open[0]) && answers(&mut open[2]) && answers(&mut next));
}

#[test]
fn silent_connections_shut_nobody_out() {
    for (limit, value) in [
        ("APP_PUBLIC__LIMITS__CONNECTIONS_PER_ADDRESS", "8"),
        ("APP_PUBLIC__LIMITS__CONNECTIONS_PER_NETWORK", "8"),
        ("APP_PUBLIC__LIMITS__CONNECTIONS", "17"),
        ("APP_PUBLIC__LIMITS__TLS_HANDSHAKES", "8"),
    ] {
        let service = Service::with(&[
            (limit, value),
            ("APP_PUBLIC__LIMITS__TLS_HANDSHAKE_TIMEOUT_SECONDS", "120"),
            ("APP_PUBLIC__LIMITS__HEAD_TIMEOUT_SECONDS", "120"),
        ]);
        let anonymous = service.anonymous();
        let mut silent: Vec<_> = (0..30).map(|_| anonymous.tcp()).collect();
        for _ in 0..10 {
            assert_eq!(anonymous.get("/healthz").status, 200, "{limit}");
        }
        assert!(is_closed(&mut silent[0]), "{limit}");
        let mut spoken: Vec<_> = (0..30).map(|_| anonymous.connect()).collect();
        for connection in &mut spoken {
            connection.try_handshake().ok();
        }
        for _ in 0..10 {
            assert_eq!(anonymous.get("/healthz").status, 200, "{limit}");
        }
    }
}

#[test]
fn a_request_in_flight_is_not_cut_off_and_the_newcomer_is_hung_up_on() {
    let service = Service::with(&[("APP_PUBLIC__LIMITS__CONNECTIONS_PER_ADDRESS", "2")]);
    let alice = service.editor("alice");
    let body = content().to_string();
    let length = body.len().to_string();
    let headers = [
        ("content-type", "application/json"),
        ("content-length", length.as_str()),
        ("expect", "100-continue"),
    ];
    let mut open: Vec<_> = (0..2)
        .map(|_| alice.open("POST", "/v1/invoices", &headers))
        .collect();
    // From `100 Continue` on it is certain that the request is being answered.
    for connection in &mut open {
        assert!(connection.continues());
    }
    assert!(!answers(&mut service.anonymous().connect()), "hung up on");
    for connection in &mut open {
        connection.write(body.as_bytes());
        assert_eq!(connection.response("POST").status, 201);
    }
    assert!(answers(&mut service.anonymous().connect()));
}

#[test]
fn healthcheck_is_0_beside_silent_connections() {
    let data_dir = tempfile::TempDir::new().unwrap();
    let file = data_dir.path().join("few.toml");
    std::fs::write(
        &file,
        "[public.limits]\nconnections = 20\ntls_handshakes = 20",
    )
    .unwrap();
    let process = Process::serve_with(data_dir.path(), &["--config", file.to_str().unwrap()]);
    let anonymous = process.bearer("");
    let mut silent: Vec<_> = (0..40).map(|_| anonymous.tcp()).collect();
    for socket in &silent {
        socket.set_nonblocking(true).unwrap();
    }
    // All of them have been looked at; else the last ones could take the check for the oldest.
    patience::until("half of the silent connections make room", || {
        silent
            .iter_mut()
            .filter_map(|socket| is_closed(socket).then_some(()))
            .count()
            >= 20
    });
    let answer = Process::output(data_dir.path(), &["healthcheck"], &[]);
    assert!(answer.status.success(), "{answer:?}");
}
