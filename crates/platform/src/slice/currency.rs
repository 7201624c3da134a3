//! Currencies.

use std::sync::LazyLock;

use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use crate::{
    db::Column,
    parse::{Invalid, Parse},
};

/// An ISO 4217 alphabetic code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    fn from_code(code: &str) -> Option<Self> {
        let currency = iso_currency::Currency::from_code(code);
        // The table also knows XXX ("no currency") and XTS ("for tests"); neither can be owed.
        let real = currency.filter(|_| !matches!(code, "XXX" | "XTS"));
        real.map(Self)
    }
}

impl Parse for Currency {
    type Raw = String;

    fn parse(code: String) -> Result<Self, Invalid> {
        Self::from_code(&code).ok_or(Invalid("unknown_currency"))
    }
}

impl Column for Currency {
    type Stored = String;

    fn stored(&self) -> String {
        self.0.code().to_owned()
    }

    fn restored(code: String) -> Result<Self, Invalid> {
        Self::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        static CODES: LazyLock<Vec<String>> = LazyLock::new(codes);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(CODES.iter().cloned()))
            .examples(["EUR"])
            .into()
    }
}

impl ToSchema for Currency {}

/// Every code, in the order of the alphabet.
fn codes() -> Vec<String> {
    let letters = || 'A'..='Z';
    let two = letters().flat_map(|a| letters().map(move |b| (a, b)));
    let three = two.flat_map(|(a, b)| letters().map(move |c| String::from_iter([a, b, c])));
    three
        .filter(|code| Currency::from_code(code).is_some())
        .collect()
}
