//! A statement of SQL with its values, and the rows it gives.
//!
//! A slice writes SQL as text and never names an engine: which one runs it is decided here. Values are
//! bound, never pasted, so an injection has no place to stand (ASVS 1.2.4). What comes back is parsed
//! like any other input, because another program may have written it.

use std::sync::Arc;

use sqlx::{Database, Decode, Encode, Row as _, Sqlite, Type, query::Query, sqlite::SqliteRow};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Connection, StoreError};
use crate::parse::Invalid;

/// A type that every engine can store.
pub trait Native: for<'q> Encode<'q, Sqlite> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

impl<T> Native for T where T: for<'q> Encode<'q, Sqlite> + for<'r> Decode<'r, Sqlite> + Type<Sqlite> {}

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
pub struct Statement(Query<'static, Sqlite, <Sqlite as Database>::Arguments>);

/// A statement without values yet. Its text is a constant: `$1` is understood by every engine.
#[must_use]
pub fn sql(text: &'static str) -> Statement {
    Statement(sqlx::query(text))
}

impl Statement {
    /// The next value.
    #[must_use]
    pub fn bind(self, value: &impl Column) -> Self {
        Self(self.0.bind(value.stored()))
    }

    /// Runs it. The number of rows that it changed.
    ///
    /// # Errors
    /// When the database refuses it or cannot be used.
    pub async fn execute(self, connection: &mut Connection) -> Result<u64, sqlx::Error> {
        let done = self.0.execute(connection).await?;
        Ok(done.rows_affected())
    }

    /// # Errors
    /// As [`Statement::execute`].
    pub async fn fetch_optional(
        self,
        connection: &mut Connection,
    ) -> Result<Option<Row>, sqlx::Error> {
        Ok(self.0.fetch_optional(connection).await?.map(Row))
    }

    /// # Errors
    /// As [`Statement::execute`].
    pub async fn fetch_all(self, connection: &mut Connection) -> Result<Vec<Row>, sqlx::Error> {
        let rows = self.0.fetch_all(connection).await?;
        Ok(rows.into_iter().map(Row).collect())
    }
}

/// A row as the database has it.
pub struct Row(SqliteRow);

impl Row {
    /// The value of a column.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it breaks a rule of its type; [`StoreError::Failed`] when there is
    /// no such column.
    pub fn get<C: Column>(&self, column: &'static str) -> Result<C, StoreError> {
        let stored: C::Stored = self.0.try_get(column)?;
        C::restored(stored).map_err(|_| StoreError::Corrupt(column))
    }
}

impl Row {
    /// The stored value itself, for the platform's own tables.
    pub(crate) fn raw<T: Native>(&self, column: &'static str) -> Result<T, sqlx::Error> {
        self.0.try_get(column)
    }
}

macro_rules! stored_as_it_is {
    ($($name:ty),*) => {$(
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
stored_as_it_is!(
    Uuid,
    i64,
    bool,
    String,
    Arc<str>,
    Vec<u8>,
    OffsetDateTime,
    Date
);

/// A column that may be NULL.
impl<C: Column> Column for Option<C>
where
    Option<C::Stored>: Native,
{
    type Stored = Option<C::Stored>;

    fn stored(&self) -> Self::Stored {
        self.as_ref().map(C::stored)
    }

    fn restored(stored: Self::Stored) -> Result<Self, Invalid> {
        stored.map(C::restored).transpose()
    }
}
