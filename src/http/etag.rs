//! Entity tags and `If-Match`: two people who edit the same resource must not undo each other
//! unseen (lost update; RFC 9110 §13.1.1, RFC 6585 §3; CONTROLS CC-01).

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use utoipa::openapi::{ObjectBuilder, Schema, Type, path::ParameterIn};

use super::{
    describe::{Description, Input},
    problem::Problem,
};

#[cfg(test)]
mod tests;

/// Longest `If-Match` that is looked at, in tags.
const MAX_TAGS: usize = 16;

/// A strong entity tag: the version of a resource, in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntityTag(pub i64);

impl EntityTag {
    pub(super) fn schema() -> Schema {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^\"[0-9]{1,19}\"$"))
            .max_length(Some(21))
            .into()
    }
}

impl fmt::Display for EntityTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// The versions that the client's change is meant for.
#[derive(Debug)]
pub struct IfMatch(Vec<String>);

impl IfMatch {
    /// Strong comparison (RFC 9110 §8.8.3.2): a weak tag never matches.
    #[must_use]
    pub fn matches(&self, current: EntityTag) -> bool {
        let current = current.to_string();
        self.0.contains(&current)
    }

    /// Reads the one `If-Match` field of a request.
    ///
    /// # Errors
    /// 428 when there is none, or only `*`, which would change a version nobody has read; 400 when it
    /// is repeated or not a list of entity tags.
    fn parse(request: &HttpRequest) -> Result<Self, Problem> {
        let mut values = request.headers().get_all(header::IF_MATCH);
        let value = values.next().ok_or(Problem::PreconditionRequired)?;
        let malformed = || Problem::malformed("", "if_match");
        if values.next().is_some() {
            return Err(malformed());
        }
        let value = value.to_str().map_err(|_| malformed())?.trim();
        if value == "*" {
            return Err(Problem::PreconditionRequired);
        }
        let tags: Vec<String> = value.split(',').map(|tag| tag.trim().to_owned()).collect();
        let well_formed = tags.len() <= MAX_TAGS && tags.iter().all(|tag| is_entity_tag(tag));
        well_formed.then_some(Self(tags)).ok_or_else(malformed)
    }
}

/// `[ "W/" ] DQUOTE *etagc DQUOTE`, without commas in it: no tag of ours has one.
fn is_entity_tag(tag: &str) -> bool {
    let opaque = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = opaque
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.is_some_and(|inner| inner.bytes().all(|b| b.is_ascii_graphic() && b != b'"'))
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request))
    }
}

impl Input for IfMatch {
    fn describe(description: &mut Description) {
        let text = "The entity tag of the version that the change is meant for.";
        let schema = EntityTag::schema();
        description.parameter("If-Match", ParameterIn::Header, true, text, schema);
        // What has versions has states, and may be in the wrong one.
        description.problems([400, 409, 412, 428]);
    }
}
