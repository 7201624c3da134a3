//! The folder that this service writes to: database, journal, keys that it makes, the addresses that it listens on.
//! Settings can put the database and the journal elsewhere.
//!
//! Only its owner may enter (0700), so that a file made with too wide a mode still leaks nothing. A
//! folder that others use too is refused: to close `/tmp` or a home directory would break the machine.

use std::{
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};

use crate::files::{self, Directory, FileError};

/// Made by the first start, so that a later one knows the directory for its own.
const LOCK: &str = "prepare.lock";

/// An existing data directory.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// Opens `path`, makes it if it is not there, and closes it to everybody else if it is open.
    ///
    /// # Errors
    /// When it cannot be made, belongs to another user, or is not only this service's.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Directory::make(path)?.alone(LOCK)?.close()?;
        Ok(Self(path.to_owned()))
    }

    /// The judgement of [`Self::open`] about a directory that is there, which it leaves as it is.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn check(path: &Path) -> Result<(), FileError> {
        match Directory::existing(path)? {
            Some(directory) => directory.alone(LOCK).map(drop),
            None => Ok(()),
        }
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Waits until no other process prepares this directory. Released when the file is dropped.
    ///
    /// # Errors
    /// When the lock file cannot be made, or is not ours.
    pub fn lock(&self) -> Result<File, FileError> {
        let path = self.0.join(LOCK);
        let file = files::open_lock(&path)?;
        let locked = file.lock();
        locked.map_err(|error| FileError::new(&path, error))?;
        Ok(file)
    }

    /// Says what is listened on. Processes that share the directory write one after the other: the draft
    /// of a file has one name.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn publish(&self, served: &Served<'_>) -> Result<(), FileError> {
        let _exclusive = self.lock()?;
        files::write_private(&certificate_file(&self.0), served.certificate)?;
        files::write_private(
            &probe_file(&self.0),
            served.probe.expose_secret().as_bytes(),
        )?;
        let text = serde_json::json!({
            "public": served.public.to_string(),
            "admin": served.admin.to_string(),
        });
        files::write_private(&addresses_file(&self.0), format!("{text}\n").as_bytes())
    }

    /// Says which certificate the admin listener shows from now on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn publish_certificate(&self, certificate: &[u8]) -> Result<(), FileError> {
        let _exclusive = self.lock()?;
        files::write_private(&certificate_file(&self.0), certificate)
    }
}

/// What a service says of itself when it begins to listen.
#[derive(Debug, Clone, Copy)]
pub struct Served<'a> {
    /// The addresses, for a reader who chose port 0.
    pub public: SocketAddr,
    pub admin: SocketAddr,
    /// What the admin listener shows, in DER: the certificate's file may have been renewed since.
    pub certificate: &'a [u8],
    /// What `healthcheck` shows to it, in PEM, with the key.
    pub probe: &'a SecretString,
}

/// The same, as `healthcheck` finds it.
#[derive(Debug)]
pub struct Published {
    pub admin: Option<SocketAddr>,
    pub certificate: Option<Vec<u8>>,
    pub probe: Option<SecretString>,
}

impl Published {
    /// Reads what [`DataDir::publish`] wrote; what is not there, or not to be trusted, is `None`.
    #[must_use]
    pub fn read(data_dir: &Path) -> Self {
        let trusted = |path: PathBuf| files::read(&path).ok();
        let addresses = trusted(addresses_file(data_dir))
            .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok());
        Self {
            admin: addresses.and_then(|them| them.get("admin")?.as_str()?.parse().ok()),
            certificate: trusted(certificate_file(data_dir)),
            probe: files::read_secret_text(&probe_file(data_dir)).ok(),
        }
    }
}

fn addresses_file(data_dir: &Path) -> PathBuf {
    data_dir.join("addresses.json")
}

fn certificate_file(data_dir: &Path) -> PathBuf {
    data_dir.join("served-certificate.der")
}

fn probe_file(data_dir: &Path) -> PathBuf {
    data_dir.join("healthcheck.pem")
}

#[cfg(test)]
mod tests {
    use std::{net::Ipv4Addr, thread};

    use super::*;

    #[test]
    fn services_that_share_a_directory_publish_one_after_the_other() {
        let directory = tempfile::TempDir::new().unwrap();
        let data_dir = DataDir::open(&directory.path().join("data")).unwrap();
        let [public, admin] =
            [8443, 9443].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let publish = |letter: u8| {
            for _ in 0..20 {
                let certificate = vec![letter; 64 * 1024];
                let served = Served {
                    public,
                    admin,
                    certificate: &certificate,
                    probe: &SecretString::default(),
                };
                data_dir.publish(&served).unwrap();
                let published = Published::read(data_dir.path());
                let read = published.certificate.unwrap();
                assert_eq!(read, vec![read[0]; 64 * 1024]);
                assert_eq!(published.admin, Some(admin));
            }
        };
        thread::scope(|scope| {
            for letter in b'a'..b'd' {
                scope.spawn(move || publish(letter));
            }
        });
    }
}
