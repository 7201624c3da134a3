//! How values become columns of PostgreSQL, and columns values: each has a native type.

use std::sync::Arc;

use sqlx::{
    Decode, Postgres, Row as _, Type,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use crate::db::{error::EngineError, value::Value};

/// A statement with its values, for the driver. The values stay with the caller, who may have to run it
/// again.
pub fn query<'v>(text: &'static str, values: &'v [Value]) -> Query<'v, Postgres, PgArguments> {
    let query = sqlx::query(text);
    let values = values.iter();
    values.fold(query, |query, value| match value {
        Value::Uuid(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value.as_deref()),
        Value::SharedText(value) => query.bind(value.as_deref()),
        Value::Bytes(value) => query.bind(value.as_deref()),
        Value::Time(value) => query.bind(value),
        Value::Date(value) => query.bind(value),
    })
}

/// A column of a type that the driver knows.
///
/// # Errors
/// When there is no such column, or it is of another type.
pub fn read<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
    row: &'r PgRow,
    column: &str,
) -> Result<Option<T>, EngineError> {
    row.try_get(column)
}

/// A text that is shared.
///
/// # Errors
/// As [`read`].
pub fn read_shared(row: &PgRow, column: &str) -> Result<Option<Arc<str>>, EngineError> {
    Ok(read::<&str>(row, column)?.map(Arc::from))
}
