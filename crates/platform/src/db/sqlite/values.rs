//! How values become columns of SQLite, and columns values.
//!
//! SQLite has no type for a point in time, and compares what is stored as text. So a time has one form with
//! always as many digits: then the order of the texts is the order of the times. The form of the driver
//! leaves digits out, and `12:00:00Z` sorts behind `12:00:00.5Z`.

use sqlx::{
    ColumnIndex, Decode, Row as _, Sqlite, Type,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use time::{
    OffsetDateTime, UtcOffset, format_description::BorrowedFormatItem,
    format_description::well_known::Rfc3339, macros::format_description,
};

use crate::db::{error::EngineError, value::Value};

/// RFC 3339 in UTC, in microseconds: what PostgreSQL keeps too.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
const TIME_LENGTH: usize = 27;

/// A statement with its values, for the driver.
pub fn query(text: &'static str, values: Vec<Value>) -> Query<'static, Sqlite, SqliteArguments> {
    let query = sqlx::query(text);
    let values = values.into_iter();
    values.fold(query, |query, value| match value {
        Value::Uuid(value) => query.bind(value),
        Value::Integer(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::SharedText(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
        Value::Time(value) => query.bind(value.and_then(time_text)),
        Value::Date(value) => query.bind(value),
    })
}

/// A column of a type that the driver knows.
///
/// # Errors
/// When there is no such column, or it is of another type.
pub fn read<'r, T>(row: &'r SqliteRow, column: &str) -> Result<Option<T>, EngineError>
where
    T: Decode<'r, Sqlite> + Type<Sqlite>,
    for<'c> &'c str: ColumnIndex<SqliteRow>,
{
    row.try_get(column)
}

/// A column with a point in time.
///
/// # Errors
/// As [`read`]; also when it has another form, and would be sorted wrongly.
pub fn read_time(row: &SqliteRow, column: &str) -> Result<Option<OffsetDateTime>, EngineError> {
    let text: Option<&str> = row.try_get(column)?;
    let undecodable = || EngineError::ColumnDecode {
        index: column.to_owned(),
        source: "not a time in the form that sorts".into(),
    };
    text.map(|text| parse_time(text).ok_or_else(undecodable))
        .transpose()
}

fn parse_time(text: &str) -> Option<OffsetDateTime> {
    let sorts = text.len() == TIME_LENGTH && text.ends_with('Z');
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| sorts)
}

/// Nothing for a year that has no four digits: the column refuses NULL.
fn time_text(time: OffsetDateTime) -> Option<String> {
    let utc = time.checked_to_offset(UtcOffset::UTC)?;
    let text = utc.format(TIME).ok()?;
    Some(text).filter(|text| text.len() == TIME_LENGTH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn times_of_any_number_of_digits_sort_as_text_as_they_sort_in_time() {
        let times = [
            datetime!(2029-12-31 23:59:59.999_999_999 UTC),
            datetime!(2030-01-01 00:00 UTC),
            datetime!(2030-01-01 01:00:00.000_001 +1),
            datetime!(2030-01-01 00:00:00.001 UTC),
            datetime!(2030-01-01 00:00:00.1 UTC),
            datetime!(2030-01-01 00:00:00.123_456_789 UTC),
            datetime!(2030-01-01 00:00:00.5 UTC),
            datetime!(2030-01-01 00:00:01 UTC),
        ];
        let texts: Vec<_> = times.into_iter().filter_map(time_text).collect();
        assert_eq!(texts.len(), times.len());
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[0], "2029-12-31T23:59:59.999999Z");
    }

    #[test]
    fn a_time_in_another_form_is_not_read() {
        for text in [
            "2030-01-01T00:00:00Z",
            "2030-01-01T00:00:00.123Z",
            "2030-01-01T00:00:00.123456789Z",
            "2030-01-01T00:00:00.1234+01:00",
            "2030-01-01 00:00:00.123456",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_time_is_read_as_it_was_written_to_the_microsecond(
            seconds in 0_i64..253_402_300_799, micros in 0_i64..1_000_000,
        ) {
            let time = OffsetDateTime::UNIX_EPOCH
                + time::Duration::seconds(seconds)
                + time::Duration::microseconds(micros);
            let text = time_text(time).unwrap();
            prop_assert_eq!(parse_time(&text), Some(time));
        }
    }
}
