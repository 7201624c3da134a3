//! The TLS handshake of a connection, with the certificate that is in force when the client says hello.
//!
//! The client's first message is read before anything is shown: a server name that is not ours ends the
//! handshake there, with the alert that the standard has for it. The library would answer with another one.
//!
//! Controls: TL-06

use std::{io, net::IpAddr};

use rustls::{AlertDescription, CertificateError, server::Acceptor};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

use super::tripwire::Tripwire;
use crate::{audit::Reason, tls::Live};

/// Completes the handshake.
///
/// # Errors
/// When the client hangs up, speaks plain HTTP, calls another name, or is not let in.
pub(super) async fn complete(
    stream: TcpStream,
    peer: IpAddr,
    tls: &Live,
    tripwire: &Tripwire,
) -> io::Result<TlsStream<TcpStream>> {
    if Tripwire::is_touched(&stream).await {
        tripwire.trip(stream, peer).await;
        return Err(io::ErrorKind::InvalidData.into());
    }
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let server = tls.now();
    let refusal = server.names.refusal(hello.client_hello().server_name());
    match refusal {
        None => hello.into_stream(server.config.clone()).await,
        Some(alert) => {
            refuse(hello.io, alert).await?;
            Err(io::ErrorKind::ConnectionRefused.into())
        }
    }
}

/// A fatal alert in a record of its own (RFC 8446 §5.1, §6). No key has been agreed on, so it is in the clear.
async fn refuse(mut stream: TcpStream, alert: AlertDescription) -> io::Result<()> {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    let record = [ALERT, 3, 3, 0, 2, FATAL, alert.into()];
    stream.write_all(&record).await?;
    stream.shutdown().await
}

/// What was wrong with the client's certificate, if that is why the handshake ended.
pub(super) fn certificate_fault(error: &io::Error) -> Option<Reason> {
    match error.get_ref()?.downcast_ref()? {
        rustls::Error::NoCertificatesPresented => Some(Reason::Missing),
        rustls::Error::InvalidCertificate(fault) => Some(match fault {
            // The second is of an authority that has the name of ours.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Reason::Authority,
            CertificateError::Revoked => Reason::Revoked,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Reason::NotYetValid
            }
            CertificateError::ApplicationVerificationFailure
            | CertificateError::InvalidPurpose
            | CertificateError::InvalidPurposeContext { .. } => Reason::NotPermitted,
            _ => Reason::Malformed,
        }),
        _ => None,
    }
}
