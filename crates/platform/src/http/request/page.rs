//! Cursor pagination: a page costs the same wherever it is, because a cursor is a place in an index,
//! not a number of rows to skip (an offset of a million is a denial of service; API4:2023).

use std::str::FromStr;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};
use uuid::Uuid;

/// Rows on a page when the client names no limit.
pub const DEFAULT_LIMIT: u32 = 20;
/// Most rows on a page.
pub const MAX_LIMIT: u32 = 100;

/// A number in a query, in one spelling: the library would read `+5` and `007` too.
///
/// # Errors
/// For anything but decimal digits without a leading zero.
pub fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    let number = text.parse::<u32>().ok();
    let number = number.filter(|number| number.to_string() == *text);
    number
        .map(Some)
        .ok_or_else(|| de::Error::custom("not a number"))
}

/// Where a page begins: after the row with this id. It grants nothing: who may see which row is
/// decided anew for each page, so a client may forge it as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl Cursor {
    /// The text that a client sends back.
    #[must_use]
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| "not a cursor")?;
        Uuid::from_slice(&bytes)
            .map(Self)
            .map_err(|_| "not a cursor")
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl PartialSchema for Cursor {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            // Sixteen bytes: the last character has two bits to say.
            .pattern(Some("^[A-Za-z0-9_-]{21}[AQgw]$"))
            .max_length(Some(22))
            .description(Some("Where a page begins; opaque."))
            .into()
    }
}

impl ToSchema for Cursor {}
