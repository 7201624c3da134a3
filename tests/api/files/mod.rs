//! Files that the service is given or makes: which are believed, and what is said of the others.

mod given;
mod made;
mod said;

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Output,
};

use app::{
    auth::tokens::development::DevelopmentIssuer,
    clock::Clock,
    tls::development::{self, Files},
};
use tempfile::TempDir;

use crate::harness::{ManualClock, Process};

const ISSUER: &str = "https://issuer.localhost";

/// All the files that a configuration names, sound and in a directory of their own.
pub struct Given {
    pub directory: TempDir,
    pub data_dir: TempDir,
    pub tls: Files,
    pub issuer: DevelopmentIssuer,
}

impl Given {
    pub fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let now = ManualClock::default().now();
        Self {
            tls: development::certificates(directory.path(), now).unwrap(),
            issuer: DevelopmentIssuer::open(directory.path()).unwrap(),
            data_dir: TempDir::new().unwrap(),
            directory,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Settings of profile production that name them all.
    pub fn settings(&self) -> PathBuf {
        let path = |name| self.path(name).display().to_string();
        let text = format!(
            r#"
                profile = "production"
                public.bind = "127.0.0.1"
                public.port = 0
                public.workers = 1
                public.hosts = ["localhost"]
                public.tls.cert_file = "{}"
                public.tls.key_file = "{}"
                [[auth.issuers]]
                issuer = "{ISSUER}"
                audience = "hardened-api"
                algorithms = ["ES256"]
                jwks_file = "{}"
                ca_file = "{}"
            "#,
            path("server.pem"),
            path("server.key"),
            path("jwks.json"),
            path("ca.pem"),
        );
        let file = self.path("settings.toml");
        write(&file, text);
        file
    }

    /// Settings of profile dev with this certificate.
    pub fn tls_settings(&self) -> PathBuf {
        let (cert, key) = (self.tls.cert.display(), self.tls.key.display());
        let file = self.path("tls.toml");
        write(
            &file,
            format!("[public.tls]\ncert_file = \"{cert}\"\nkey_file = \"{key}\""),
        );
        file
    }

    pub fn run(&self, command: &str, environment: &[(&str, &str)]) -> Output {
        let settings = self.settings();
        let arguments = ["--config", settings.to_str().unwrap(), command];
        Process::output(self.data_dir.path(), &arguments, environment)
    }

    /// What `check-config` says, with the directories left out.
    pub fn checked(&self, environment: &[(&str, &str)]) -> String {
        let said = said(&self.run("check-config", environment));
        let said = said.replace(self.directory.path().to_str().unwrap(), "[given]");
        said.replace(self.data_dir.path().to_str().unwrap(), "[data]")
    }
}

/// `serve`, which ends even if it is not refused before: its port is taken.
pub fn start(data_dir: &Path) -> Output {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Process::output(data_dir, &["serve"], &[("APP_PUBLIC__PORT", &port)])
}

pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

/// A file for its owner only, whatever the umask.
pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    set_mode(path, 0o600);
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
