//! What PostgreSQL's error codes mean: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.

use sqlx::{
    error::DatabaseError,
    postgres::{PgDatabaseError, PgSeverity},
};

use crate::db::fault::Fault;

/// Why the database cannot be used now; nothing, when it refused this statement only.
pub fn fault(error: &dyn DatabaseError) -> Option<Fault> {
    of_code(code(error)?)
}

/// Whether the same transaction may succeed when it is tried again: `serialization_failure` and
/// `deadlock_detected`.
pub fn is_conflict(error: &dyn DatabaseError) -> bool {
    matches!(code(error), Some("40001" | "40P01"))
}

/// Whether the server refused a statement and serves the connection further; after `FATAL` it hangs up.
pub fn goes_on(error: &dyn DatabaseError) -> bool {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .is_some_and(|error| error.severity() == PgSeverity::Error)
}

/// The code; nothing for an error of another engine.
fn code(error: &dyn DatabaseError) -> Option<&str> {
    error
        .try_downcast_ref::<PgDatabaseError>()
        .map(PgDatabaseError::code)
}

fn of_code(code: &str) -> Option<Fault> {
    Some(match code {
        // query_canceled (statement_timeout), idle_in_transaction_session_timeout; admin_shutdown,
        // crash_shutdown, cannot_connect_now, idle_session_timeout; too_many_connections.
        "57014" | "25P03" | "57P01" | "57P02" | "57P03" | "57P05" | "53300" => Fault::Silent,
        // lock_not_available (lock_timeout); serialization_failure and deadlock_detected, again and again.
        "55P03" | "40001" | "40P01" => Fault::Locked,
        "42501" => Fault::NoRight, // insufficient_privilege
        "25006" => Fault::Standby, // read_only_sql_transaction
        "53100" => Fault::Full,    // disk_full
        "53200" => Fault::Memory,  // out_of_memory
        "58030" => Fault::Disk,    // io_error
        // invalid_authorization_specification, invalid_password, invalid_catalog_name.
        "28000" | "28P01" | "3D000" => Fault::Refused,
        _ if code.starts_with("08") => Fault::Silent, // connection_exception
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_means_what_its_page_says() {
        for (code, fault) in [
            ("08006", Some(Fault::Silent)),
            ("57P01", Some(Fault::Silent)),
            ("55P03", Some(Fault::Locked)),
            ("53100", Some(Fault::Full)),
            ("25006", Some(Fault::Standby)),
            ("42501", Some(Fault::NoRight)),
            // Its low byte is that of SQLITE_BUSY.
            ("22021", None),
            ("23505", None),
            ("42601", None),
        ] {
            assert_eq!(of_code(code), fault, "{code}");
        }
    }
}
