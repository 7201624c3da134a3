//! Value types of a slice: text, integers, states and days. A value that exists keeps its rules, and its
//! schema says what it accepts from the same constants.
//!
//! The three macros write the types out, so that a slice has one line for each value.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::{
    Date, OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description,
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use super::State;
use crate::{
    db::Column,
    parse::{Invalid, Parse},
};

#[cfg(test)]
mod tests;

/// Text that keeps a rule of [`crate::parse`]. `text! { /// Docs. Name, 200, SINGLE_LINE, "example" }`:
/// the rule bounds the length in characters.
#[macro_export]
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $max:literal, $rule:expr, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, ::serde::Serialize)]
        pub struct $name(String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::parse::Parse for $name {
            type Raw = String;

            fn parse(raw: String) -> Result<Self, $crate::parse::Invalid> {
                let rule: $crate::parse::TextRule = $rule;
                rule.keep(raw, $max).map(Self)
            }
        }

        impl $crate::db::Column for $name {
            type Stored = String;

            fn stored(&self) -> String {
                self.0.clone()
            }

            fn restored(stored: String) -> Result<Self, $crate::parse::Invalid> {
                $crate::parse::Parse::parse(stored)
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                let rule: $crate::parse::TextRule = $rule;
                ::utoipa::openapi::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::Type::String)
                    .pattern(Some(rule.pattern()))
                    .min_length(Some(1))
                    .max_length(Some($max))
                    .examples([$example])
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {}
    };
}

/// An integer in a range. `integer! { /// Docs. Name, 1..=1000, 3 }`: range and example.
#[macro_export]
macro_rules! integer {
    ($(#[$doc:meta])* $name:ident, $range:expr, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ::serde::Serialize)]
        pub struct $name(i64);

        impl $name {
            const RANGE: std::ops::RangeInclusive<i64> = $range;

            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl $crate::parse::Parse for $name {
            type Raw = i64;

            fn parse(raw: i64) -> Result<Self, $crate::parse::Invalid> {
                let fits = Self::RANGE.contains(&raw);
                fits.then_some(Self(raw)).ok_or($crate::parse::Invalid("out_of_range"))
            }
        }

        impl $crate::db::Column for $name {
            type Stored = i64;

            fn stored(&self) -> i64 {
                self.0
            }

            fn restored(stored: i64) -> Result<Self, $crate::parse::Invalid> {
                $crate::parse::Parse::parse(stored)
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                use ::utoipa::openapi::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
                ObjectBuilder::new()
                    .schema_type(Type::Integer)
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
                    .minimum(Some(*Self::RANGE.start()))
                    .maximum(Some(*Self::RANGE.end()))
                    .examples([$example])
                    .into()
            }
        }

        impl ::utoipa::ToSchema for $name {}
    };
}

/// The states of a row, and the arrows between them; without arrows, a closed list of names:
/// `states! { /// Docs. Status as OrderStatus { Open = "open", Sent = "sent" } Open => Sent; }`.
#[macro_export]
macro_rules! states {
    (
        $(#[$doc:meta])* $name:ident as $schema:ident { $($state:ident = $text:literal),+ $(,)? }
        $($from:ident => $($to:ident)|+;)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($state),+ }

        impl $crate::slice::State for $name {
            const ALL: &'static [Self] = &[$(Self::$state),+];

            fn name(self) -> &'static str {
                match self { $(Self::$state => $text),+ }
            }

            fn may_become(self, next: Self) -> bool {
                match (self, next) {
                    $((Self::$from, $(Self::$to)|+) => true,)*
                    _ => false,
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str($crate::slice::State::name(*self))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::slice::named(from)
            }
        }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $crate::slice::schema_of_states::<Self>()
            }
        }

        impl ::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                stringify!($schema).into()
            }
        }
    };
}

/// A state from its name only: what serde derives for an enum also reads `{"void":null}`.
///
/// # Errors
/// For another name.
pub fn named<'de, S: State, D: Deserializer<'de>>(from: D) -> Result<S, D::Error> {
    let name = Cow::<'de, str>::deserialize(from)?;
    let mut all = S::ALL.iter().copied();
    all.find(|state| state.name() == name)
        .ok_or_else(|| D::Error::unknown_variant(&name, &[]))
}

/// A name that is no state is refused with the shape of the body, so nothing is left to check.
impl<S: State> Parse for S {
    type Raw = Self;

    fn parse(raw: Self) -> Result<Self, Invalid> {
        Ok(raw)
    }
}

impl<S: State> Column for S {
    type Stored = String;

    fn stored(&self) -> String {
        self.name().to_owned()
    }

    fn restored(stored: String) -> Result<Self, Invalid> {
        let mut all = S::ALL.iter().copied();
        let state = all.find(|state| state.name() == stored);
        state.ok_or(Invalid("unknown_value"))
    }
}

/// The names of all states.
#[must_use]
pub fn schema_of_states<S: State>() -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(S::ALL.iter().map(|state| state.name())))
        .into()
}

/// A day in the years 2000 to 2199 (RFC 3339 full-date).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDate(Date);

const FULL_DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

impl CalendarDate {
    #[must_use]
    pub const fn get(self) -> Date {
        self.0
    }
}

impl Parse for CalendarDate {
    type Raw = String;

    fn parse(raw: String) -> Result<Self, Invalid> {
        // A full-date is ten characters; the library would also read a signed year.
        let date = Some(raw).filter(|raw| raw.len() == 10);
        let date = date.and_then(|raw| Date::parse(&raw, FULL_DATE).ok());
        Self::restored(date.ok_or(Invalid("not_a_date"))?)
    }
}

impl Column for CalendarDate {
    type Stored = Date;

    fn stored(&self) -> Date {
        self.0
    }

    fn restored(date: Date) -> Result<Self, Invalid> {
        let in_range = (2000..=2199).contains(&date.year());
        in_range
            .then_some(Self(date))
            .ok_or(Invalid("out_of_range"))
    }
}

impl Serialize for CalendarDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for CalendarDate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .pattern(Some("^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"))
            .max_length(Some(10))
            .examples(["2030-01-31"])
            .into()
    }
}

impl ToSchema for CalendarDate {}

/// A point in time in an answer (RFC 3339).
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(max_length = 35)]
pub struct Timestamp(#[serde(with = "time::serde::rfc3339")] pub OffsetDateTime);

/// The subject of a token in an answer: the owner of a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
pub struct SubjectName(pub String);
