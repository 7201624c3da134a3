//! Where a drill takes place: a service, its callers, and an operator's directory with what the page says is in it.

use std::{
    cell::Cell,
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    Actor, Authority, Ours, Process, SigningKey, Tested, key_set, patience, tomorrow,
};

/// The issuer of the page's callers.
pub const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "drills";

/// A service whose callers have tokens of an issuer with two keys, and whose operators show certificates.
pub struct Scene {
    pub process: Process<Ours>,
    data: TempDir,
    /// The operator's directory.
    desk: TempDir,
    /// Of the operators.
    authority: Authority,
    tokens: Cell<u32>,
    /// The key that leaks, and the other one.
    pub leaked: SigningKey,
    pub key: SigningKey,
}

impl Scene {
    pub fn new() -> Self {
        let (data, desk) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let authority = Authority::default();
        let (leaked, key) = (SigningKey::new("2026-11"), SigningKey::new("2026-12"));
        let keys = authority.path("jwks.json");
        fs::write(&keys, key_set(&[&leaked, &key]).to_string()).unwrap();
        let settings = authority.settings(&format!(
            "[rate_limit]\nfailed_authentication.burst = 1_000_000\n\
             [public]\ntrusted_proxies = ['127.0.0.1/32']\n\
             [detection]\nabsent_objects.most = 5\n\
             [auth]\nleeway_seconds = 0\n\
             [[auth.issuers]]\nissuer = '{ISSUER}'\naudience = '{AUDIENCE}'\n\
             algorithms = ['ES256']\njwks_file = '{}'\n",
            keys.display()
        ));
        let arguments = ["--config", settings.to_str().unwrap()];
        let process = Process::serve_with(data.path(), &arguments);
        let scene = Self {
            process,
            data,
            desk,
            authority,
            tokens: Cell::new(0),
            leaked,
            key,
        };
        scene.furnish();
        scene
    }

    /// A second process on the same database and keys, with a journal of its own.
    pub fn beside(&self) -> Process<Ours> {
        let journal = self.data.path().join("beside.jsonl");
        let file = self.authority.path("beside.toml");
        fs::write(&file, format!("audit.file = '{}'\n", journal.display())).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        let files = [self.authority.path("settings.toml"), file];
        let files = files.each_ref().map(|file| file.to_str().unwrap());
        Process::serve_with(
            self.data.path(),
            &["--config", files[0], "--config", files[1]],
        )
    }

    /// What the page says is in the operator's directory.
    fn furnish(&self) {
        self.authority.certify("operator", 1, tomorrow());
        let arguments = ["token", "--admin", "--subject", "olivia"];
        let token = Process::<Ours>::output(self.data.path(), &arguments, &[]);
        let desk = |name: &str| self.desk.path().join(name);
        fs::write(desk("operator.token"), token.stdout).unwrap();
        for name in ["operator.pem", "operator.key"] {
            fs::copy(self.authority.path(name), desk(name)).unwrap();
        }
        fs::copy(self.data.path().join("dev/ca.pem"), desk("ca.pem")).unwrap();
        for secret in ["operator.key", "operator.token"] {
            fs::set_permissions(desk(secret), Permissions::from_mode(0o600)).unwrap();
        }
        fs::create_dir(desk("bin")).unwrap();
        symlink(Ours::PROGRAM, desk("bin/acme-api")).unwrap();
    }

    /// What the page's variables are here.
    pub fn variables(&self) -> [(&'static str, String); 2] {
        let port = self.process.admin_address().port();
        [
            ("URL", format!("https://localhost:{port}")),
            ("DATA", self.data.path().display().to_string()),
        ]
    }

    /// A caller of the client `web` who has just logged in.
    pub fn caller(&self, subject: &str) -> Actor {
        self.process
            .bearer(&self.token(&self.key, &json!({ "sub": subject })))
    }

    /// An access token with these claims in place of the usual ones.
    pub fn token(&self, key: &SigningKey, changes: &Value) -> String {
        let now = SystemClock::default().now().unix_timestamp();
        let number = self.tokens.replace(self.tokens.get() + 1);
        let (role, scope) = role();
        let mut claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "client_id": "web", "jti": format!("token-{number}"),
            "iat": now, "exp": now + 600, "auth_time": now, "roles": [role], "scope": scope,
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        key.sign(&claims)
    }

    /// Runs commands in the operator's directory, as bash reads them.
    pub fn bash(&self, commands: &str) -> Output {
        #[expect(clippy::disallowed_methods, reason = "an operator has a shell")]
        let mut bash = Command::new("bash");
        let script = format!("set -euo pipefail\nPATH=$PWD/bin:$PATH\n{commands}");
        let bash = bash.args(["-c", &script]).current_dir(self.desk.path());
        patience::output(bash)
    }

    /// The lines of the journal, as far as they are written.
    pub fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.data.path().join("audit.jsonl")).unwrap();
        let whole = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        whole.collect()
    }
}

/// A role that manages API keys, with a scope of all that it may do.
fn role() -> (&'static str, String) {
    let access = Ours::service().access;
    let mut roles = access.roles().iter().map(|role| {
        let names: Vec<_> = access.names(role.permissions()).collect();
        (role.name(), names.join(" "))
    });
    let found = roles.find(|(_, scope)| scope.contains("api_keys:manage"));
    found.expect("a role that manages API keys")
}

/// A file of this repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(Ours::ROOT).join(path)
}
