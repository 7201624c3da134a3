//! Ids of rows.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::{Uuid, Variant, Version};

use crate::{db::Column, parse::Invalid};

/// The id of a row of `E`. It is a UUIDv7: ids sort by the time they were made, and pages are cut by
/// them. An id of one kind is not an id of another, so they cannot be mixed up.
pub struct Id<E>(Uuid, PhantomData<fn() -> E>);

impl<E> Id<E> {
    /// A new id.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.nanosecond());
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

    #[test]
    fn an_id_has_one_spelling() {
        let id = Id::<()>::at(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
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
