//! Certificates that are read again while the service runs.
//!
//! A certificate lives for weeks, and a list of revoked ones for hours: a service that reads them only at its
//! start is restarted for each, or serves an expired one. New connections get the new set, and those that are
//! open go on with the one that they began with. A set that would not have started the service leaves the set
//! before it in force (docs/adr/0022).
//!
//! Controls: TL-07

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::watch;

use super::{Server, Source, TlsError, source::Digest};

/// What a listener speaks TLS with at the moment.
#[derive(Clone)]
pub struct Live {
    server: watch::Receiver<Arc<Server>>,
    counts: Arc<Counts>,
}

/// How often a new set was taken up, and refused.
#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
}

/// Looks whether the files of a listener have changed.
pub struct Reloader {
    source: Source,
    server: watch::Sender<Arc<Server>>,
    counts: Arc<Counts>,
    /// The digest of the set that is served.
    served: Digest,
    /// The set of no use that was found last, and whether that has been said.
    faulty: Option<(Digest, bool)>,
}

/// The files of a listener have changed.
pub enum Change {
    Taken,
    /// The set before it stays.
    Refused(TlsError),
}

impl Reloader {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// Those of [`Source::load`].
    pub fn start(source: Source) -> Result<Self, TlsError> {
        let found = source.digest();
        let (server, _) = watch::channel(Arc::new(source.load()?));
        Ok(Self {
            source,
            server,
            counts: Arc::default(),
            served: found,
            faulty: None,
        })
    }

    /// What the listener of these files reads.
    #[must_use]
    pub fn live(&self) -> Live {
        Live {
            server: self.server.subscribe(),
            counts: self.counts.clone(),
        }
    }

    /// Takes up what has changed since the last look. A certificate and its key are two files, and a look may
    /// come between them: a set of no use is refused when it is still there at the next look, or when somebody
    /// has `asked` for this one.
    pub fn look(&mut self, asked: bool) -> Option<Change> {
        let found = self.source.digest();
        if found == self.served {
            self.faulty = None;
            return None;
        }
        let (again, said) = match &self.faulty {
            Some((faulty, said)) if *faulty == found => (true, *said),
            _ => (false, false),
        };
        match self.source.load() {
            Ok(server) => {
                self.server.send_replace(Arc::new(server));
                self.counts.taken.fetch_add(1, Ordering::Relaxed);
                self.served = found;
                self.faulty = None;
                Some(Change::Taken)
            }
            Err(error) => {
                let refused = asked || (again && !said);
                self.faulty = Some((found, said || refused));
                refused.then(|| {
                    self.counts.refused.fetch_add(1, Ordering::Relaxed);
                    Change::Refused(error)
                })
            }
        }
    }
}

impl Live {
    #[must_use]
    pub fn now(&self) -> Arc<Server> {
        self.server.borrow().clone()
    }

    /// How many new sets were taken up.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.counts.taken.load(Ordering::Relaxed)
    }

    /// How many were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use tempfile::TempDir;

    use super::*;
    use crate::{
        clock::{Clock, SystemClock},
        config::TlsProfile,
        tls::development,
    };

    fn renew(directory: &Path) {
        fs::remove_file(directory.join("server.pem")).ok();
        development::certificates(directory, "test", SystemClock::default().now()).unwrap();
    }

    fn reloader(directory: &Path) -> Reloader {
        let files = (
            &*directory.join("server.pem"),
            &*directory.join("server.key"),
        );
        let clock = Arc::new(SystemClock::default());
        Reloader::start(Source::new(TlsProfile::Modern, files, clock)).unwrap()
    }

    #[test]
    fn a_look_between_the_two_files_of_a_renewal_refuses_nothing() {
        let (before, after) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        for directory in [&before, &after] {
            renew(directory.path());
        }
        let mut reloader = reloader(before.path());
        let live = reloader.live();
        assert!(reloader.look(false).is_none(), "nothing has changed");
        let copy = |name| fs::copy(after.path().join(name), before.path().join(name)).unwrap();
        let served = live.now().certificate.clone();
        copy("server.pem");
        assert!(reloader.look(false).is_none(), "the key may be on its way");
        assert_eq!(live.now().certificate, served);
        copy("server.key");
        assert!(matches!(reloader.look(false), Some(Change::Taken)));
        assert_ne!(live.now().certificate, served);
        assert_eq!((live.taken(), live.refused()), (1, 0));
    }

    #[test]
    fn a_set_of_no_use_is_refused_at_the_second_look_or_when_it_is_asked_for() {
        let directory = TempDir::new().unwrap();
        renew(directory.path());
        let mut reloader = reloader(directory.path());
        let live = reloader.live();
        let served = live.now().certificate.clone();
        let key = directory.path().join("server.key");
        let break_it = |content: &str| fs::write(&key, content).unwrap();
        break_it("no key");
        assert!(reloader.look(false).is_none());
        assert!(matches!(reloader.look(false), Some(Change::Refused(_))));
        assert!(reloader.look(false).is_none(), "it is said once");
        break_it("no key either");
        assert!(matches!(reloader.look(true), Some(Change::Refused(_))));
        assert_eq!((live.taken(), live.refused()), (0, 2));
        assert_eq!(live.now().certificate, served);
        renew(directory.path());
        assert!(matches!(reloader.look(false), Some(Change::Taken)));
    }
}
