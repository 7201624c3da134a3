//! The query string, read as strictly as a body.
//!
//! A parameter that is silently ignored, or read twice differently by two layers, is how filters
//! are bypassed (HTTP parameter pollution), so unknown and repeated ones are refused.
//!
//! Controls: IN-07

use std::{
    borrow::Cow,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, openapi::path::ParameterIn};
use validator::Validate;

use super::json;
use crate::{
    http::{
        contract::describe::{Description, Input},
        problem::Problem,
    },
    json::violation::pointer,
};

#[cfg(test)]
mod tests;

/// How many `name=value` pairs a query may have, empty ones counted. Names are compared with all before
/// them, and an operation has a handful of parameters.
pub const MAX_PAIRS: usize = 32;

/// The query parameters, parsed and valid. `T` must be `deny_unknown_fields`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Validate> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

impl<T: DeserializeOwned + Validate + IntoParams> Input for Query<T> {
    const READS_QUERY: bool = true;

    fn describe(description: &mut Description) {
        let parameters = T::into_params(|| Some(ParameterIn::Query));
        description.parameters.extend(parameters);
        description.problems([400, 422]);
    }
}

/// Reads `name=value` pairs.
///
/// # Errors
/// 400 for broken percent-encoding, for more than [`MAX_PAIRS`], for an unknown or repeated parameter
/// and for a value of another type; 422 for a value that breaks a rule.
pub fn parse<T: DeserializeOwned + Validate>(raw: &str) -> Result<T, Problem> {
    if memchr::memchr_iter(b'&', raw.as_bytes()).count() >= MAX_PAIRS {
        return Err(Problem::malformed("", "too_many_members"));
    }
    let mut names: Vec<Cow<'_, str>> = Vec::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        decode(value)?;
        if names.contains(&name) {
            return Err(Problem::malformed(pointer(&[&name]), "repeated"));
        }
        names.push(name);
    }
    let deserializer = serde_urlencoded::Deserializer::new(form_urlencoded::parse(raw.as_bytes()));
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(deserializer, &mut track);
    let query = T::deserialize(tracked)
        .map_err(|error| json::refused(&track.path(), &error.to_string()))?;
    json::validate(&query)?;
    Ok(query)
}

/// Percent-decoding that refuses what is not percent-encoding, instead of keeping or replacing it.
fn decode(text: &str) -> Result<Cow<'_, str>, Problem> {
    let bytes = text.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        let hex = |offset: usize| bytes.get(at + offset).is_some_and(u8::is_ascii_hexdigit);
        *byte == b'%' && !(hex(1) && hex(2))
    });
    let decoded = percent_decode_str(text).decode_utf8();
    match decoded {
        Ok(decoded) if !broken => Ok(decoded),
        _ => Err(Problem::malformed("", "percent_encoding")),
    }
}
