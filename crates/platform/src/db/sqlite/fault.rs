//! What SQLite's result codes mean: <https://sqlite.org/rescode.html>.

use sqlx::{error::DatabaseError, sqlite::SqliteError};

use crate::db::fault::Fault;

/// What SQLite says before the columns of a unique constraint.
const UNIQUE: &str = "UNIQUE constraint failed: ";
/// `SQLITE_BUSY_SNAPSHOT`: a reader turned writer, and another writer was faster.
const BUSY_SNAPSHOT: i32 = 517;

/// Why the database cannot be used now; nothing, when it refused this statement only.
pub fn fault(error: &dyn DatabaseError) -> Option<Fault> {
    of_code(code(error)?)
}

/// Whether the same transaction may succeed when it is tried again at once. A lock that is held for longer
/// than `busy_timeout` is no such case: the driver has waited already.
pub fn is_conflict(error: &dyn DatabaseError) -> bool {
    code(error) == Some(BUSY_SNAPSHOT)
}

/// `table.column, table.column` of a unique constraint that was broken.
pub fn columns_of_unique(error: &dyn DatabaseError) -> Option<&str> {
    error.message().strip_prefix(UNIQUE)
}

/// The extended result code; nothing for an error of another engine.
fn code(error: &dyn DatabaseError) -> Option<i32> {
    error
        .try_downcast_ref::<SqliteError>()?
        .code()?
        .parse()
        .ok()
}

/// The primary result code is the low byte.
const fn of_code(extended: i32) -> Option<Fault> {
    Some(match extended & 0xFF {
        3 => Fault::NotPermitted,    // SQLITE_PERM
        5 | 6 | 15 => Fault::Locked, // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
        7 => Fault::Memory,          // SQLITE_NOMEM
        8 => Fault::ReadOnly,        // SQLITE_READONLY
        10 => Fault::Disk,           // SQLITE_IOERR
        11 | 26 => Fault::Damaged,   // SQLITE_CORRUPT, SQLITE_NOTADB
        13 => Fault::Full,           // SQLITE_FULL
        14 => Fault::CannotOpen,     // SQLITE_CANTOPEN
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no test can provoke: a broken disk, and a database that is moved away while it is open.
    #[test]
    fn an_extended_code_means_what_its_low_byte_means() {
        for (extended, fault) in [
            (0x030A, Some(Fault::Disk)),       // SQLITE_IOERR_WRITE
            (0x040A, Some(Fault::Disk)),       // SQLITE_IOERR_FSYNC
            (0x0408, Some(Fault::ReadOnly)),   // SQLITE_READONLY_DBMOVED
            (0x0205, Some(Fault::Locked)),     // SQLITE_BUSY_SNAPSHOT
            (0x040E, Some(Fault::CannotOpen)), // SQLITE_CANTOPEN_CONVPATH
            (0x0113, None),                    // SQLITE_CONSTRAINT_CHECK
            (0x010B, Some(Fault::Damaged)),    // SQLITE_CORRUPT_VTAB
            (26, Some(Fault::Damaged)),        // SQLITE_NOTADB
        ] {
            assert_eq!(of_code(extended), fault, "{extended}");
        }
    }
}
