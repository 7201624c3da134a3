//! `healthcheck`: asks the running service, for a container that has no shell to ask with.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConnection, StreamOwned,
    pki_types::{CertificateDer, ServerName},
};

use super::refused::{Refused, one};
use crate::{
    admin::health,
    config::Settings,
    data_dir::Published,
    tls::{self, TimedSocket, development},
};

/// Longest time for all of it.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Asks the admin listener whether the service is ready: one request, one answer; anything but a 200 is
/// unhealthy.
pub(super) fn ask(settings: &Settings) -> Result<(), Refused> {
    let published = Published::read(&settings.data_dir);
    let address = address(settings, &published);
    let stream = TimedSocket::connect(&[address], TIMEOUT)
        .map_err(|error| one(format!("{address}: {error}")))?;
    let status = exchange(settings, published, stream);
    let status = status.map_err(|error| one(format!("{address}: {error}")))?;
    if status == "200" {
        println!("healthy");
        Ok(())
    } else {
        Err(one(format!("{address}: answered {status}")))
    }
}

fn exchange(
    settings: &Settings,
    published: Published,
    stream: TimedSocket,
) -> Result<String, Box<dyn std::error::Error>> {
    // What the service says that it serves with, and what its file holds: a renewal may be under way.
    let certificates = published.certificate.map(CertificateDer::from);
    let certificates = certificates.into_iter().chain(configured(settings));
    let config = tls::pinned_client(certificates.collect(), published.probe.as_ref())?;
    let host = host(settings);
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from(name.to_owned())?)?;
    let mut tls = StreamOwned::new(client, stream);
    let path = health::READY;
    write!(
        tls,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12]; // "HTTP/1.1 200"
    tls.read_exact(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    Ok(head.rsplit(' ').next().unwrap_or_default().to_owned())
}

/// What the admin listener is called by: a name before an address, which is no server name in TLS.
fn host(settings: &Settings) -> &str {
    let hosts = &settings.admin.hosts;
    let is_name = |host: &&String| {
        ServerName::try_from(host.as_str()).is_ok_and(|name| matches!(name, ServerName::DnsName(_)))
    };
    let host = hosts.iter().find(is_name).or_else(|| hosts.first());
    host.map_or("localhost", String::as_str)
}

/// The certificate that the service starts with.
fn configured(settings: &Settings) -> Option<CertificateDer<'static>> {
    let development = development::Files::of(&settings.development_dir()).cert;
    let files = settings.admin.tls.files().or(settings.public.tls.files());
    let file = files.map_or(&*development, |(cert, _)| cert);
    tls::certificates(file).ok()?.into_iter().next()
}

/// Where the service says that it listens, or else where it is told to.
fn address(settings: &Settings, published: &Published) -> SocketAddr {
    let configured = SocketAddr::new(settings.admin.bind, settings.admin.port);
    let mut address = published.admin.unwrap_or(configured);
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}
