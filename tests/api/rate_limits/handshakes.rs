//! The quota of new connections: one too many is hung up on before its handshake (LI-05).

use time::Duration;

use crate::harness::Service;

#[test]
fn an_address_makes_so_many_connections_and_then_as_many_as_the_rate_allows() {
    let service = Service::with(&[
        ("APP_RATE_LIMIT__HANDSHAKES__PER_SECOND", "1"),
        ("APP_RATE_LIMIT__HANDSHAKES__BURST", "2"),
    ]);
    let anonymous = service.anonymous();
    let served = || {
        let mut connection = anonymous.connect();
        connection.write(anonymous.keep_alive("GET", "/healthz").as_bytes());
        connection
            .try_response("GET")
            .is_some_and(|answer| answer.status == 200)
    };
    assert_eq!([served(), served(), served()], [true, true, false]);
    service.clock.advance(Duration::seconds(1));
    assert_eq!([served(), served()], [true, false]);
}

#[test]
fn a_connection_that_is_open_goes_on() {
    let service = Service::with(&[
        ("APP_RATE_LIMIT__HANDSHAKES__PER_SECOND", "1"),
        ("APP_RATE_LIMIT__HANDSHAKES__BURST", "1"),
    ]);
    let anonymous = service.anonymous();
    let request = anonymous.keep_alive("GET", "/healthz");
    let mut connection = anonymous.connect();
    for _ in 0..9 {
        connection.write(request.as_bytes());
        assert_eq!(connection.response("GET").status, 200);
    }
    let mut second = anonymous.connect();
    second.write(request.as_bytes());
    assert!(second.try_response("GET").is_none());
}
