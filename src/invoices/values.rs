//! The values an invoice is made of. Each is parsed once, on the way in, and says in its schema what
//! it accepts, from the same constants.

use std::borrow::Cow;

use time::{Date, format_description::BorrowedFormatItem, macros::format_description};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use validator::ValidateEmail;

use platform::parse::{
    Invalid, Parse, multi_line, multi_line_pattern, single_line, single_line_pattern,
};

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
    ($(#[$doc:meta])* $name:ident, $max:literal, $rule:expr, $pattern:expr, $example:literal) => {
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

            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }

            /// The text as it is kept.
            fn kept(raw: &str) -> Result<Cow<'_, str>, Invalid> {
                let rule: fn(&str, usize) -> Result<Cow<'_, str>, Invalid> = $rule;
                rule(raw, Self::MAX)
            }
        }

        impl Parse<str> for $name {
            fn parse(raw: &str) -> Result<Self, Invalid> {
                Self::kept(raw).map(|kept| Self(kept.into_owned()))
            }
        }

        /// [`Parse::parse`] without a copy.
        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(raw: String) -> Result<Self, Invalid> {
                let kept = match Self::kept(&raw)? {
                    Cow::Owned(kept) => Some(kept),
                    Cow::Borrowed(_) => None,
                };
                Ok(Self(kept.unwrap_or(raw)))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some($pattern))
                    .min_length(Some(1))
                    .max_length(Some(Self::MAX))
                    .examples([$example])
                    .into()
            }
        }

        impl ToSchema for $name {}
    };
}

text! {
    /// Who is to pay: one line of 1 to 200 characters.
    CustomerName, 200, single_line, single_line_pattern(), "Ada Lovelace"
}
text! {
    /// Where the invoice goes: an address as HTML forms accept it, of at most 254 characters.
    CustomerEmail, 254, email_address, EMAIL_ADDRESS, "ada@example.com"
}
text! {
    /// A note of 1 to 1000 characters; tabs and line ends are fine, and CR LF is kept as LF.
    Memo, 1000, multi_line, multi_line_pattern(), "Thank you."
}

/// The rule below, for the schema. It has no `format: email`: that is RFC 5321, which permits more
/// in one place and less in another.
const EMAIL_ADDRESS: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}\
    @[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

fn email_address(raw: &str, max: usize) -> Result<Cow<'_, str>, Invalid> {
    let kept = single_line(raw, max)?;
    // The library accepts anything that ends like an IP literal: `a@b, Bcc: x[1.2.3.4]`.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let domain = raw.rsplit_once('@').map_or("", |(_, domain)| domain);
    let valid = raw.validate_email() && domain.bytes().all(plain);
    valid.then_some(kept).ok_or(Invalid("not_an_email_address"))
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        let letters = || 'A'..='Z';
        let two = letters().flat_map(|a| letters().map(move |b| (a, b)));
        let three = two.flat_map(|(a, b)| letters().map(move |c| String::from_iter([a, b, c])));
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(three.filter(|code| Self::parse(code).is_ok())))
            .examples(["EUR"])
            .into()
    }
}

impl ToSchema for Currency {}

impl PartialSchema for DueOn {
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

impl ToSchema for DueOn {}

impl PartialSchema for AmountMinor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(*Self::RANGE.start()))
            .maximum(Some(*Self::RANGE.end()))
            .examples([1999])
            .into()
    }
}

impl ToSchema for AmountMinor {}
