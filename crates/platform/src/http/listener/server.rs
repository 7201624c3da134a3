//! A TLS listener for an actix application.
//!
//! The framework's own `HttpServer` would do, but limits on what a client sends must stand where
//! the bytes come in, so the accepted stream is ours: a permit, TLS within a deadline, the gate,
//! then HTTP/1.1. There is no plaintext listener to fall back to: `tripwire` has what becomes of plain HTTP.
//!
//! Controls: TL-01

use std::{fmt, future::poll_fn, io, net::TcpListener, rc::Rc, sync::Arc, time::Duration};

use actix_http::{HttpService, KeepAlive, Request, error::DispatchError};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
};
use futures_util::future::{Either, select};
use rustls::{ProtocolVersion, ServerConnection};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::{
    connections::Connections,
    gate::{Gate, Limits},
    handshake,
    tripwire::Tripwire,
};
use crate::{audit::TlsSession, http::context::operator::Operator, tls};

/// How a listener treats its connections.
#[derive(Clone)]
pub struct Listener {
    pub tls: tls::Live,
    pub handshake_timeout: Duration,
    pub connections: Arc<Connections>,
    pub limits: Limits,
    pub tripwire: Tripwire,
}

/// Serves `application` on `socket`, as one more listener of `server`.
///
/// # Errors
/// When the socket cannot be used.
pub fn listen<F, I, S, B>(
    server: ServerBuilder,
    name: &str,
    socket: TcpListener,
    listener: Listener,
    application: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<B>> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Future: 'static,
    <S::Service as actix_service::Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    server.listen(name, socket, move || {
        let listener = listener.clone();
        let limits = Rc::new(listener.limits);
        let tls = listener.tls;
        let http = HttpService::build()
            // The gate has deadlines for every head and between requests; the framework's are for the first head
            // only, and begin anew with each byte.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(limits.write_time)
            .on_connect_ext(|gate: &Gate<TlsStream<TcpStream>>, data| {
                data.insert(gate.state());
                let (_, connection) = gate.stream.get_ref();
                if let Some(session) = agreed(connection) {
                    data.insert(session);
                }
                let shown = connection.peer_certificates().unwrap_or_default().first();
                if let Some(name) = shown.and_then(tls::name_of) {
                    data.insert(Operator(name.into()));
                }
            })
            .h1(map_config(
                application()
                    .into_factory()
                    .map_err(|error| error.into().error_response()),
                |()| AppConfig::default(),
            ));

        fn_service(move |stream: TcpStream| {
            let (tls, limits) = (tls.clone(), limits.clone());
            let connections = listener.connections.clone();
            let tripwire = listener.tripwire.clone();
            let handshake_timeout = listener.handshake_timeout;
            async move {
                let peer = stream.peer_addr().map_err(DispatchError::Io)?;
                let permit = connections.admit(peer.ip());
                let permit = permit.ok_or_else(|| failed(io::ErrorKind::ConnectionRefused))?;
                stream.set_nodelay(true).map_err(DispatchError::Io)?;
                let connection = permit.connection();
                let handshake = select(
                    Box::pin(handshake::complete(stream, peer.ip(), &tls, &tripwire)),
                    poll_fn(|cx| connection.poll_evicted(cx)),
                );
                let stream = match tokio::time::timeout(handshake_timeout, handshake).await {
                    Ok(Either::Left((Ok(stream), _))) => stream,
                    Ok(Either::Left((Err(error), _))) => {
                        if let Some(reason) = handshake::certificate_fault(&error) {
                            connections.refused(peer.ip(), reason);
                        }
                        return Err(DispatchError::Io(error));
                    }
                    Ok(Either::Right(_)) => return Err(failed(io::ErrorKind::ConnectionAborted)),
                    Err(_) => return Err(failed(io::ErrorKind::TimedOut)),
                };
                permit.open();
                // A gateway connects by a name of its own, and passes on the client's `Host`.
                let (_, session) = stream.get_ref();
                let called = session
                    .server_name()
                    .filter(|_| !connections.trusts(peer.ip()));
                let called = called.map(Box::from);
                let mut gate = Gate::new(stream, limits, permit);
                gate.called = called;
                Ok((gate, Some(peer)))
            }
        })
        .map_init_err(drop)
        .and_then(http)
    })
}

fn failed(kind: io::ErrorKind) -> DispatchError {
    DispatchError::Io(kind.into())
}

/// What was agreed on, once the handshake is complete.
fn agreed(connection: &ServerConnection) -> Option<TlsSession> {
    let version = match connection.protocol_version()? {
        ProtocolVersion::TLSv1_3 => "1.3",
        ProtocolVersion::TLSv1_2 => "1.2",
        _ => return None,
    };
    let suite = connection.negotiated_cipher_suite()?.suite();
    let group = connection.negotiated_key_exchange_group();
    Some(TlsSession {
        version,
        suite: suite.as_str()?,
        group: group.and_then(|group| group.name().as_str()),
    })
}
