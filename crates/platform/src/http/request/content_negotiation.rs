//! Which representations go in and out: `Content-Type`, `Content-Encoding`, `Accept`.
//!
//! A body read as another type than it says is how parsers are confused and how a cross-site form
//! becomes an API call, so the type must match exactly; compressed bodies are refused because they
//! decompress without bound.
//!
//! Controls: CT-02, CT-03, CT-04

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
};

use crate::http::{contract::media_type::MediaType, problem::Problem};

const NO_CODING: &[(&str, &str)] = &[("accept-encoding", "identity")];

/// Checks the request's headers before any of its body is read.
///
/// # Errors
/// 406 when the client does not accept `produces`; 415 when there is a body that is not `consumes`, or is
/// encoded.
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
        && has_body(headers)
        && !is(headers, media_type)
    {
        return Err(Problem::UnsupportedMediaType(media_type.accepted()));
    }
    Ok(())
}

/// Whether a body follows the head (RFC 9112 §6): without one there is nothing that has a type.
fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    headers.contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// Whether there is one `Content-Type`, it is `media_type`, and its only parameter is UTF-8. A
/// parameter may be empty (RFC 9110 §5.6.6).
fn is(headers: &HeaderMap, media_type: MediaType) -> bool {
    let mut values = headers.get_all(header::CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let mut parts = parts(value.as_bytes(), b';');
    let named = parts
        .next()
        .is_some_and(|name| name.eq_ignore_ascii_case(media_type.name().as_bytes()));
    let utf8 = |parameter: &[u8]| {
        parameter.eq_ignore_ascii_case(b"charset=utf-8")
            || parameter.eq_ignore_ascii_case(b"charset=\"utf-8\"")
    };
    let mut parameters = parts.filter(|parameter| !parameter.is_empty());
    named && parameters.next().is_none_or(utf8) && parameters.next().is_none()
}

/// Content negotiation (RFC 9110 §12.5.1): the most specific range that matches decides, and a
/// weight of zero refuses. No `Accept` at all accepts anything.
fn accepts(headers: &HeaderMap, produces: &str) -> bool {
    if !headers.contains_key(header::ACCEPT) {
        return true;
    }
    let fields = headers.get_all(header::ACCEPT);
    let ranges = fields.flat_map(|value| parts(value.as_bytes(), b','));
    ranges
        .filter_map(|range| {
            let mut parts = parts(range, b';');
            let specificity = specificity(parts.next()?, produces)?;
            Some((specificity, weight(parts)? > 0.0))
        })
        .max_by_key(|(specificity, _)| *specificity)
        .is_some_and(|(_, wanted)| wanted)
}

/// The weight among a range's parameters, or 1; nothing where it is no number.
fn weight<'p>(mut parameters: impl Iterator<Item = &'p [u8]>) -> Option<f32> {
    let q = parameters.find_map(|parameter| {
        let mut sides = parameter.splitn(2, |byte| *byte == b'=');
        let name = sides.next()?.trim_ascii();
        sides.next().filter(|_| name.eq_ignore_ascii_case(b"q"))
    });
    let Some(q) = q else {
        return Some(1.0);
    };
    str::from_utf8(q).ok()?.trim().parse().ok()
}

/// How closely a media range names `produces`; nothing where it does not.
fn specificity(range: &[u8], produces: &str) -> Option<u8> {
    let kind = produces.split('/').next().unwrap_or_default();
    let of_kind = |range: &[u8]| range.eq_ignore_ascii_case(kind.as_bytes());
    if range.eq_ignore_ascii_case(produces.as_bytes()) {
        Some(3)
    } else if range.strip_suffix(b"/*").is_some_and(of_kind) {
        Some(2)
    } else {
        (range == b"*/*").then_some(1)
    }
}

/// What stands between the separators of a field value, without white space around it. Within a quoted
/// string a separator is text (RFC 9110 §5.6.4). Bytes, not text: a part that is not ASCII leaves the
/// others as they are.
fn parts(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let separates = move |byte: &u8| {
        if escaped {
            escaped = false;
        } else if *byte == b'"' {
            quoted = !quoted;
        } else {
            escaped = quoted && *byte == b'\\';
        }
        *byte == separator && !quoted
    };
    value.split(separates).map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    /// The gate refuses a repeated field too; this holds without it.
    #[test]
    fn a_repeated_content_type_is_none() {
        let request = |times: usize| {
            let json = (header::CONTENT_TYPE, "application/json");
            (0..times)
                .fold(TestRequest::default(), |request, _| {
                    request.append_header(json.clone())
                })
                .to_http_request()
        };
        for (times, accepted) in [(0, false), (1, true), (2, false)] {
            assert_eq!(is(request(times).headers(), MediaType::Json), accepted);
        }
    }
}
