//! Real errors of a real SQLite, and one of an engine that is not SQLite.

use std::{borrow::Cow, error::Error, fmt};

use sqlx::{Connection, Executor, SqliteConnection};

use super::*;

async fn memory() -> SqliteConnection {
    SqliteConnection::connect("sqlite::memory:").await.unwrap()
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(test)
}

/// What the last of these statements fails with.
fn failing(statements: &[&'static str]) -> sqlx::Error {
    block_on(async {
        let mut connection = memory().await;
        let (last, first) = statements.split_last().unwrap();
        for statement in first {
            connection.execute(*statement).await.unwrap();
        }
        connection.execute(*last).await.expect_err(last)
    })
}

#[test]
fn a_full_disk_and_a_database_that_cannot_be_written_are_unavailable_and_a_bad_statement_is_not() {
    let cases: [(&[&str], Option<Fault>); 3] = [
        (
            &[
                "PRAGMA max_page_count = 2",
                "CREATE TABLE t (a)",
                "INSERT INTO t VALUES (zeroblob(100000))",
            ],
            Some(Fault::Full),
        ),
        (
            &["PRAGMA query_only = 1", "CREATE TABLE t (a)"],
            Some(Fault::ReadOnly),
        ),
        (&["SELECT 1 FROM nothing"], None),
    ];
    for (statements, expected) in cases {
        let error = StoreError::from(failing(statements));
        let found = match &error {
            StoreError::Unavailable(fault, _) => Some(*fault),
            StoreError::Failed(_) => None,
            _ => panic!("{error}"),
        };
        assert_eq!(found, expected, "{statements:?}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_unavailable() {
    let opened = block_on(SqliteConnection::connect("sqlite:/nowhere/at/all.db"));
    let error = StoreError::from(opened.unwrap_err());
    assert!(
        matches!(error, StoreError::Unavailable(Fault::CannotOpen, _)),
        "{error:?}"
    );
}

#[test]
fn a_unique_violation_has_the_name_that_its_slice_gave_it_or_the_general_one() {
    const NAMED: Unique = Unique {
        constraint: "t_name",
        columns: "t.owner, t.name",
        code: "name_taken",
    };
    let twice = [
        "CREATE TABLE t (owner, name)",
        "CREATE UNIQUE INDEX t_name ON t (owner, name)",
        "INSERT INTO t VALUES (1, 1), (1, 1)",
    ];
    for (unique, code) in [(&[NAMED][..], "name_taken"), (&[], "already_exists")] {
        let error = StoreError::of(failing(&twice), unique);
        assert!(
            matches!(error, StoreError::Taken(found) if found == code),
            "{error:?}"
        );
    }
    // Of an engine that tells the constraint's name.
    let error = sqlx::Error::from(Other {
        code: "23505",
        constraint: Some("t_name"),
    });
    let error = StoreError::of(error, &[NAMED]);
    assert!(
        matches!(error, StoreError::Taken("name_taken")),
        "{error:?}"
    );
}

#[test]
fn a_code_of_another_engine_is_not_read_as_one_of_sqlite() {
    // `22021 & 0xFF` is SQLITE_BUSY.
    for code in ["22021", "5", "13"] {
        let error = sqlx::Error::from(Other {
            code,
            constraint: None,
        });
        let error = StoreError::from(error);
        assert!(matches!(error, StoreError::Failed(_)), "{code}: {error:?}");
    }
}

/// An error as another engine's driver makes it.
#[derive(Debug)]
struct Other {
    code: &'static str,
    constraint: Option<&'static str>,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl Error for Other {}

impl DatabaseError for Other {
    fn message(&self) -> &'static str {
        "in words of its own"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.into())
    }

    fn constraint(&self) -> Option<&str> {
        self.constraint
    }

    fn kind(&self) -> ErrorKind {
        match self.constraint {
            Some(_) => ErrorKind::UniqueViolation,
            None => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }
}
