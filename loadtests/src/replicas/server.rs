//! The server of `tests/servers/postgres`, as a measurement uses it: databases, statements, signals.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process_group};

/// The server of `tests/servers/postgres`.
pub struct Server {
    /// Of the owner of the tables.
    url: String,
    superuser: String,
    directory: PathBuf,
}

impl Server {
    pub fn find() -> Result<Self> {
        let url = std::env::var("TEST_POSTGRES_URL");
        let url = url.context("run it inside tests/servers/postgres")?;
        let superuser = url.replace("//owner@", "//superuser@");
        let directory = psql(&superuser, "SHOW data_directory")?;
        // An acknowledged commit is with the system: the server of the tests gains speed by not waiting.
        psql(&superuser, "ALTER ROLE owner SET synchronous_commit = on")?;
        Ok(Self {
            url,
            superuser,
            directory: directory.into(),
        })
    }

    /// A database of its own for a run.
    pub fn database(&self) -> Result<String> {
        let name = format!("outage_{}", uuid::Uuid::now_v7().simple());
        psql(
            &self.superuser,
            &format!("CREATE DATABASE {name} OWNER owner"),
        )?;
        let (server, _) = self.url.rsplit_once('/').context("a URL without a name")?;
        Ok(format!("{server}/{name}"))
    }

    /// A commit is on the disk, as in production: the server of the tests gains speed by not waiting.
    pub fn wait_for_the_disk(&self) -> Result<()> {
        for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
            psql(&self.superuser, &format!("ALTER SYSTEM SET {setting} = on"))?;
        }
        psql(&self.superuser, "SELECT pg_reload_conf()").map(drop)
    }

    /// To the server and the processes that it has for connections.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let text = std::fs::read_to_string(self.directory.join("postmaster.pid"))?;
        let id = text.lines().next().and_then(|id| id.parse().ok());
        let id = id.and_then(Pid::from_raw).context("no process id")?;
        Ok(kill_process_group(id, signal)?)
    }

    pub fn control(&self, arguments: &[&str]) -> Result<()> {
        // PostgreSQL refuses to run as root.
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args([
                "--reuid",
                "postgres",
                "--regid",
                "postgres",
                "--clear-groups",
            ]);
            command.arg("pg_ctl");
            command
        } else {
            Command::new("pg_ctl")
        };
        let log = self.directory.join("log");
        let command = command
            .arg("--pgdata")
            .arg(&self.directory)
            .arg("--log")
            .arg(log);
        let done = command
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .status()?;
        ensure!(done.success(), "pg_ctl: {done}");
        Ok(())
    }
}

/// What a statement on a database prints, as a superuser: no policy hides a row.
pub fn execute(url: &str, statement: &str) -> Result<String> {
    psql(&url.replace("//owner@", "//superuser@"), statement)
}

/// The answer to a statement.
///
/// # Errors
/// What `psql` says.
pub fn psql(url: &str, statement: &str) -> Result<String> {
    let output = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--command",
            statement,
            url,
        ])
        .output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql: {complaint}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
