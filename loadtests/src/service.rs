//! The service under attack, started here: a release build as a child process, in a data directory of
//! its own, with the quotas that a scenario wants.
//!
//! Its memory and its processor time come from `/proc`, so a client that is slow itself can say what
//! the service spent (`src/cost.rs`).

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

use crate::{quotas::Quotas, target::Target};

const START_TIME: Duration = Duration::from_secs(20);
const STOP_TIME: Duration = Duration::from_secs(20);

/// The program to attack.
#[derive(Debug, Clone)]
pub struct Program(PathBuf);

impl Program {
    /// The given binary, or a release build of the fixture.
    pub fn find(given: Option<PathBuf>) -> Result<Self> {
        if let Some(given) = given {
            ensure!(given.is_file(), "{}: no such file", given.display());
            return Ok(Self(given));
        }
        let parent = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--release",
                "--locked",
                "--quiet",
                "--package",
                "fixture",
            ])
            .args(["--target-dir", "target"])
            .current_dir(&parent)
            .status()
            .context("cargo cannot be run")?;
        ensure!(built.success(), "the service does not build");
        Ok(Self(parent.join("target/release/fixture")))
    }

    /// Starts it on a free port of the loopback interface and waits until it listens.
    pub async fn start(&self, quotas: &Quotas) -> Result<Service> {
        let data_dir = private_directory()?;
        let log = File::create(data_dir.path().join("service.log"))?;
        let child = self
            .command(data_dir.path())
            .env("APP_PUBLIC__PORT", "0")
            .env("APP_ADMIN__PORT", "0")
            .envs(quotas.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.0.display()))?;
        let mut service = Service {
            program: self.clone(),
            child,
            data_dir,
            target: None,
        };
        let address = service.listening().await?;
        let ca = service.authority()?;
        service.target = Some(Target::new(&format!("https://{address}"), Some(&ca))?);
        Ok(service)
    }

    fn command(&self, data_dir: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command.env_clear().env("APP_DATA_DIR", data_dir);
        command
    }
}

/// The service refuses a data directory that others may enter and that holds files not its own.
fn private_directory() -> io::Result<TempDir> {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new()
        .prefix("loadtests-")
        .permissions(private)
        .tempdir()
}

/// A running service; killed when dropped.
pub struct Service {
    program: Program,
    child: Child,
    data_dir: TempDir,
    target: Option<Target>,
}

impl Service {
    async fn listening(&mut self) -> Result<String> {
        let file = self.data_dir.path().join("addresses.json");
        let started = Instant::now();
        while started.elapsed() < START_TIME {
            if let Ok(text) = fs::read(&file) {
                let addresses: serde_json::Value = serde_json::from_slice(&text)?;
                let public = addresses.get("public").and_then(|public| public.as_str());
                return Ok(public.context("no public address")?.to_owned());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the service ended ({status}):\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the service does not listen:\n{}", self.log())
    }

    /// The last lines that it wrote.
    fn log(&self) -> String {
        let text = fs::read(self.data_dir.path().join("service.log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(15).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// Where it listens and whom it trusts.
    pub fn target(&self) -> Result<&Target> {
        self.target.as_ref().context("the service is not started")
    }

    /// The certificate authority that it made, PEM.
    pub fn authority(&self) -> Result<Vec<u8>> {
        Ok(fs::read(self.data_dir.path().join("dev/ca.pem"))?)
    }

    /// What makes TLS connections that trust its authority alone.
    pub fn tls(&self) -> Result<TlsConnector> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&self.authority()?)?)?;
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }

    /// What the command `healthcheck` says.
    pub fn is_healthy(&self) -> Result<bool> {
        let mut command = self.program.command(self.data_dir.path());
        Ok(command.arg("healthcheck").output()?.status.success())
    }

    /// A token of the development issuer for this subject, with more arguments of the command.
    pub fn token(&self, subject: &str, arguments: &[&str]) -> Result<String> {
        let output = self
            .program
            .command(self.data_dir.path())
            .args(["token", "--subject", subject])
            .args(arguments)
            .output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "no token: {complaint}");
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// An editor's token, good for an hour.
    pub fn editor(&self, subject: &str) -> Result<String> {
        self.token(subject, &["--role", "editor", "--ttl", "1h"])
    }

    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop (SIGTERM) and waits. Its own exit code must be 0.
    pub async fn stop(mut self) -> Result<()> {
        let status = self.terminated().await?;
        ensure!(status.success(), "the service ended badly: {status}");
        Ok(())
    }

    /// Stops it; what is in its audit journal.
    pub async fn stop_and_read_journal(mut self) -> Result<String> {
        let status = self.terminated().await?;
        ensure!(status.success(), "the service ended badly: {status}");
        Ok(fs::read_to_string(
            self.data_dir.path().join("audit.jsonl"),
        )?)
    }

    async fn terminated(&mut self) -> Result<ExitStatus> {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(id.context("no process id")?, Signal::TERM)?;
        let asked = Instant::now();
        while asked.elapsed() < STOP_TIME {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the service does not stop")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
