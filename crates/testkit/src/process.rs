//! The program itself, as a user starts it; for what only a process can show: commands, signals,
//! `kill -9`.

use std::{
    fs::{self, File},
    iter,
    marker::PhantomData,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, mpsc::Receiver},
};

use rustls::time_provider::DefaultTimeProvider;
use tempfile::NamedTempFile;

use super::{Actor, Actors, Tested, patience, tls};

/// A running `serve` on a free port, killed when dropped.
pub struct Process<T> {
    tested: PhantomData<fn() -> T>,
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    /// Whose certificates a client of it trusts.
    ca: PathBuf,
    /// What it logs, in profile production.
    log: NamedTempFile,
}

impl<T: Tested> Process<T> {
    /// The program with these arguments and this environment, and nothing of ours.
    pub fn command(data_dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        super::close(data_dir);
        let mut command = Command::new(T::PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .env("APP_DATA_DIR", data_dir)
            // Several services run beside each other.
            .env("APP_ADMIN__PORT", "0")
            .envs(environment.iter().copied());
        command
    }

    /// Runs a command to its end.
    pub fn output(data_dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        patience::output(&mut Self::command(data_dir, arguments, environment))
    }

    /// Starts the service and waits until it has greeted.
    pub fn serve(data_dir: &Path) -> Self {
        Self::serve_with(data_dir, &[])
    }

    /// The same with more arguments.
    pub fn serve_with(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::start(data_dir, arguments, Stdio::null())
    }

    /// The same with its log in a file.
    pub fn serve_logging(data_dir: &Path, arguments: &[&str], log: &Path) -> Self {
        Self::start(data_dir, arguments, File::create(log).unwrap().into())
    }

    fn start(data_dir: &Path, arguments: &[&str], log: Stdio) -> Self {
        let mut child = Self::command(data_dir, arguments, &[("APP_PUBLIC__PORT", "0")])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = patience::lines(child.stdout.take().unwrap());
        let ca = data_dir.join("dev/ca.pem");
        Self::listening(child, data_dir, ca, &lines, |line| {
            let (_, port) = line.split_once(" listens on https://localhost:")?;
            Some(SocketAddr::from(([127, 0, 0, 1], port.parse().ok()?)))
        })
    }

    /// Starts the service in profile production, which greets nobody: its log says where it listens.
    pub fn serve_production(
        data_dir: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        certificate: &Path,
    ) -> Self {
        let log = NamedTempFile::new().unwrap();
        let own = [
            ("APP_PUBLIC__PORT", "0"),
            ("APP_SHUTDOWN__DELAY_SECONDS", "0"),
        ];
        let child = Self::command(data_dir, arguments, &own)
            .envs(environment.iter().copied())
            .stdout(log.as_file().try_clone().unwrap())
            .stderr(log.as_file().try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut process = Self {
            tested: PhantomData,
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.to_owned(),
            ca: certificate.to_owned(),
            log,
        };
        let mut address = None;
        patience::until("the service listens", || {
            let log = process.log();
            assert!(!process.has_ended(), "{log}");
            address = log.lines().find_map(listens_at);
            address.is_some()
        });
        process.address = address.unwrap();
        process
    }

    /// What it has logged and printed so far, in profile production.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// The process, once a line that it prints says where it listens.
    fn listening(
        child: Child,
        data_dir: &Path,
        ca: PathBuf,
        lines: &Receiver<String>,
        address: impl Fn(&str) -> Option<SocketAddr>,
    ) -> Self {
        let mut process = Self {
            tested: PhantomData,
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: data_dir.to_owned(),
            ca,
            log: NamedTempFile::new().unwrap(),
        };
        let mut lines = iter::from_fn(|| patience::next("the service listens", lines));
        let address = lines.find_map(|line| address(&line));
        process.address = address.expect("the service listens");
        process
    }

    /// Where callers find it.
    pub fn public_address(&self) -> SocketAddr {
        self.address
    }

    /// Where operators find it.
    pub fn admin_address(&self) -> SocketAddr {
        let text = fs::read(self.data_dir.join("addresses.json")).unwrap();
        let addresses: serde_json::Value = serde_json::from_slice(&text).unwrap();
        addresses["admin"].as_str().unwrap().parse().unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Actor {
        let clock = Arc::new(DefaultTimeProvider);
        let tls = tls::trusting(&self.ca, clock);
        Actor::new(self.address, tls, Some(token.to_owned()))
    }

    /// Somebody with this token at the admin listener, whose certificate is in the file `ca`; with the files of a
    /// certificate and key of their own, or none.
    pub fn at_admin(&self, ca: &Path, own: Option<(&Path, &Path)>, token: &str) -> Actor {
        let clock = Arc::new(DefaultTimeProvider);
        let tls = match own {
            Some((certificate, key)) => tls::showing(ca, certificate, key, clock),
            None => tls::trusting(ca, clock),
        };
        Actor::new(self.admin_address(), tls, Some(token.to_owned()))
    }

    /// Somebody without credentials at the admin listener, as an orchestrator asks.
    pub fn probe(&self) -> Actor {
        let file = fs::read(self.data_dir.join("addresses.json")).unwrap();
        let addresses: serde_json::Value = serde_json::from_slice(&file).unwrap();
        let admin = addresses["admin"].as_str().unwrap().parse().unwrap();
        let tls = tls::trusting(&self.ca, Arc::new(DefaultTimeProvider));
        Actor::new(admin, tls, None)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.wait();
    }

    /// Sends a signal: `TERM`, `INT` or `HUP`.
    pub fn signal(&self, name: &str) {
        let arguments = ["-s", name, &self.id().to_string()];
        let sent = patience::output(Command::new("kill").args(arguments));
        assert!(sent.status.success(), "{sent:?}");
    }

    /// SIGTERM, and waits for its end.
    pub fn terminate(&mut self) {
        self.signal("TERM");
        assert!(self.wait());
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for it to end by itself, and says whether it ended well.
    pub fn wait(&mut self) -> bool {
        patience::end(&mut self.child).success()
    }
}

/// The address in the line of the log that has it.
fn listens_at(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let listening = line["message"] == "listening";
    listening.then(|| line["address"].as_str()?.parse().ok())?
}

/// With tokens from the command `token`.
impl<T: Tested> Actors for Process<T> {
    fn actor(&self, subject: &str, roles: &[&'static str]) -> Actor {
        let roles = roles.iter().flat_map(|role| ["--role", role]);
        let arguments: Vec<_> = ["token", "--subject", subject]
            .into_iter()
            .chain(roles)
            .collect();
        let printed = Self::output(&self.data_dir, &arguments, &[]);
        let token = String::from_utf8(printed.stdout).unwrap();
        self.bearer(token.trim())
    }
}

impl<T> Drop for Process<T> {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
