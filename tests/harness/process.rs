//! The program itself, as a user starts it; for what only a process can show: commands, signals,
//! `kill -9`.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use app::auth::Role;
use rustls::time_provider::DefaultTimeProvider;

use super::{Actor, client};

/// A running `serve` on a free port, killed when dropped.
pub struct Process {
    child: Child,
    address: SocketAddr,
    data_dir: PathBuf,
    /// Whose certificates a client of it trusts.
    ca: PathBuf,
}

impl Process {
    /// The program with these arguments and this environment, and nothing of ours.
    pub fn command(data_dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hardened-api"));
        command
            .args(arguments)
            .env_clear()
            .env("APP_DATA_DIR", data_dir)
            .envs(environment.iter().copied());
        command
    }

    /// Runs a command to its end.
    pub fn output(data_dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        Self::command(data_dir, arguments, environment)
            .output()
            .unwrap()
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
        let greeting = BufReader::new(child.stdout.take().unwrap());
        let port = greeting
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_prefix("hardened-api listens on https://localhost:")?
                    .parse()
                    .ok()
            })
            .expect("the service greets");
        Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            data_dir: data_dir.to_owned(),
            ca: data_dir.join("dev/ca.pem"),
        }
    }

    /// Starts the service in profile production, which greets nobody: its log says where it listens.
    pub fn serve_production(data_dir: &Path, arguments: &[&str], certificate: &Path) -> Self {
        let mut child = Self::command(data_dir, arguments, &[("APP_PUBLIC__PORT", "0")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let address = log.lines().map_while(Result::ok).find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            let listening = line["message"] == "listening";
            listening.then(|| line["address"].as_str()?.parse().ok())?
        });
        Self {
            child,
            address: address.expect("the service listens"),
            data_dir: data_dir.to_owned(),
            ca: certificate.to_owned(),
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// An editor with a token from the command `token`.
    pub fn editor(&self, subject: &str) -> Actor {
        self.actor(subject, Role::Editor)
    }

    pub fn reader(&self, subject: &str) -> Actor {
        self.actor(subject, Role::Reader)
    }

    fn actor(&self, subject: &str, role: Role) -> Actor {
        let arguments = ["token", "--subject", subject, "--role", role.name()];
        let printed = Self::output(&self.data_dir, &arguments, &[]);
        let token = String::from_utf8(printed.stdout).unwrap();
        self.bearer(token.trim())
    }

    /// Somebody with this token.
    pub fn bearer(&self, token: &str) -> Actor {
        let clock = Arc::new(DefaultTimeProvider);
        let tls = client::trusting(&self.ca, clock);
        Actor::new(self.address, tls, Some(token.to_owned()))
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for its end.
    pub fn terminate(&mut self) {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.unwrap().success() && self.wait());
    }

    /// Waits for it to end by itself, and says whether it ended well.
    pub fn wait(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
