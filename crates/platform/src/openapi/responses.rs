//! Problem responses and header fields, each described once and referred to.
//!
//! Which field comes with which status follows from where that status is made. A test sends a request
//! for each and compares: what is sent is declared, what is declared is sent.

use actix_web::http::StatusCode;
use utoipa::openapi::{
    Content, Header, HeaderBuilder, KnownFormat, ObjectBuilder, Ref, RefOr, Response,
    ResponseBuilder, Schema, SchemaFormat, Type,
};

use crate::http::{
    contract::access::Access,
    problem::{Problem, document::ProblemDocument},
    routing::route::Operation,
};
use utoipa::ToSchema;

/// On every response.
const REQUEST_ID: &str = "X-Request-Id";
/// What an authenticated caller is told about its quotas (draft-ietf-httpapi-ratelimit-headers).
const OF_THE_CALLER: [&str; 2] = ["RateLimit", "RateLimit-Policy"];
/// What the gate answers: nobody has been authenticated, and no quota of a caller counted.
const OF_THE_GATE: [u16; 5] = [414, 417, 421, 431, 501];

/// The component that describes this problem of this operation.
pub(super) fn problem_name(status: u16, operation: &Operation) -> String {
    if has_caller(operation) && !OF_THE_GATE.contains(&status) {
        format!("CallerProblem{status}")
    } else {
        format!("Problem{status}")
    }
}

pub(super) fn problem(status: u16, operation: &Operation) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or_default();
    let public = !has_caller(operation);
    let title = match status {
        // Without a token, only a page of another origin can be forbidden anything.
        403 if public => Problem::ForeignOrigin.document(uuid::Uuid::nil()).title,
        // One status, a type for each quota.
        429 => "A quota is used up",
        _ => Problem::Other(code).document(uuid::Uuid::nil()).title,
    };
    let content = Content::new(Some(Ref::from_schema_name(ProblemDocument::name())));
    let response = ResponseBuilder::new()
        .description(title)
        .content("application/problem+json", content);
    let own: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        403 if !public => &["WWW-Authenticate"],
        405 => &["Allow"],
        // Which type is read says an operation that reads one.
        415 if public => &["Accept-Encoding"],
        415 => &["Accept", "Accept-Encoding", "Accept-Patch", "Accept-Post"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let response = own.iter().fold(response, |response, name| {
        response.header_ref(*name, reference(name))
    });
    with_common_fields(response.build(), !public && !OF_THE_GATE.contains(&status))
}

/// A success, with the fields that all of them have.
pub(super) fn success(mut response: Response, operation: &Operation) -> Response {
    if operation.method == actix_web::http::Method::HEAD {
        response.content.clear();
    }
    with_common_fields(response, has_caller(operation))
}

fn with_common_fields(mut response: Response, to_a_caller: bool) -> Response {
    let of_the_caller = OF_THE_CALLER.iter().filter(|_| to_a_caller);
    for name in [&REQUEST_ID].into_iter().chain(of_the_caller) {
        response
            .headers
            .insert((*name).to_owned(), RefOr::Ref(reference(name)));
    }
    response
}

fn has_caller(operation: &Operation) -> bool {
    operation.access != Access::Anyone
}

fn reference(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

/// The fields that more than one response has.
#[rustfmt::skip]
pub(super) fn headers() -> [(&'static str, Header); 10] {
    const METHODS: &str = "^[A-Z]+(, [A-Z]+)*$";
    const MEDIA_TYPE: &str = "^application/[a-z+.-]+$";
    const QUOTAS: &str = r#"^"[a-z-]+";r=[0-9]+;t=[0-9]+(, "[a-z-]+";r=[0-9]+;t=[0-9]+)*$"#;
    const POLICIES: &str = r#"^"[a-z-]+";q=[0-9]+;w=[0-9]+(, "[a-z-]+";q=[0-9]+;w=[0-9]+)*$"#;
    [
        ("Accept", header("The media type that is read.", text(64, MEDIA_TYPE))),
        ("Accept-Encoding", header("No content coding is read.", text(8, "^identity$"))),
        ("Accept-Patch", header("The media type that PATCH reads (RFC 5789).", text(64, MEDIA_TYPE))),
        ("Accept-Post", header("The media type that is read.", text(64, MEDIA_TYPE))),
        ("Allow", header("The methods that the resource has.", text(64, METHODS))),
        ("RateLimit", header("What is left of the caller's quotas.", text(256, QUOTAS))),
        ("RateLimit-Policy", header("The quotas that this request used.", text(256, POLICIES))),
        ("Retry-After", header("When to try again, in seconds.", seconds())),
        ("WWW-Authenticate", header("What would be accepted (RFC 6750, RFC 9470).", text(1024, "^Bearer realm=\"[!-~ ]+$"))),
        (REQUEST_ID, header("The request's id, made by the server.", request_id())),
    ]
}

fn header(text: &str, schema: Schema) -> Header {
    HeaderBuilder::new()
        .schema(Some(schema))
        .description(Some(text))
        .build()
}

fn text(max_length: usize, pattern: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(max_length))
        .pattern(Some(pattern))
        .into()
}

fn request_id() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .max_length(Some(36))
        .into()
}

fn seconds() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(i32::MAX))
        .into()
}
