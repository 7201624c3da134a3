//! A statement of SQL with its values, and the rows it gives.
//!
//! A slice writes SQL as text and never names an engine: which one runs it is decided when it is run. Values
//! are bound, never pasted, so an injection has no place to stand (ASVS 1.2.4). What comes back is parsed
//! like any other input, because another program may have written it.

use std::sync::Arc;

use sqlx::{postgres::PgRow, sqlite::SqliteRow};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    connection::Connection,
    error::{EngineError, StoreError},
    postgres, sqlite,
    value::Value,
};
use crate::parse::Invalid;

/// A type that every engine can store.
pub trait Native: Sized {
    /// The value, or NULL.
    fn value(value: Option<Self>) -> Value;

    /// The value of a column, unless it is NULL.
    ///
    /// # Errors
    /// When there is no such column, or it is of another type.
    fn read(row: &Row, column: &str) -> Result<Option<Self>, EngineError>;
}

/// A value of a column.
pub trait Column: Sized {
    /// The type that it is stored as.
    type Stored: Native;

    fn stored(&self) -> Self::Stored;

    /// # Errors
    /// The rule that the stored value breaks.
    fn restored(stored: Self::Stored) -> Result<Self, Invalid>;
}

/// A statement and its values, in the order of `$1`, `$2`, ….
#[derive(Debug, Clone)]
pub struct Statement {
    pub(super) sqlite: &'static str,
    pub(super) postgres: &'static str,
    pub(super) values: Vec<Value>,
}

/// A statement without values yet. Its text is a constant: `$1` is understood by every engine.
#[must_use]
pub fn sql(text: &'static str) -> Statement {
    sql_of_each(text, text)
}

/// The same for a statement that must differ between SQLite and PostgreSQL. The values do not differ.
#[must_use]
pub fn sql_of_each(sqlite: &'static str, postgres: &'static str) -> Statement {
    Statement {
        sqlite,
        postgres,
        values: Vec::with_capacity(16),
    }
}

impl Statement {
    /// The next value.
    #[must_use]
    pub fn bind(mut self, value: &impl Column) -> Self {
        self.values.push(Native::value(Some(value.stored())));
        self
    }

    /// Runs it. The number of rows that it changed.
    ///
    /// # Errors
    /// When the database refuses it or cannot be used.
    pub async fn execute(self, connection: &mut Connection<'_>) -> Result<u64, EngineError> {
        match connection {
            Connection::Sqlite(connection) => {
                let done = sqlite::query(self.sqlite, self.values)
                    .execute(&mut **connection)
                    .await?;
                Ok(done.rows_affected())
            }
            Connection::Postgres(connection) => {
                let query = postgres::query(self.postgres, &self.values);
                let done = Box::pin(query.execute(&mut **connection)).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// # Errors
    /// As [`Statement::execute`].
    pub async fn fetch_optional(
        self,
        connection: &mut Connection<'_>,
    ) -> Result<Option<Row>, EngineError> {
        Ok(match connection {
            Connection::Sqlite(connection) => sqlite::query(self.sqlite, self.values)
                .fetch_optional(&mut **connection)
                .await?
                .map(Row::Sqlite),
            Connection::Postgres(connection) => {
                let query = postgres::query(self.postgres, &self.values);
                let row = Box::pin(query.fetch_optional(&mut **connection)).await?;
                row.map(Row::Postgres)
            }
        })
    }

    /// # Errors
    /// As [`Statement::execute`].
    pub async fn fetch_all(self, connection: &mut Connection<'_>) -> Result<Vec<Row>, EngineError> {
        Ok(match connection {
            Connection::Sqlite(connection) => {
                let rows = sqlite::query(self.sqlite, self.values)
                    .fetch_all(&mut **connection)
                    .await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Connection::Postgres(connection) => {
                let query = postgres::query(self.postgres, &self.values);
                let rows = Box::pin(query.fetch_all(&mut **connection)).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }
}

/// A row as the database has it.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it breaks a rule of its type; [`StoreError::Failed`] when there is
    /// no such column.
    pub fn get<C: Column>(&self, column: &'static str) -> Result<C, StoreError> {
        C::restored(self.raw(column)?).map_err(|_| StoreError::Corrupt(column))
    }

    /// The stored value itself, for the platform's own tables.
    pub(crate) fn raw<T: Native>(&self, column: &'static str) -> Result<T, EngineError> {
        let null = || EngineError::ColumnDecode {
            index: column.to_owned(),
            source: "it is NULL".into(),
        };
        T::read(self, column)?.ok_or_else(null)
    }
}

macro_rules! stored_as_it_is {
    ($($name:ty => $value:ident, $of_sqlite:path, $of_postgres:path;)*) => {$(
        impl Native for $name {
            fn value(value: Option<Self>) -> Value {
                Value::$value(value)
            }

            fn read(row: &Row, column: &str) -> Result<Option<Self>, EngineError> {
                match row {
                    Row::Sqlite(row) => $of_sqlite(row, column),
                    Row::Postgres(row) => $of_postgres(row, column),
                }
            }
        }

        impl Column for $name {
            type Stored = Self;

            fn stored(&self) -> Self {
                self.clone()
            }

            fn restored(stored: Self) -> Result<Self, Invalid> {
                Ok(stored)
            }
        }
    )*};
}
stored_as_it_is! {
    Uuid => Uuid, sqlite::read, postgres::read;
    i64 => Integer, sqlite::read, postgres::read;
    bool => Bool, sqlite::read, postgres::read;
    String => Text, sqlite::read, postgres::read;
    Arc<str> => SharedText, sqlite::read, postgres::read_shared;
    Vec<u8> => Bytes, sqlite::read, postgres::read;
    OffsetDateTime => Time, sqlite::read_time, postgres::read;
    Date => Date, sqlite::read, postgres::read;
}

/// A value that may be NULL.
impl<T: Native> Native for Option<T> {
    fn value(value: Option<Self>) -> Value {
        T::value(value.flatten())
    }

    fn read(row: &Row, column: &str) -> Result<Option<Self>, EngineError> {
        T::read(row, column).map(Some)
    }
}

/// A column that may be NULL.
impl<C: Column> Column for Option<C> {
    type Stored = Option<C::Stored>;

    fn stored(&self) -> Self::Stored {
        self.as_ref().map(C::stored)
    }

    fn restored(stored: Self::Stored) -> Result<Self, Invalid> {
        stored.map(C::restored).transpose()
    }
}
