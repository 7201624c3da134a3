//! The client: connections that are kept, each sending the request of its caller again as soon as it has the
//! answer.
//!
//! Client libraries for load tests cost more than the server that is measured here. This one writes
//! fixed bytes, reads to the end that `Content-Length` says, and compares the body: no connection
//! pool, no header map, no decoding. It never sleeps: on one machine, waking a client is work of the
//! server's core, and the more so the longer the server takes.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::spawn_local,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Options, ground::Ground, process::Server, report::Measured};

/// What the connections of a turn share.
#[derive(Default)]
struct Turn {
    recording: Cell<bool>,
    over: Cell<bool>,
    latencies: RefCell<Vec<Duration>>,
}

/// Keeps `server` busy for a while, and measures what it does then. Needs a `LocalSet`.
pub async fn turn(
    server: &Server,
    ground: &Rc<Ground>,
    options: &Options,
) -> anyhow::Result<Measured> {
    let turn = Rc::new(Turn::default());
    let mut tasks = Vec::new();
    // Anew in each turn: between two turns a server may well hang up.
    for number in 0..options.connections {
        let stream = connect(server, ground).await?;
        tasks.push(spawn_local(ask(
            stream,
            number,
            ground.clone(),
            turn.clone(),
        )));
    }
    let spinning = turn.clone();
    tasks.push(spawn_local(async move {
        while !spinning.over.get() {
            tokio::task::yield_now().await;
        }
        Ok(())
    }));
    tokio::time::sleep(options.warm_up()).await;
    let (before, began) = (server.processor_time()?, Instant::now());
    turn.recording.set(true);
    tokio::time::sleep(options.time()).await;
    turn.recording.set(false);
    let (after, time) = (server.processor_time()?, began.elapsed());

    turn.over.set(true);
    for task in tasks {
        task.await??;
    }
    let latencies = turn.latencies.take();
    if latencies.is_empty() {
        bail!("it answered nothing");
    }
    Ok(Measured::of(latencies, time, after.saturating_sub(before)))
}

async fn connect(server: &Server, ground: &Ground) -> anyhow::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(server.address).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost")?;
    let connector = TlsConnector::from(ground.tls.clone());
    Ok(connector.connect(name, stream).await?)
}

/// One connection's part in a turn.
async fn ask(
    mut stream: TlsStream<TcpStream>,
    number: usize,
    ground: Rc<Ground>,
    turn: Rc<Turn>,
) -> anyhow::Result<()> {
    let caller = ground.requests.get(number % ground.requests.len());
    let request = caller.context("a caller")?;
    let mut received = Vec::with_capacity(16 * 1024);
    while !turn.over.get() {
        let began = Instant::now();
        stream.write_all(&request.bytes).await?;
        received.clear();
        while !is_answer(&received, &request.body)? {
            if stream.read_buf(&mut received).await? == 0 {
                bail!("it hung up");
            }
        }
        if turn.recording.get() {
            turn.latencies.borrow_mut().push(began.elapsed());
        }
    }
    Ok(())
}

/// Whether this is a whole answer. Any but the order is an error.
fn is_answer(received: &[u8], expected: &OnceCell<Vec<u8>>) -> anyhow::Result<bool> {
    let mut fields = [httparse::EMPTY_HEADER; 40];
    let mut response = httparse::Response::new(&mut fields);
    let httparse::Status::Complete(head) = response.parse(received)? else {
        return Ok(false);
    };
    let body = received.get(head..).unwrap_or_default();
    let length = response
        .headers
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case("content-length"))
        .and_then(|field| std::str::from_utf8(field.value).ok())
        .and_then(|length| length.parse::<usize>().ok())
        .context("a length")?;
    if body.len() < length {
        return Ok(false);
    }
    let expected = expected.get_or_init(|| body.to_vec());
    if response.code != Some(200) || body != expected.as_slice() {
        bail!("it answered {}", String::from_utf8_lossy(received));
    }
    Ok(true)
}
