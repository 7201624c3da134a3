//! `Idempotency-Key`: a client that lost the answer may ask again without doing it twice
//! (draft-ietf-httpapi-idempotency-key-header; CONTROLS CC-03).

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::HeaderName};
use utoipa::openapi::{ObjectBuilder, Schema, Type, path::ParameterIn};

use super::{
    describe::{Description, Input},
    problem::Problem,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key in characters.
const MAX_LENGTH: usize = 128;

/// The client's name for this attempt, if it gave one: 1 to 128 visible ASCII characters.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    fn parse(request: &HttpRequest) -> Result<Self, Problem> {
        let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let key = value.to_str().unwrap_or_default();
        let well_formed = values.next().is_none()
            && (1..=MAX_LENGTH).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_graphic());
        well_formed
            .then(|| Self(Some(key.to_owned())))
            .ok_or_else(|| Problem::malformed("", "idempotency_key"))
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
            .pattern(Some("^[!-~]+$"))
            .min_length(Some(1))
            .max_length(Some(MAX_LENGTH));
        let schema = Schema::from(schema);
        description.parameter("Idempotency-Key", ParameterIn::Header, false, text, schema);
        description.problems([400, 422]);
    }
}
