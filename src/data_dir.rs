//! The one folder this service writes to: database, development keys, the addresses it listens on.
//!
//! Only its owner may enter (0700), so that a file made with too wide a mode still leaks nothing.

use std::{
    fs::{self, File},
    io::{self, Write},
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// Writes a file that only this user may read (0600), whole or not at all, and durable.
///
/// # Errors
/// As the file system says.
pub fn write_private(path: &Path, content: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // The new name is durable once its directory is.
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// An existing data directory.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Opens `path`, makes it if it is not there, and closes it to everybody else if it is open.
    ///
    /// # Errors
    /// When it cannot be made, or not be closed.
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)?;
        if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
        Ok(Self(path.to_owned()))
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Waits until no other process prepares this directory. Released when the file is dropped.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn lock(&self) -> io::Result<File> {
        let file = File::create(self.0.join("prepare.lock"))?;
        file.lock()?;
        Ok(file)
    }

    /// Where [`Self::publish`] writes.
    #[must_use]
    pub fn addresses_file(&self) -> PathBuf {
        self.0.join("addresses.json")
    }

    /// Says which address is listened on, for whoever chose port 0.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn publish(&self, public: SocketAddr) -> io::Result<()> {
        let draft = self.0.join("addresses.json.draft");
        let text = serde_json::json!({ "public": public.to_string() });
        fs::write(&draft, format!("{text}\n"))?;
        fs::rename(draft, self.addresses_file())
    }
}
