//! What is accepted at start works, what is not is refused with its mend, and production is closed
//! (CF-02).

mod matching;
mod production;
mod rules;

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use crate::{
    harness::Process,
    other_issuer::{ISSUER, Other},
};

/// A directory with all that profile production asks for, and the files that say so.
struct Production {
    pub issuer: Other,
    files: TempDir,
}

impl Production {
    fn new() -> Self {
        let files = TempDir::new().unwrap();
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(files.path().join("server.pem"), made.cert.pem()).unwrap();
        let key = files.path().join("server.key");
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        Self {
            issuer: Other::es256(),
            files,
        }
    }

    fn text(&self) -> String {
        let directory = self.files.path().display();
        let issuer = self.issuer_table("");
        format!(
            "profile = 'production'\npublic.bind = '127.0.0.1'\npublic.hosts = ['localhost']\n\
             public.tls = {{ cert_file = '{directory}/server.pem', \
             key_file = '{directory}/server.key' }}\n{issuer}"
        )
    }

    /// The table of its issuer; a line of `changes` takes the place of the line of that name.
    fn issuer_table(&self, changes: &str) -> String {
        let lines = [
            format!("issuer = '{ISSUER}'"),
            "audience = 'hardened-api'".to_owned(),
            "algorithms = ['ES256']".to_owned(),
            format!(
                "jwks_file = '{}/jwks.json'",
                self.issuer.files.path().display()
            ),
        ];
        let name = |line: &str| line.split_once(" =").map(|(name, _)| name.to_owned());
        let kept = lines.iter().filter(|line| {
            let replaced = changes.lines().any(|change| name(change) == name(line));
            // Another source of keys is instead of this one.
            let source = line.starts_with("jwks_file")
                && (changes.contains("discovery") || changes.contains("jwks_url"));
            !replaced && !source
        });
        let kept: Vec<&str> = kept.map(String::as_str).collect();
        format!("[[auth.issuers]]\n{}\n{changes}\n", kept.join("\n"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.files.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    fn data_dir(&self) -> PathBuf {
        self.files.path().join("data")
    }

    /// The service itself.
    fn serve(&self) -> Process {
        let file = self.file("production.toml", &self.text());
        let arguments = ["--config", file.to_str().unwrap()];
        let certificate = self.files.path().join("server.pem");
        Process::serve_production(&self.data_dir(), &arguments, &certificate)
    }

    /// What a command says under production's settings, and `more` laid over them.
    fn says(&self, command: &[&str], more: &str) -> String {
        let own = self.file("production.toml", &self.text());
        let more = self.file("more.toml", more);
        let files = [
            "--config",
            own.to_str().unwrap(),
            "--config",
            more.to_str().unwrap(),
        ];
        said(&Process::output(
            &self.data_dir(),
            &[&files, command].concat(),
            &[],
        ))
    }
}

/// The exit code and all that was printed.
fn said(output: &std::process::Output) -> String {
    let code = output.status.code().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    format!("exit {code}\n{out}{err}")
}
