//! `healthcheck`: asks the running service, for a container that has no shell to ask with.

use std::{
    fs,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{ClientConnection, StreamOwned, pki_types::ServerName};

use super::{Refused, one};
use crate::{config::Settings, data_dir::DataDir, health, tls};

const TIMEOUT: Duration = Duration::from_secs(3);

/// One request, one answer; anything but a 200 is unhealthy.
pub(super) fn ask(settings: &Settings) -> Result<(), Refused> {
    let address = address(settings)?;
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)
        .map_err(|error| one(format!("{address}: {error}")))?;
    let status = exchange(settings, stream).map_err(|error| one(format!("{address}: {error}")))?;
    if status == "200" {
        println!("healthy");
        Ok(())
    } else {
        Err(one(format!("{address}: answered {status}")))
    }
}

fn exchange(settings: &Settings, stream: TcpStream) -> Result<String, Box<dyn std::error::Error>> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let development = settings.development_dir().join("server.pem");
    let certificate = settings
        .public
        .tls
        .files()
        .map_or(&*development, |(cert, _)| cert);
    let config = tls::pinned_client(certificate)?;
    let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    let mut tls = StreamOwned::new(client, stream);
    let path = health::PATH;
    let host = settings
        .public
        .hosts
        .first()
        .map_or("localhost", String::as_str);
    write!(
        tls,
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12]; // "HTTP/1.1 200"
    tls.read_exact(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    Ok(head.rsplit(' ').next().unwrap_or_default().to_owned())
}

/// Where the service says that it listens, or else where it is told to.
fn address(settings: &Settings) -> Result<SocketAddr, Refused> {
    let data_dir = DataDir::open(&settings.data_dir).map_err(one)?;
    let configured = SocketAddr::new(settings.public.bind, settings.public.port);
    let published = fs::read(data_dir.addresses_file()).ok();
    let published = published
        .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
        .and_then(|addresses| addresses.get("public")?.as_str()?.parse().ok());
    let mut address = published.unwrap_or(configured);
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    Ok(address)
}
