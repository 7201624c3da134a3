//! Ids of rows.
//!
//! They are made in the order in which they sort, whatever the clock does: a list is cut by ids, and a new
//! row that sorted below an old one would never be on the first page (docs/adr/0007).

use std::{fmt, marker::PhantomData, str::FromStr, sync::Mutex, time::Duration};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::{ContextV7, Timestamp, Uuid, Variant, Version};

use crate::{
    db::{Column, Connections, Scope, StoreError, sql},
    parse::Invalid,
};

/// The last time that an id was made for, and a counter within its millisecond. One for all kinds: it is
/// held for an addition, where a row costs a write to the disk.
static ORDER: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// Reads the newest row of each of these lists (`Statements::list_all`): ids of this process sort after it, although
/// another process made it by a clock that was ahead, or this one before its restart.
///
/// # Errors
/// When the database cannot be read.
pub(crate) async fn order_after_stored_rows(
    database: &Connections,
    lists: impl IntoIterator<Item = &'static str>,
) -> Result<(), StoreError> {
    for list_all in lists {
        let newest = sql(list_all).bind(&Uuid::max()).bind(&1_i64);
        let rows = database.fetch_all(Scope::Everyone, newest);
        for row in rows.await? {
            follow(row.get("id")?);
        }
    }
    Ok(())
}

fn follow(newest: Uuid) {
    if let Some(time) = newest.get_timestamp() {
        let (seconds, nanos) = time.to_unix();
        let next = Duration::new(seconds, nanos) + Duration::from_millis(1);
        Timestamp::from_unix(&ORDER, next.as_secs(), next.subsec_nanos());
    }
}

/// The id of a row of `E`. It is a UUIDv7: ids sort by the time they were made, and pages are cut by
/// them. An id of one kind is not an id of another, so they cannot be mixed up.
pub struct Id<E>(Uuid, PhantomData<fn() -> E>);

impl<E> Id<E> {
    /// A new id. It sorts after all that this process has made.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let time = Timestamp::from_unix(&ORDER, seconds, now.nanosecond());
        Self(Uuid::new_v7(time), PhantomData)
    }

    #[must_use]
    pub const fn of(id: Uuid) -> Self {
        Self(id, PhantomData)
    }

    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

/// Only the canonical spelling is a name: one resource, one URL.
impl<E> FromStr for Id<E> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let id = Uuid::try_parse(text).map_err(|_| Invalid("not_an_id"))?;
        let canonical = id.get_version() == Some(Version::SortRand)
            && id.get_variant() == Variant::RFC4122
            && id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
        canonical
            .then_some(Self::of(id))
            .ok_or(Invalid("not_an_id"))
    }
}

impl<E> Column for Id<E> {
    type Stored = Uuid;

    fn stored(&self) -> Uuid {
        self.0
    }

    fn restored(stored: Uuid) -> Result<Self, Invalid> {
        Ok(Self::of(stored))
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Id<E> {}

impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<E> Eq for Id<E> {}

impl<E> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<E> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<E> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<E> PartialSchema for Id<E> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .pattern(Some(
                "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
            ))
            .max_length(Some(36))
            .into()
    }
}

/// One schema for the ids of all kinds.
impl<E> ToSchema for Id<E> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: OffsetDateTime =
        OffsetDateTime::UNIX_EPOCH.saturating_add(time::Duration::days(20_000));

    #[test]
    fn ids_sort_as_they_were_made_within_a_millisecond_and_behind_a_clock_that_is_set_back() {
        let times = [0, 0, 0, 5, -3_600, -3_600, 6].map(time::Duration::seconds);
        let ids = times.map(|after| Id::<()>::at(DAY + after).uuid());
        assert!(ids.is_sorted(), "{ids:?}");
    }

    #[test]
    fn ids_sort_after_the_newest_one_that_another_process_made() {
        let newest = Timestamp::from_unix(uuid::NoContext, 3_000_000_000, 999_999_999);
        let newest = Uuid::new_v7(newest);
        follow(newest);
        assert!(Id::<()>::at(DAY).uuid() > newest);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = Id::<()>::at(DAY);
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        for other in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            format!(" {text}"),
            Uuid::nil().to_string(),
        ] {
            let parsed = other.parse::<Id<()>>();
            assert_eq!(parsed, Err(Invalid("not_an_id")), "{other}");
        }
    }
}
