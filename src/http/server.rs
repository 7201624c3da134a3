//! A TLS listener for an actix application.
//!
//! The framework's own `HttpServer` would do, but limits on what a client sends must stand where the
//! bytes come in, so the accepted stream is ours: TCP, then TLS within a deadline, then HTTP/1.1.
//! There is no plaintext listener to fall back to (CONTROLS TL-01).

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

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
use rustls::ServerConfig;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// How a listener treats its connections.
#[derive(Debug, Clone)]
pub struct Connections {
    pub tls: Arc<ServerConfig>,
    pub handshake_timeout: Duration,
    pub head_timeout: Duration,
    pub keep_alive: Duration,
}

/// Serves `application` on `socket`, as one more listener of `server`.
///
/// # Errors
/// When the socket cannot be used.
pub fn listen<F, I, S, B>(
    server: ServerBuilder,
    name: &str,
    socket: TcpListener,
    connections: Connections,
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
    let stopping = server.graceful_shutdown_signal();
    server.listen(name, socket, move || {
        let Connections {
            tls,
            handshake_timeout,
            head_timeout,
            keep_alive,
        } = connections.clone();
        let acceptor = TlsAcceptor::from(tls);
        let stopping = stopping.clone();
        let http = HttpService::build()
            .keep_alive(KeepAlive::Timeout(keep_alive))
            .client_request_timeout(head_timeout)
            .client_disconnect_timeout(head_timeout)
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .h1(map_config(
                application()
                    .into_factory()
                    .map_err(|error| error.into().error_response()),
                |()| AppConfig::default(),
            ));

        fn_service(move |stream: TcpStream| {
            let acceptor = acceptor.clone();
            async move {
                let peer: Option<SocketAddr> = stream.peer_addr().ok();
                stream.set_nodelay(true).map_err(DispatchError::Io)?;
                let tls = tokio::time::timeout(handshake_timeout, acceptor.accept(stream))
                    .await
                    .map_err(|_| DispatchError::Io(io::ErrorKind::TimedOut.into()))?
                    .map_err(DispatchError::Io)?;
                Ok((tls, peer))
            }
        })
        .map_init_err(drop)
        .and_then(http)
    })
}
