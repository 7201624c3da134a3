//! What an invoice is, and what may happen to it.
//!
//! Values are parsed on the way in and cannot be wrong afterwards; states move only along the arrows
//! of [`Status::may_become`], so skipping approval is not a request one can make (ASVS 2.3.1).

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use time::OffsetDateTime;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::{Uuid, Variant, Version};

use super::values::{CustomerEmail, CustomerName, DueOn, Memo, Money};
use platform::{auth::Identity, parse::Invalid};

/// An invoice as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    pub id: InvoiceId,
    pub owner: Identity,
    pub content: Content,
    pub status: Status,
    /// Counts the changes, from 1.
    pub version: i64,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// The part that its owner writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub customer_name: CustomerName,
    pub customer_email: CustomerEmail,
    pub money: Money,
    pub due_on: DueOn,
    pub memo: Option<Memo>,
}

impl Invoice {
    /// A new draft.
    #[must_use]
    pub fn draft(owner: Identity, content: Content, now: OffsetDateTime) -> Self {
        Self {
            id: InvoiceId::at(now),
            owner,
            content,
            status: Status::Draft,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The next version, as a change at `now` leaves it.
    #[must_use]
    pub fn changed(self, content: Content, status: Status, now: OffsetDateTime) -> Self {
        Self {
            content,
            status,
            version: self.version + 1,
            updated_at: now,
            ..self
        }
    }
}

/// UUIDv7: ids sort by the time they were made, which is what pages are cut by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InvoiceId(pub Uuid);

impl InvoiceId {
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
        let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.nanosecond());
        Self(Uuid::new_v7(time))
    }
}

/// Only the canonical spelling is a name: one resource, one URL.
impl FromStr for InvoiceId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let id = Uuid::try_parse(text).map_err(|_| Invalid("not_an_id"))?;
        let canonical = id.get_version() == Some(Version::SortRand)
            && id.get_variant() == Variant::RFC4122
            && id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text;
        canonical.then_some(Self(id)).ok_or(Invalid("not_an_id"))
    }
}

impl fmt::Display for InvoiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an invoice is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = InvoiceStatus)]
pub enum Status {
    Draft,
    Issued,
    Paid,
    Void,
}

impl Status {
    pub const ALL: [Self; 4] = [Self::Draft, Self::Issued, Self::Paid, Self::Void];

    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft, Self::Issued | Self::Void) | (Self::Issued, Self::Paid | Self::Void)
        )
    }

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Issued => "issued",
            Self::Paid => "paid",
            Self::Void => "void",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// From its name only: what serde derives for an enum also reads `{"void":null}`.
impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::unknown_variant(&name, &[]))
    }
}

impl PartialSchema for InvoiceId {
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

impl ToSchema for InvoiceId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_moves_along_the_arrows_only() {
        let moves: Vec<String> = Status::ALL
            .into_iter()
            .flat_map(|from| Status::ALL.into_iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.may_become(*to))
            .map(|(from, to)| format!("{} -> {}", from.name(), to.name()))
            .collect();
        assert_eq!(
            moves,
            [
                "draft -> issued",
                "draft -> void",
                "issued -> paid",
                "issued -> void"
            ]
        );
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = InvoiceId::at(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
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
            assert_eq!(
                other.parse::<InvoiceId>(),
                Err(Invalid("not_an_id")),
                "{other}"
            );
        }
    }
}
