//! Entity tags, `If-Match` and, beside it, `If-None-Match`: two people who edit the same resource must not undo
//! each other unseen (lost update; RFC 9110 §13.1.1, RFC 6585 §3).
//!
//! Controls: CC-01

use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header};
use utoipa::openapi::{ObjectBuilder, Schema, Type, path::ParameterIn};

use crate::http::{
    contract::describe::{Description, Input},
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
    pub(crate) fn schema() -> Schema {
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

/// The versions that the client's change is meant for: strong tags, as they came.
#[derive(Debug)]
pub struct IfMatch {
    named: Vec<Vec<u8>>,
    /// Those of `If-None-Match` without their `W/`, or `*`.
    excluded: Vec<Vec<u8>>,
}

impl IfMatch {
    /// Whether both preconditions hold (RFC 9110 §13.2.2). `If-Match` compares strongly, so that a weak tag never
    /// matches; `If-None-Match` weakly (§8.8.3.2), and `*` there excludes whatever there is.
    #[must_use]
    pub fn matches(&self, current: EntityTag) -> bool {
        let current = current.to_string();
        let is_current = |tag: &Vec<u8>| tag == current.as_bytes();
        let excluded = |tag: &Vec<u8>| tag == b"*" || is_current(tag);
        self.named.iter().any(is_current) && !self.excluded.iter().any(excluded)
    }

    /// Reads the one `If-Match` field of a request, and its `If-None-Match`.
    ///
    /// # Errors
    /// 428 when there is no `If-Match`, or only `*`, which would change a version nobody has read; 400 when it
    /// is repeated or not a list of entity tags, or the other is not one.
    fn parse(request: &HttpRequest) -> Result<Self, Problem> {
        let mut values = request.headers().get_all(header::IF_MATCH);
        let value = values.next().ok_or(Problem::PreconditionRequired)?;
        let malformed = || Problem::malformed("", "if_match");
        if values.next().is_some() {
            return Err(malformed());
        }
        let value = value.as_bytes();
        if value.trim_ascii() == b"*" {
            return Err(Problem::PreconditionRequired);
        }
        let tags = entity_tags(value).ok_or_else(malformed)?;
        let strong = tags.into_iter().filter(|tag| tag.starts_with(b"\""));
        Ok(Self {
            named: strong.map(<[u8]>::to_vec).collect(),
            excluded: Self::excluded(request)
                .ok_or_else(|| Problem::malformed("", "if_none_match"))?,
        })
    }

    fn excluded(request: &HttpRequest) -> Option<Vec<Vec<u8>>> {
        let mut excluded = Vec::new();
        for value in request.headers().get_all(header::IF_NONE_MATCH) {
            let tags = match value.as_bytes().trim_ascii() {
                b"*" => vec![&b"*"[..]],
                list => entity_tags(list)?,
            };
            let opaque = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
            excluded.extend(tags.into_iter().map(opaque));
        }
        Some(excluded)
    }
}

/// The tags of a list, in which elements may be empty (RFC 9110 §5.6.1.2). There is at least one tag,
/// and there are not too many.
fn entity_tags(value: &[u8]) -> Option<Vec<&[u8]>> {
    let mut tags = Vec::new();
    let mut rest = value.trim_ascii();
    while let Some(first) = rest.first() {
        if *first != b',' {
            let (tag, after) = rest.split_at_checked(entity_tag(rest)?)?;
            tags.push(tag);
            rest = after.trim_ascii_start();
        }
        // What follows a tag is a comma, or nothing.
        rest = match rest.split_first() {
            Some((b',', after)) if tags.len() <= MAX_TAGS => after.trim_ascii_start(),
            None => rest,
            Some(_) => return None,
        };
    }
    (1..=MAX_TAGS).contains(&tags.len()).then_some(tags)
}

/// The length of the entity tag at the beginning of `bytes`: `[ "W/" ] DQUOTE *etagc DQUOTE`. A comma
/// and `obs-text` are tag characters, a backslash escapes nothing (RFC 9110 §8.8.3).
fn entity_tag(bytes: &[u8]) -> Option<usize> {
    let opaque = bytes.strip_prefix(b"W/").unwrap_or(bytes);
    let inner = opaque.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', inner)?;
    let etagc = |byte: &u8| *byte > b' ' && *byte != 0x7F;
    let ahead = bytes.len() - inner.len();
    inner
        .get(..end)?
        .iter()
        .all(etagc)
        .then_some(ahead + end + 1)
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
