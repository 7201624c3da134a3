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
        let directory = Arc::new(private_directory()?);
        self.start_in(directory, "audit", quotas).await
    }

    /// A second process on the same database and keys, with a journal of its own. `addresses.json` is then about
    /// this one.
    pub async fn start_beside(&self, other: &Service, quotas: &Quotas) -> Result<Service> {
        fs::remove_file(other.addresses())?;
        self.start_in(other.data_dir.clone(), "beside", quotas)
            .await
    }

    async fn start_in(
        &self,
        data_dir: Arc<TempDir>,
        journal: &'static str,
        quotas: &Quotas,
    ) -> Result<Service> {
        let mut service = Service {
            child: self.spawn(data_dir.path(), journal, quotas)?,
            program: self.clone(),
            data_dir,
            journal,
            target: None,
        };
        let address = service.listening().await?;
        let ca = service.authority()?;
        service.target = Some(Target::new(&format!("https://{address}"), Some(&ca))?);
        Ok(service)
    }

    fn spawn(&self, data_dir: &Path, journal: &str, quotas: &Quotas) -> Result<Child> {
        let log = File::create(data_dir.join(format!("{journal}.log")))?;
        self.command(data_dir)
            .env("APP_PUBLIC__PORT", "0")
            .env("APP_ADMIN__PORT", "0")
            .env("APP_AUDIT__FILE", data_dir.join(format!("{journal}.jsonl")))
            .envs(quotas.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.0.display()))
    }

    /// The program in this directory, and nothing of our environment.
    pub fn command(&self, data_dir: &Path) -> Command {
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
    data_dir: Arc<TempDir>,
    /// The name of its journal and its log.
    journal: &'static str,
    target: Option<Target>,
}

impl Service {
    async fn listening(&mut self) -> Result<String> {
        let file = self.addresses();
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

    fn addresses(&self) -> PathBuf {
        self.data_dir.path().join("addresses.json")
    }

    /// The last lines that it wrote.
    fn log(&self) -> String {
        let log = format!("{}.log", self.journal);
        let text = fs::read(self.data_dir.path().join(log)).unwrap_or_default();
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

    /// The id (`jti`) of the token that it believed of this subject, as its journal has it.
    pub async fn token_id(&self, subject: &str) -> Result<String> {
        let asked = Instant::now();
        while asked.elapsed() < START_TIME {
            for line in self.journal()?.lines().rev() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
                let text = |pointer| line.pointer(pointer).and_then(|text| text.as_str());
                if text("/event") == Some("authn_token_ok") && text("/actor/sub") == Some(subject) {
                    return Ok(text("/object/id").unwrap_or_default().to_owned());
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("no token of {subject} is on record")
    }

    /// Types a word of `admin`, on the machine of the service.
    pub async fn types(&self, word: &[&str]) -> Result<()> {
        let mut command = self.program.command(self.data_dir.path());
        command.arg("admin").args(word);
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "not done: {complaint}");
        Ok(())
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
        self.journal()
    }

    fn journal(&self) -> Result<String> {
        let journal = format!("{}.jsonl", self.journal);
        Ok(fs::read_to_string(self.data_dir.path().join(journal))?)
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
