//! A service that is started here to be attacked: the program in profile dev, on a free port of the loopback
//! interface, with a directory that is thrown away. Its quotas are wide, so that no attack hinders the next one; a
//! flood gets a service of its own, whose bursts are as shipped.

#![expect(
    clippy::disallowed_methods,
    reason = "the service that is attacked is a program"
)]

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use testkit::{Actor, Forger};

use crate::{Ground, Resource, Service, SigningKey};

const START_TIME: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);
/// The origin whose pages may call the service.
const ORIGIN: &str = "https://app.example.com";

/// Quotas that no attack uses up, and times that no attack waits for long.
const WIDE: [(&str, &str); 9] = [
    ("APP_RATE_LIMIT__HANDSHAKES__BURST", "1000000"),
    ("APP_RATE_LIMIT__PER_ADDRESS__BURST", "1000000"),
    ("APP_RATE_LIMIT__PER_CALLER__BURST", "1000000"),
    ("APP_RATE_LIMIT__PER_CLIENT__BURST", "1000000"),
    ("APP_RATE_LIMIT__PER_API_KEY__BURST", "1000000"),
    ("APP_RATE_LIMIT__FAILED_AUTHENTICATION__BURST", "1000000"),
    ("APP_PUBLIC__LIMITS__HEAD_TIMEOUT_SECONDS", "1"),
    ("APP_PUBLIC__LIMITS__BODY_TIMEOUT_SECONDS", "1"),
    ("APP_PUBLIC__LIMITS__KEEP_ALIVE_SECONDS", "1"),
];

/// The bursts are as shipped, and what is used up comes back slowly: a flood is one on a busy machine too.
const SLOW: [(&str, &str); 3] = [
    ("APP_RATE_LIMIT__PER_ADDRESS__PER_SECOND", "5"),
    ("APP_RATE_LIMIT__PER_CALLER__PER_SECOND", "5"),
    ("APP_RATE_LIMIT__UNKNOWN_TOKENS__PER_SECOND", "5"),
];

/// A program that is started to be attacked.
#[derive(Debug, Clone)]
pub struct Own(PathBuf);

impl Own {
    #[must_use]
    pub fn program(program: impl Into<PathBuf>) -> Self {
        Self(program.into())
    }

    /// The service of this directory, built now.
    pub fn build() -> Result<Self, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--locked",
                "--bins",
                "--message-format",
                "json-render-diagnostics",
            ])
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        let text = String::from_utf8_lossy(&built.stdout);
        let messages = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let program = messages
            .filter_map(|message: Value| message.get("executable")?.as_str().map(str::to_owned))
            .next_back();
        program
            .map(Self::program)
            .ok_or_else(|| "cargo built no program here".to_owned())
    }

    /// Starts it.
    pub fn ground(&self) -> Result<Ground, String> {
        let document = self.output(Path::new("."), &["openapi"])?;
        let document = serde_json::from_str(&document).unwrap_or_default();
        let again = self.clone();
        Ok(Ground {
            service: self.start(&WIDE)?,
            fresh: Some(Box::new(move || again.start(&SLOW))),
            resource: Resource::of(&document),
            name: format!("{}, started on the loopback interface", self.0.display()),
        })
    }

    fn command(&self, data_dir: &Path) -> Command {
        let mut command = Command::new(&self.0);
        command
            .env_clear()
            .env("APP_DATA_DIR", data_dir)
            .env("APP_PUBLIC__PORT", "0")
            .env("APP_ADMIN__PORT", "0")
            .env("APP_PUBLIC__WORKERS", "1")
            .env("APP_PUBLIC__CORS__ALLOWED_ORIGINS", ORIGIN)
            .stdin(Stdio::null());
        command
    }

    fn output(&self, data_dir: &Path, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(data_dir).args(arguments).output();
        let output = output.map_err(|error| format!("{}: {error}", self.0.display()))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn start(&self, environment: &[(&str, &str)]) -> Result<Service, String> {
        let said = |error: std::io::Error| error.to_string();
        let directory = TempDir::new().map_err(said)?;
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory.path(), private).map_err(said)?;
        let log = File::create(directory.path().join("log")).map_err(said)?;
        let child = self
            .command(directory.path())
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(said)?;
        let mut running = Running { child, directory };
        let (public, admin) = running.listening()?;
        let data_dir = running.directory.path();
        // Lines to paste, of which one has a token of somebody who may write.
        let lines = self.output(
            data_dir,
            &[
                "token",
                "--subject",
                "alice",
                "--ttl",
                "1h",
                "--lines",
                "https://localhost:1",
            ],
        )?;
        let token = lines.split_once("TOKEN=").map(|(_, rest)| rest);
        let token = token.and_then(|rest| rest.split_whitespace().next());
        let editor = token.ok_or("the service prints no token")?.to_owned();
        let ca = data_dir.join("dev/ca.pem");
        let key = fs::read(data_dir.join("dev/token-signing.key")).map_err(said)?;
        let published = fs::read(data_dir.join("dev/jwks.json")).map_err(said)?;
        let journal = data_dir.join("audit.jsonl");
        Ok(Service {
            public: Actor::stranger(public, &ca),
            admin: Some(Actor::stranger(admin, &ca)),
            host: "localhost".to_owned(),
            key: Some(SigningKey {
                forger: Forger::with_key(&editor, &key),
                published: serde_json::from_slice(&published).unwrap_or_default(),
            }),
            editor,
            other: None,
            nobody: None,
            journal: Some(journal),
            origin: Some(ORIGIN),
            running: Some(Arc::new(running)),
        })
    }
}

/// A process in its directory; both end when this is dropped.
struct Running {
    child: Child,
    directory: TempDir,
}

impl Running {
    /// Its two addresses.
    fn listening(&mut self) -> Result<(SocketAddr, SocketAddr), String> {
        let file = self.directory.path().join("addresses.json");
        let started = Instant::now();
        while started.elapsed() < START_TIME {
            let addresses: Option<Value> = fs::read(&file)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok());
            let address = |name: &str| addresses.as_ref()?.get(name)?.as_str()?.parse().ok();
            if let (Some(public), Some(admin)) = (address("public"), address("admin")) {
                return Ok((public, admin));
            }
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                break;
            }
            thread::sleep(PAUSE);
        }
        let log = fs::read_to_string(self.directory.path().join("log"));
        Err(format!(
            "the service does not listen:\n{}",
            log.unwrap_or_default()
        ))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
