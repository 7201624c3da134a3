//! A client that is slow, endless or deaf is cut off in bounded time, and the others do not feel it
//! (LI-02, LI-03, LI-04).

use std::time::{Duration, Instant};

use crate::{
    harness::{Connection, Service},
    invoices::content,
};

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

fn impatient() -> Service {
    Service::with(&[
        ("APP_PUBLIC__LIMITS__TLS_HANDSHAKE_TIMEOUT_SECONDS", "1"),
        ("APP_PUBLIC__LIMITS__HEAD_TIMEOUT_SECONDS", "1"),
        ("APP_PUBLIC__LIMITS__BODY_TIMEOUT_SECONDS", "1"),
        ("APP_PUBLIC__LIMITS__KEEP_ALIVE_SECONDS", "2"),
        ("APP_PUBLIC__LIMITS__WRITE_TIMEOUT_SECONDS", "1"),
    ])
}

/// A byte every tenth of a second, until the other side answers or hangs up, or for ten seconds.
fn drip(connection: &mut Connection, byte: u8) -> Duration {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10)
        && !connection.has_answer_within(Duration::from_millis(100))
    {
        connection.write(&[byte]);
    }
    started.elapsed()
}

#[test]
fn a_slow_first_head_is_408() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ");
    let took = drip(&mut connection, b'a');
    assert_eq!(connection.response("GET").status, 408);
    assert!(connection.is_closed());
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_slow_second_head_is_408_too() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    connection.write(HEALTH);
    assert_eq!(connection.response("GET").status, 200);
    connection.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ");
    let took = drip(&mut connection, b'a');
    assert_eq!(connection.response("GET").status, 408);
    assert!(connection.is_closed());
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_slow_head_behind_a_whole_request_is_408_too() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    connection.write(&[HEALTH, b"GET /hea"].concat());
    assert_eq!(connection.response("GET").status, 200);
    let took = drip(&mut connection, b'a');
    assert_eq!(connection.response("GET").status, 408);
    assert!(connection.is_closed());
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_connection_that_says_nothing_is_ended() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    connection.handshake();
    assert_eq!(connection.response("GET").status, 408);
    assert!(connection.is_closed());
}

#[test]
fn an_idle_connection_is_ended_without_a_word() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    connection.write(HEALTH);
    assert_eq!(connection.response("GET").status, 200);
    let started = Instant::now();
    assert!(connection.is_closed());
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_handshake_that_does_not_come_is_ended() {
    let service = impatient();
    let mut socket = service.anonymous().tcp();
    let started = Instant::now();
    assert_eq!(
        std::io::Read::read(&mut socket, &mut [0; 1]).unwrap_or(0),
        0
    );
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_slow_body_is_408() {
    let service = impatient();
    let headers = [
        ("content-type", "application/json"),
        ("content-length", "1000"),
    ];
    let mut connection = service
        .editor("alice")
        .open("POST", "/v1/invoices", &headers);
    let took = drip(&mut connection, b' ');
    assert_eq!(connection.response("POST").status, 408);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_body_that_nobody_reads_is_not_waited_for() {
    let service = impatient();
    for (method, path, status) in [
        ("POST", "/v1/invoices", 401),
        ("POST", "/healthz", 405),
        ("GET", "/healthz", 200),
    ] {
        let chunked = [
            ("transfer-encoding", "chunked"),
            ("content-type", "application/json"),
        ];
        let mut connection = service.anonymous().open(method, path, &chunked);
        assert_eq!(connection.response(method).status, status);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(10)
            && !connection.has_answer_within(Duration::from_millis(100))
        {
            connection.write(b"1\r\nx\r\n");
        }
        assert!(connection.is_closed());
        assert!(
            started.elapsed() < Duration::from_secs(7),
            "{path}: {:?}",
            started.elapsed()
        );
    }
}

#[test]
fn an_endless_body_is_cut_off_and_not_drained() {
    let service = impatient();
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let tiny = "1\r\nx\r\n".repeat(500);
    let extension = format!("1;{}\r\nx\r\n", "x".repeat(4000));
    for (token, piece) in [
        (true, &chunk),
        (false, &chunk),
        (true, &tiny),
        (true, &extension),
        (false, &extension),
    ] {
        let actor = if token {
            service.editor("alice")
        } else {
            service.anonymous()
        };
        let chunked = [
            ("transfer-encoding", "chunked"),
            ("content-type", "application/json"),
        ];
        let mut connection = actor.open("POST", "/v1/invoices", &chunked);
        let started = Instant::now();
        let taken = connection.flood(piece.as_bytes(), 64 * 1024 * 1024);
        // What the two systems hold in their buffers is not in our hands.
        assert!(
            taken < 16 * 1024 * 1024,
            "{taken} bytes of {:?}",
            &piece[..8]
        );
        assert!(
            started.elapsed() < Duration::from_secs(8),
            "{:?}",
            started.elapsed()
        );
    }
}

#[test]
fn broken_chunks_are_400() {
    let service = impatient();
    let alice = service.editor("alice");
    for body in [
        "0x1\r\n",
        ";a\r\n",
        "\r\n",
        "1 \r\nx\r\n",
        "1;a=b\r\nx\r\n",
        "-1\r\n",
        "1\nx\r\n",
        "1\r\nxy\r\n",
        "fffffffff\r\n",
        "0\r\nx-trailer: 1\r\n\r\n",
        "g\r\n",
    ] {
        let chunked = [
            ("transfer-encoding", "chunked"),
            ("content-type", "application/json"),
        ];
        let mut connection = alice.open("POST", "/v1/invoices", &chunked);
        connection.write(body.as_bytes());
        let answer = connection.response("POST");
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![" incomplete".to_owned()]),
            "{body:?}"
        );
        assert!(connection.is_closed(), "{body:?}");
    }
    let whole = content().to_string();
    let (first, second) = whole.split_at(20);
    let chunked = [
        ("transfer-encoding", "Chunked"),
        ("content-type", "application/json"),
    ];
    let mut connection = alice.open("POST", "/v1/invoices", &chunked);
    connection.write(
        format!(
            "14\r\n{first}\r\n{:X}\r\n{second}\r\n0\r\n\r\n",
            second.len()
        )
        .as_bytes(),
    );
    assert_eq!(connection.response("POST").status, 201);
}

#[test]
fn a_client_that_never_reads_is_ended() {
    let service = impatient();
    let mut connection = service.anonymous().connect();
    let started = Instant::now();
    // Answers pile up until the systems' buffers are full; then nothing more is taken.
    let sent = connection.flood(&HEALTH.repeat(100), 64 * 1024 * 1024);
    assert!(sent < 64 * 1024 * 1024, "{sent}");
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
}

/// How much later, depends on the machine: `just slow-clients` prints it.
#[test]
fn a_good_client_is_answered_beside_a_hundred_slow_ones() {
    let service = Service::start();
    let good = service.anonymous();
    let median = |label: &str| {
        let mut times: Vec<Duration> = (0..40)
            .map(|_| {
                let started = Instant::now();
                assert_eq!(good.get("/healthz").status, 200);
                started.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!("{label}: median {:?}, slowest {:?}", times[20], times[39]);
    };
    median("alone");
    let bad: Vec<Connection> = (0..100)
        .map(|number| {
            let mut connection = service.anonymous().connect();
            match number % 3 {
                0 => connection.write(b"GET /hea"),
                1 => connection.write(
                    b"POST /v1/invoices HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n",
                ),
                _ => connection.handshake(),
            }
            connection
        })
        .collect();
    median("beside a hundred slow clients");
    drop(bad);
}
