//! `Idempotency-Key`: a client that lost the answer may ask again without doing it twice
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! The draft has the key as a string in quotes (RFC 9651 §3.3.3); most clients send it bare. Both
//! spellings are one key: a client that changes its library must not make everything twice.
//!
//! Controls: CC-03

use std::{
    borrow::Cow,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderName};
use utoipa::openapi::{ObjectBuilder, Schema, Type, path::ParameterIn};

use crate::http::{
    contract::describe::{Description, Input},
    problem::Problem,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key in characters, without quotes and backslashes.
const MAX_LENGTH: usize = 128;
/// Bare: visible ASCII but the quote. In quotes: spaces too, and `\"` and `\\`.
const PATTERN: &str = r#"^([!#-~]{1,128}|"([ !#-\[\]-~]|\\["\\]){1,128}")$"#;

/// The client's name for this attempt, if it gave one: 1 to 128 printable ASCII characters.
#[derive(Debug)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    fn parse(request: &HttpRequest) -> Result<Self, Problem> {
        let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let once = values.next().is_none();
        let key = value.to_str().ok().filter(|_| once).and_then(key);
        let key = key.filter(|key| (1..=MAX_LENGTH).contains(&key.len()));
        key.map(|key| Self(Some(key.into_owned())))
            .ok_or_else(|| Problem::malformed("", "idempotency_key"))
    }
}

/// The key that a field value names, or nothing when it is malformed.
fn key(value: &str) -> Option<Cow<'_, str>> {
    let Some(quoted) = value.strip_prefix('"') else {
        let bare = value.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
        return bare.then_some(value.into());
    };
    let mut key = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            // Parameters behind the string are not ours to understand.
            '"' => return characters.next().is_none().then_some(key.into()),
            '\\' => key.push(characters.next().filter(|c| matches!(c, '"' | '\\'))?),
            plain @ ' '..='~' => key.push(plain),
            _ => return None,
        }
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request))
    }
}

impl Input for IdempotencyKey {
    fn describe(description: &mut Description) {
        let text = "A name for this attempt: sent again with the same body it gets the same answer, \
                    with another body a 422.";
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(PATTERN))
            .min_length(Some(1))
            // Each character with its backslash, and the quotes.
            .max_length(Some(2 * MAX_LENGTH + 2));
        let schema = Schema::from(schema);
        description.parameter("Idempotency-Key", ParameterIn::Header, false, text, schema);
        description.problems([400, 422]);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The gate refuses a repeated field too; this holds without it.
    #[test]
    fn a_repeated_field_is_refused() {
        let one = TestRequest::default().append_header((IDEMPOTENCY_KEY, "a"));
        let key = IdempotencyKey::parse(&one.to_http_request()).unwrap();
        assert_eq!(key.0.as_deref(), Some("a"));
        let two = TestRequest::default()
            .append_header((IDEMPOTENCY_KEY, "a"))
            .append_header((IDEMPOTENCY_KEY, "a"));
        assert!(IdempotencyKey::parse(&two.to_http_request()).is_err());
    }
}
