//! A value on its way to a column.

use std::sync::Arc;

use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A value as the engines store it. NULL has a type too: PostgreSQL asks for it.
#[derive(Debug, Clone)]
pub enum Value {
    Uuid(Option<Uuid>),
    Integer(Option<i64>),
    Bool(Option<bool>),
    Text(Option<String>),
    SharedText(Option<Arc<str>>),
    Bytes(Option<Vec<u8>>),
    /// A point in time, kept in whole microseconds.
    Time(Option<OffsetDateTime>),
    Date(Option<Date>),
}
