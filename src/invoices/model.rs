//! What an invoice is, and what may happen to it.
//!
//! Values are parsed on the way in and cannot be wrong afterwards; states move only along the arrows
//! of [`Status::may_become`], so skipping approval is not a request one can make (ASVS 2.3.1).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{
    Date, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::{Uuid, Variant, Version};
use validator::ValidateEmail;

use crate::{
    auth::Identity,
    parse::{Invalid, Parse, multi_line, single_line},
};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// An amount in the minor unit of its currency: 1999 and EUR are 19.99 euros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub amount: AmountMinor,
    pub currency: Currency,
}

/// 1 to 999 999 999 999: exact in every JSON reader (below 2^53).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AmountMinor(i64);

impl AmountMinor {
    const RANGE: std::ops::RangeInclusive<i64> = 1..=999_999_999_999;

    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl Parse<i64> for AmountMinor {
    fn parse(raw: &i64) -> Result<Self, Invalid> {
        let in_range = Self::RANGE.contains(raw);
        in_range
            .then_some(Self(*raw))
            .ok_or(Invalid("out_of_range"))
    }
}

/// An ISO 4217 alphabetic code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl Parse<str> for Currency {
    fn parse(raw: &str) -> Result<Self, Invalid> {
        let currency = iso_currency::Currency::from_code(raw);
        // The table also knows XXX ("no currency") and XTS ("for tests"); neither can be owed.
        let real = currency.filter(|_| !matches!(raw, "XXX" | "XTS"));
        real.map(Self).ok_or(Invalid("unknown_currency"))
    }
}

/// The day by which it is to be paid, in the years 2000 to 2199.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueOn(pub Date);

const FULL_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

impl Parse<str> for DueOn {
    fn parse(raw: &str) -> Result<Self, Invalid> {
        // RFC 3339 full-date is ten characters; the library would also read a signed year.
        let date = Some(raw).filter(|raw| raw.len() == 10);
        let date = date.and_then(|raw| Date::parse(raw, FULL_DATE).ok());
        let date = date.ok_or(Invalid("not_a_date"))?;
        let in_range = (2000..=2199).contains(&date.year());
        in_range
            .then_some(Self(date))
            .ok_or(Invalid("out_of_range"))
    }
}

/// Text that kept its rules when it was parsed.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $rule:expr, $format:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Longest text, in characters.
            pub const MAX: usize = $max;

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Parse<str> for $name {
            fn parse(raw: &str) -> Result<Self, Invalid> {
                let rule: fn(&str, usize) -> Result<(), Invalid> = $rule;
                rule(raw, Self::MAX).map(|()| Self(raw.to_owned()))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .format($format)
                    .min_length(Some(1))
                    .max_length(Some(Self::MAX))
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

text! {
    /// Who is to pay: one line of 1 to 200 characters.
    CustomerName, 200, single_line, None
}
text! {
    /// Where the invoice goes: an address as HTML forms accept it, of at most 254 characters.
    CustomerEmail, 254, email_address, Some(SchemaFormat::KnownFormat(KnownFormat::Email))
}
text! {
    /// A note of 1 to 1000 characters; lines and tabs are fine.
    Memo, 1000, multi_line, None
}

fn email_address(raw: &str, max: usize) -> Result<(), Invalid> {
    single_line(raw, max)?;
    let valid = raw.validate_email();
    valid.then_some(()).ok_or(Invalid("not_an_email_address"))
}

impl PartialSchema for InvoiceId {
    fn schema() -> RefOr<Schema> {
        string(Some(KnownFormat::Uuid), 36, None)
    }
}

impl ToSchema for InvoiceId {}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        string(None, 3, Some("^[A-Z]{3}$"))
    }
}

impl ToSchema for Currency {}

impl PartialSchema for DueOn {
    fn schema() -> RefOr<Schema> {
        string(
            Some(KnownFormat::Date),
            10,
            Some("^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"),
        )
    }
}

impl ToSchema for DueOn {}

impl PartialSchema for AmountMinor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(*Self::RANGE.start()))
            .maximum(Some(*Self::RANGE.end()))
            .into()
    }
}

impl ToSchema for AmountMinor {}

fn string(format: Option<KnownFormat>, max: usize, pattern: Option<&str>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(format.map(SchemaFormat::KnownFormat))
        .max_length(Some(max))
        .pattern(pattern)
        .into()
}

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
