//! Which representations go in and out: `Content-Type`, `Content-Encoding`, `Accept`.
//!
//! A body read as another type than it says is how parsers are confused and how a cross-site form
//! becomes an API call, so the type must match exactly; compressed bodies are refused because they
//! decompress without bound (CONTROLS CT-02…04).

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};

use super::problem::Problem;

/// A media type of request bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    Json,
    MergePatch,
}

impl MediaType {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::MergePatch => "application/merge-patch+json",
        }
    }

    /// The header fields that tell a client what would have been accepted.
    const fn accepted(self) -> &'static [(&'static str, &'static str)] {
        const JSON: &str = MediaType::Json.name();
        const MERGE_PATCH: &str = MediaType::MergePatch.name();
        match self {
            Self::Json => &[("accept", JSON), ("accept-post", JSON)],
            Self::MergePatch => &[("accept", MERGE_PATCH), ("accept-patch", MERGE_PATCH)],
        }
    }
}

const NO_CODING: &[(&str, &str)] = &[("accept-encoding", "identity")];

/// Checks the request's headers before any of its body is read.
///
/// # Errors
/// 406 when the client does not accept `produces`; 415 when the body is not `consumes`, or is encoded.
pub fn check(
    request: &HttpRequest,
    produces: &str,
    consumes: Option<MediaType>,
) -> Result<(), Problem> {
    let headers = request.headers();
    if !accepts(headers, produces) {
        return Err(Problem::NotAcceptable);
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Problem::UnsupportedMediaType(NO_CODING));
    }
    if let Some(media_type) = consumes
        && !is(headers, media_type)
    {
        return Err(Problem::UnsupportedMediaType(media_type.accepted()));
    }
    Ok(())
}

/// Whether there is one `Content-Type`, it is `media_type`, and its only parameter is UTF-8.
fn is(headers: &HeaderMap, media_type: MediaType) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    let named = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case(media_type.name()));
    let utf8 = |parameter: &str| {
        parameter.eq_ignore_ascii_case("charset=utf-8")
            || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
    };
    named && parts.next().is_none_or(utf8) && parts.next().is_none()
}

/// Content negotiation (RFC 9110 §12.5.1): the most specific range that matches decides, and a
/// weight of zero refuses. No `Accept` at all accepts anything.
fn accepts(headers: &HeaderMap, produces: &str) -> bool {
    if !headers.contains_key(header::ACCEPT) {
        return true;
    }
    let ranges = headers
        .get_all(header::ACCEPT)
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        // Each range alone: a byte that is no text voids its own, not the line.
        .filter_map(|range| str::from_utf8(range).ok());
    ranges
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let range = parts.next()?;
            let specificity = if range.eq_ignore_ascii_case(produces) {
                3
            } else if range
                .strip_suffix("/*")
                .zip(produces.split_once('/'))
                .is_some_and(|(of, (kind, _))| of.eq_ignore_ascii_case(kind))
            {
                2
            } else if range == "*/*" {
                1
            } else {
                return None;
            };
            let weight = parts
                .filter_map(|part| part.split_once('='))
                .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
                .map_or(Some(1.0), |(_, q)| q.trim().parse::<f32>().ok())?;
            Some((specificity, weight > 0.0))
        })
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, wanted)| wanted)
}
