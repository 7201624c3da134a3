//! How the one connection to the server is made.
//!
//! The stream is this service's own, with TLS as the rest of the service speaks it: the library's TLS, which a URL
//! can switch off, is compiled out.

use std::{path::Path, pin::Pin, sync::Arc, time::Duration};

use futures_util::future::{Either, select};
use redis::{
    AsyncConnectionConfig, ProtocolVersion, RedisConnectionInfo, aio::MultiplexedConnection,
};
use rustls::{ClientConfig, pki_types::ServerName};
use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use super::{outage::Fault, script::Gcra};
use crate::{
    config::QuotaServer,
    tls::{self, TlsError},
};

/// Longest time from the name's resolution to a connection that can be asked.
pub(super) const CONNECT: Duration = Duration::from_secs(2);

/// What runs a connection: it ends when the connection does.
pub(super) type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where the server is, and how it is spoken to.
pub(super) struct Server {
    pub place: QuotaServer,
    /// With TLS: what is believed.
    tls: Option<Arc<ClientConfig>>,
}

impl Server {
    /// `ca_file` replaces the system's authorities.
    ///
    /// # Errors
    /// When `ca_file` cannot be read or trusted.
    pub fn new(place: QuotaServer, ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let tls = place.tls.then(|| tls::client(ca_file)).transpose()?;
        Ok(Self {
            place,
            tls: tls.map(Arc::new),
        })
    }

    /// A connection that can be asked, and what runs it.
    pub async fn connect(&self, script: &Gcra) -> Result<(MultiplexedConnection, Driver), Fault> {
        let connecting = self.attempt(script);
        let bounded = tokio::time::timeout(CONNECT, connecting).await;
        bounded.map_err(|_| Fault::Late)?
    }

    async fn attempt(&self, script: &Gcra) -> Result<(MultiplexedConnection, Driver), Fault> {
        let place = (&*self.place.host, self.place.port);
        let stream = TcpStream::connect(place).await?;
        // A command is one small packet that must not wait for a second one.
        stream.set_nodelay(true)?;
        let (mut connection, mut driver) = match &self.tls {
            None => self.over(stream).await?,
            Some(config) => {
                let name = ServerName::try_from(self.place.host.clone());
                let name = name.map_err(|_| Fault::Name)?;
                let connector = TlsConnector::from(config.clone());
                let stream = connector.connect(name, stream).await?;
                self.over(stream).await?
            }
        };
        let trying = script.try_out(&mut connection);
        // Its answers arrive only while the driver runs.
        match select(Box::pin(trying), &mut driver).await {
            Either::Left((tried, _)) => tried?,
            Either::Right(_) => return Err(Fault::Closed),
        }
        Ok((connection, driver))
    }

    async fn over<S>(&self, stream: S) -> Result<(MultiplexedConnection, Driver), Fault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        // Who waits has a bound of its own.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let info = self.info();
        let made = MultiplexedConnection::new_with_config(&info, stream, config);
        let (connection, driver) = made.await?;
        Ok((connection, Box::pin(driver)))
    }

    fn info(&self) -> RedisConnectionInfo {
        let info = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP2)
            .set_db(self.place.database)
            .set_skip_set_lib_name();
        let info = match &self.place.user {
            Some(user) => info.set_username(user),
            None => info,
        };
        match &self.place.password {
            Some(password) => info.set_password(password.expose_secret()),
            None => info,
        }
    }
}
