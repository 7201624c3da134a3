//! How slowly an answer may be taken, and what becomes of one that waits when another client comes.
//!
//! Controls: LI-04, LI-05

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use actix_web::rt::{
    System,
    time::{sleep, timeout},
};
use futures_util::future::{Either, select};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::{write::SLOWEST, *};
use crate::http::listener::connections::{
    Bounds, Connections,
    tests::{BOUNDS, connections},
};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// A client, and the gate before it.
fn open(
    connections: &Arc<Connections>,
    write_time: Duration,
) -> (DuplexStream, Gate<DuplexStream>) {
    let time = Duration::from_mins(1);
    let limits = Limits {
        target_bytes: 1024,
        head_bytes: 1024,
        fields: 16,
        head_time: time,
        keep_alive: time,
        body_wire_bytes: 1024,
        body_chunks: 16,
        body_time: time,
        write_time,
        hosts: vec!["localhost".to_owned()],
        pages: true,
    };
    let (client, stream) = duplex(512);
    let permit = connections.admit(CLIENT).unwrap();
    permit.open();
    (client, Gate::new(stream, Rc::new(limits), permit))
}

/// Whether a client that reads at this rate gets a whole answer.
async fn is_taken(bytes_a_second: u32) -> bool {
    let (mut client, mut gate) = open(&connections(BOUNDS), Duration::from_secs(1));
    let reader = async {
        let mut piece = vec![0; bytes_a_second as usize / 20];
        while client.read_exact(&mut piece).await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let answer = vec![0; 16 * 1024];
    let written = gate.write_all(&answer);
    match select(Box::pin(written), Box::pin(reader)).await {
        Either::Left((written, _)) => written.is_ok(),
        Either::Right(_) => false,
    }
}

/// Each piece comes in time in both cases.
#[test]
fn an_answer_is_taken_at_the_rate_of_a_bad_line_or_its_connection_ends() {
    System::new().block_on(async {
        assert!(is_taken(4 * SLOWEST).await);
        assert!(!is_taken(SLOWEST / 4).await);
    });
}

#[test]
fn an_answer_that_waits_for_its_client_makes_room_for_a_newcomer() {
    let connections = connections(Bounds {
        of_one_address: 1,
        ..BOUNDS
    });
    System::new().block_on(async {
        let (mut client, mut gate) = open(&connections, Duration::from_mins(1));
        let head = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
        client.write_all(head).await.unwrap();
        assert_eq!(gate.read(&mut [0; 64]).await.unwrap(), head.len());
        assert!(connections.admit(CLIENT).is_none(), "it is being answered");
        let answer = [0; 4096];
        let mut written = Box::pin(gate.write_all(&answer));
        assert!(timeout(Duration::ZERO, &mut written).await.is_err());
        assert!(connections.admit(CLIENT).is_some(), "it waits");
        assert!(written.await.is_err());
    });
}
