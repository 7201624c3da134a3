//! JSON request bodies: one way in, in four steps that each refuse.
//!
//! Read within a size and a time limit, scan strictly, parse into a type that denies unknown members
//! (mass assignment, API3:2023), check its rules. What is reported is a pointer and a code; the
//! parser's words stay here.

use std::borrow::Cow;

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use crate::{
    http::{
        context::{limits::RequestLimits, shared},
        contract::{
            describe::{Description, Input},
            media_type::MediaType,
        },
        listener::gate::ConnectionState,
        problem::{Problem, Violation},
    },
    json::{self, violation::pointer},
};

/// A body of `application/json`. `T` must be `deny_unknown_fields`.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A body of `application/merge-patch+json` (RFC 7396). `T` must be `deny_unknown_fields`.
#[derive(Debug)]
pub struct MergePatch<T>(pub T);

macro_rules! body {
    ($name:ident, $media_type:expr, $parse:expr) => {
        impl<T: DeserializeOwned + Validate + 'static> FromRequest for $name<T> {
            type Error = Problem;
            type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let body = read(request, payload.take());
                Box::pin(async move { $parse(&body.await?).map(Self) })
            }
        }

        impl<T: DeserializeOwned + Validate + ToSchema + 'static> Input for $name<T> {
            const CONSUMES: Option<MediaType> = Some($media_type);

            fn describe(description: &mut Description) {
                description.body::<T>($media_type);
            }
        }
    };
}
body!(Json, MediaType::Json, parse);
body!(MergePatch, MediaType::MergePatch, parse_patch);

/// The whole body, if it keeps the limits. A declared excess is refused before a byte is read.
fn read(
    request: &HttpRequest,
    mut payload: Payload,
) -> impl Future<Output = Result<web::BytesMut, Problem>> + use<> {
    let limits = shared::<RequestLimits>(request).map(|limits| *limits.as_ref());
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let connection = ConnectionState::of(request);
    async move {
        let limits = limits?;
        if declared.is_some_and(|length| length > limits.body_bytes) {
            return Err(Problem::ContentTooLarge);
        }
        if let Some(connection) = connection {
            connection.invite();
        }
        let all = async {
            let mut body = web::BytesMut::with_capacity(declared.unwrap_or(0));
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| Problem::malformed("", "incomplete"))?;
                if body.len() + chunk.len() > limits.body_bytes {
                    return Err(Problem::ContentTooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body)
        };
        tokio::time::timeout(limits.body_time, all)
            .await
            .unwrap_or(Err(Problem::RequestTimeout))
    }
}

/// Parses a JSON text into a valid `T`.
///
/// # Errors
/// 400 when it is not strict JSON of `T`'s shape; 422 when it breaks a rule.
pub fn parse<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, Problem> {
    json::check(body).map_err(|violation| Problem::Malformed(vec![violation]))?;
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed: T = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| refused(error.path(), &error.inner().to_string()))?;
    validate(&parsed)?;
    Ok(parsed)
}

/// Parses a merge patch. A patch of nothing is refused: it would make a new version without asking for
/// any permission.
fn parse_patch<T: DeserializeOwned + Validate>(body: &[u8]) -> Result<T, Problem> {
    let patch = parse(body)?;
    let mut marks = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    if marks.nth(1) == Some(&b'}') {
        return Err(Problem::unprocessable("", "empty"));
    }
    Ok(patch)
}

/// `T`'s rules, as a problem that names members and codes only (the library's errors carry values).
///
/// # Errors
/// 422 with every broken rule.
pub fn validate(value: &impl Validate) -> Result<(), Problem> {
    value.validate().map_err(|errors| {
        let mut found = Vec::new();
        collect(&errors, &mut Vec::new(), &mut found);
        found.sort_by(|a, b| a.pointer.cmp(&b.pointer));
        Problem::Unprocessable(found)
    })
}

fn collect(errors: &ValidationErrors, path: &mut Vec<String>, found: &mut Vec<Violation>) {
    for (member, kind) in errors.errors() {
        // A rule about the whole object is reported at the object.
        let nested = member != "__all__";
        if nested {
            path.push(member.to_string());
        }
        match kind {
            ValidationErrorsKind::Field(broken) => {
                let parts: Vec<&str> = path.iter().map(String::as_str).collect();
                let at = pointer(&parts);
                found.extend(broken.iter().map(|error| Violation::new(&at, known(error))));
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, path, found),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    path.push(index.to_string());
                    collect(inner, path, found);
                    path.pop();
                }
            }
        }
        if nested {
            path.pop();
        }
    }
}

/// Rule codes are constants; one made at run time would be a hole for values, and is not shown.
fn known(error: &ValidationError) -> &'static str {
    match error.code {
        Cow::Borrowed(code) => code,
        Cow::Owned(_) => "invalid",
    }
}

/// What typed parsing refused, as a pointer and a code. serde tells kinds of errors apart by their
/// first words only; those words are part of its tests, and of ours.
pub(crate) fn refused(path: &serde_path_to_error::Path, error: &str) -> Problem {
    use serde_path_to_error::Segment;
    const CODES: [(&str, &str); 4] = [
        ("unknown field", "unknown_member"),
        ("missing field", "missing_member"),
        ("duplicate field", "duplicate_member"),
        ("unknown variant", "unknown_value"),
    ];
    let code = CODES
        .iter()
        .find(|(words, _)| error.starts_with(words))
        .map_or("wrong_type", |(_, code)| code);
    let mut parts: Vec<String> = path
        .iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(key.clone()),
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect();
    if code == "missing_member" {
        // The path ends at the object; the name of what it lacks is ours, between backquotes.
        parts.extend(error.split('`').nth(1).map(str::to_owned));
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Problem::malformed(pointer(&parts), code)
}
