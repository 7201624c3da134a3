//! Several replicas of a service on this machine, for what one process cannot show: a rolling update
//! (`rolling.rs`); and what happens when their database goes (`outage.rs`).
//!
//! A replica keeps its ports and its directory when it is started again, as it does in a fleet.

pub mod client;
mod haproxy;
pub mod outage;
pub mod rolling;
pub mod server;

use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tokio_rustls::TlsConnector;

use crate::service::Program;

/// The longest wait for anything here.
const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_millis(20);

/// One replica: its place, and its process while it runs.
pub struct Replica {
    pub name: &'static str,
    pub port: u16,
    pub admin_port: u16,
    pub data_dir: PathBuf,
    program: Program,
    environment: Vec<(String, String)>,
    child: Option<Child>,
}

impl Replica {
    /// A replica with a directory of its own in `parent`, not started yet.
    pub fn new(
        name: &'static str,
        program: &Program,
        parent: &Path,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let data_dir = parent.join(name);
        fs::create_dir(&data_dir)?;
        private(&data_dir)?;
        let [port, admin_port] = free_ports()?;
        Ok(Self {
            name,
            port,
            admin_port,
            data_dir,
            program: program.clone(),
            environment,
            child: None,
        })
    }

    /// Gives this replica the certificates and the token key of another one: callers trust both, and
    /// their tokens are good at both.
    pub fn take_keys_of(&self, other: &Self) -> Result<()> {
        let (from, to) = (other.data_dir.join("dev"), self.data_dir.join("dev"));
        fs::create_dir(&to)?;
        private(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
        Ok(())
    }

    /// Starts it, and waits until it says that it is ready.
    pub async fn start(&mut self) -> Result<()> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.data_dir.join("service.log"))?;
        let environment = self.environment.iter();
        let child = self
            .program
            .command(&self.data_dir)
            .env("APP_PUBLIC__PORT", self.port.to_string())
            .env("APP_ADMIN__PORT", self.admin_port.to_string())
            .envs(environment.map(|(key, value)| (key, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        let started = Instant::now();
        while !self.is_ready()? {
            if let Some(status) = self.child()?.try_wait()? {
                bail!("replica {} ended ({status}):\n{}", self.name, self.log());
            }
            ensure!(started.elapsed() < PATIENCE, "{}", self.log());
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// What the command `healthcheck` says.
    pub fn is_ready(&self) -> Result<bool> {
        let mut command = self.program.command(&self.data_dir);
        command.env("APP_ADMIN__PORT", self.admin_port.to_string());
        Ok(command.arg("healthcheck").output()?.status.success())
    }

    /// A token of an editor.
    pub fn editor(&self, subject: &str) -> Result<String> {
        let mut command = self.program.command(&self.data_dir);
        let arguments = [
            "token",
            "--subject",
            subject,
            "--role",
            "editor",
            "--ttl",
            "1h",
        ];
        let output = command.args(arguments).output()?;
        ensure!(output.status.success(), "no token");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// SIGTERM; how long it took to end, which must be with exit code 0.
    pub async fn stop(&mut self) -> Result<Duration> {
        let asked = Instant::now();
        self.signal(Signal::TERM)?;
        loop {
            if let Some(status) = self.child()?.try_wait()? {
                ensure!(
                    status.success(),
                    "replica {}: {status}:\n{}",
                    self.name,
                    self.log()
                );
                self.child = None;
                return Ok(asked.elapsed());
            }
            ensure!(asked.elapsed() < PATIENCE, "{} does not stop", self.name);
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub fn signal(&mut self, signal: Signal) -> Result<()> {
        let id = i32::try_from(self.child()?.id())
            .ok()
            .and_then(Pid::from_raw);
        Ok(kill_process(id.context("no process id")?, signal)?)
    }

    fn child(&mut self) -> Result<&mut Child> {
        self.child.as_mut().context("the replica does not run")
    }

    /// The last lines that it wrote.
    fn log(&self) -> String {
        let text = fs::read_to_string(self.data_dir.join("service.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().rev().take(15).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// The service refuses directories that others may enter.
pub fn private(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o700))
}

/// Ports that nobody listens on, all different.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let sockets: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<io::Result<_>>()?;
    let ports: Vec<u16> = sockets
        .iter()
        .map(|socket| Ok(socket.local_addr()?.port()))
        .collect::<io::Result<_>>()?;
    ports.try_into().map_err(|_| anyhow::anyhow!("no ports"))
}

/// Whether a program is on this machine.
fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What makes TLS connections that trust this authority alone.
pub fn trusting(ca: &[u8]) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca)?)?;
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
