//! Why the database cannot be used, in words for the log: the meaning and the fix.

use std::fmt;

/// Why the database cannot be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer, or no free connection in time.
    Silent,
    Locked,
    NotPermitted,
    ReadOnly,
    Full,
    Disk,
    CannotOpen,
    Memory,
    /// SQLite: the path does not lead to the file that is open.
    Moved,
    /// SQLite: the content of the file is not whole.
    Damaged,
    /// PostgreSQL: the role has no right to do this.
    NoRight,
    /// PostgreSQL: a standby, or a session that may only read.
    Standby,
    /// PostgreSQL: no such user, password or database.
    Refused,
    /// PostgreSQL: no TLS, or a certificate that is not believed.
    Tls,
}

impl Fault {
    /// All of them, in the order of the type.
    pub const ALL: [Self; 14] = [
        Self::Silent,
        Self::Locked,
        Self::NotPermitted,
        Self::ReadOnly,
        Self::Full,
        Self::Disk,
        Self::CannotOpen,
        Self::Memory,
        Self::Moved,
        Self::Damaged,
        Self::NoRight,
        Self::Standby,
        Self::Refused,
        Self::Tls,
    ];
}

impl fmt::Display for Fault {
    /// The meaning and the fix, to stand behind "the database".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silent => {
                "does not answer in time: look whether it runs and can be reached; then see \
                 database.max_connections and database.acquire_timeout_seconds"
            }
            Self::Locked => {
                "is locked: end the process or the transaction that holds its write lock"
            }
            Self::NotPermitted => {
                "may not be read and written by this user: give it the file and the file's directory, \
                 where SQLite keeps its -wal and -shm files"
            }
            Self::ReadOnly => {
                "cannot be written: make the file, its directory and the file system writable for \
                 this user, and take mode=ro and immutable out of database.url"
            }
            Self::Full => "has a full disk: make room",
            Self::Disk => "has a disk that cannot be read or written: look at the system's log",
            Self::CannotOpen => {
                "cannot be opened: look whether its files are there, for the permissions of their \
                 directory, and for the limit on open files"
            }
            Self::Memory => "has no memory left",
            Self::Moved => {
                "is not the file any more that was opened: it was removed, renamed or replaced while \
                 the service ran; put it back, or restore a backup and start the service again \
                 (docs/operations.md)"
            }
            Self::Damaged => {
                "has a file that is damaged: stop the service and restore a backup (docs/backup.md)"
            }
            Self::NoRight => {
                "does not permit this to the role of database.url: run `migrate`, which gives \
                 database.runtime_role its rights (docs/database.md)"
            }
            Self::Standby => {
                "takes no changes: it is a standby or set to read only; write the primary into \
                 database.url"
            }
            Self::Refused => {
                "refuses this user: look at user, password and name of the database in database.url"
            }
            Self::Tls => {
                "has a connection that cannot be trusted: look at sslmode in database.url, \
                 database.ca_file and the certificate of the server"
            }
        })
    }
}
