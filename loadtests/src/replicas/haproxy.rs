//! HAProxy in front of the replicas. It asks each one's admin listener whether it is ready, so a replica
//! that stops gets no new connection.

use std::{
    fmt::Write as _,
    fs,
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};

use anyhow::{Result, ensure};

use super::{PATIENCE, PAUSE, Replica, free_ports, is_installed};

/// What the balancer does with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Connections pass it unread.
    PassThrough,
    /// It ends the client's TLS and speaks HTTP over TLS of its own with a replica.
    ReEncrypt,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::PassThrough => "TLS passes through",
            Self::ReEncrypt => "TLS ends and begins anew",
        }
    }
}

/// A running balancer; killed when dropped.
pub struct Haproxy {
    child: Child,
    pub port: u16,
}

impl Haproxy {
    /// Starts it in `directory`, before these replicas.
    pub async fn start(mode: Mode, directory: &Path, replicas: &[Replica]) -> Result<Self> {
        ensure!(
            is_installed("haproxy"),
            "haproxy is not installed (Debian: apt install haproxy)"
        );
        let [port] = free_ports()?;
        let file = directory.join("haproxy.cfg");
        fs::write(&file, configuration(mode, port, directory, replicas)?)?;
        let log = fs::File::create(directory.join("haproxy.log"))?;
        let child = Command::new("haproxy")
            .arg("-db")
            .arg("-f")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let haproxy = Self { child, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            ensure!(started.elapsed() < PATIENCE, "haproxy does not listen");
            tokio::time::sleep(PAUSE).await;
        }
        Ok(haproxy)
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn configuration(mode: Mode, port: u16, directory: &Path, replicas: &[Replica]) -> Result<String> {
    let dev = replicas
        .first()
        .map(|replica| replica.data_dir.join("dev"))
        .unwrap_or_default();
    let ca = dev.join("ca.pem");
    let (speaks, bind, server) = match mode {
        Mode::PassThrough => ("tcp", String::new(), String::new()),
        Mode::ReEncrypt => {
            let certificate = directory.join("balancer.pem");
            let both = [
                fs::read(dev.join("server.pem"))?,
                fs::read(dev.join("server.key"))?,
            ];
            fs::write(&certificate, both.concat())?;
            let bind = format!(" ssl crt {}", certificate.display());
            (
                "http",
                bind,
                format!(
                    " ssl verify required ca-file {} sni str(localhost)",
                    ca.display()
                ),
            )
        }
    };
    let mut text = format!(
        "global\n    maxconn 2000\ndefaults\n    mode {speaks}\n    timeout connect 5s\n    \
         timeout client 30s\n    timeout server 30s\n    timeout http-keep-alive 30s\n    \
         option redispatch\nfrontend public\n    bind 127.0.0.1:{port}{bind}\n    \
         default_backend replicas\nbackend replicas\n    balance roundrobin\n    option httpchk\n    \
         http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host localhost hdr Connection close\n    \
         http-check expect status 200\n"
    );
    for replica in replicas {
        writeln!(
            text,
            "    server {} 127.0.0.1:{}{server} check port {} check-ssl check-sni localhost \
             ca-file {} verify required inter 200ms fall 1 rise 1",
            replica.name,
            replica.port,
            replica.admin_port,
            ca.display()
        )?;
    }
    Ok(text)
}
