//! The OpenAPI 3.1 document, assembled from the route table.
//!
//! Nobody writes it, so it cannot promise what the router does not do: `openapi/openapi.json` is
//! this output, and a test fails when the two differ (API9:2023).

mod links;

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, ComponentsBuilder, Content, HeaderBuilder, HttpMethod, InfoBuilder,
        ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, Ref, RefOr, Response,
        ResponseBuilder, Schema, SecurityRequirement, Tag, Type,
        path::{Operation as PathOperation, OperationBuilder},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    app,
    http::{
        problem::{Problem, Violation},
        problem_document::ProblemDocument,
        route::Operation,
        rule::Access,
    },
};

const BEARER: &str = "bearer";

/// What an authenticated caller is told about its quotas (draft-ietf-httpapi-ratelimit-headers).
const RATE_LIMIT: [(&str, &str); 2] = [
    ("RateLimit", "What is left of the caller's quotas."),
    ("RateLimit-Policy", "The quotas that this request used."),
];

/// The document of the public listener.
#[must_use]
pub fn document() -> OpenApi {
    let mut paths = Paths::new();
    let mut schemas: BTreeMap<String, RefOr<Schema>> = BTreeMap::new();
    let mut problems = BTreeMap::new();
    let operations = app::routes().operations();
    for operation in &operations {
        let described = operation.describe();
        schemas.extend(described.schemas.iter().cloned());
        let mut responses: BTreeMap<String, RefOr<Response>> = BTreeMap::new();
        for (status, response) in &described.responses {
            let response = with_common_headers(response.clone(), operation);
            responses.insert(status.to_string(), RefOr::T(response));
        }
        for status in &described.problems {
            let name = format!("Problem{status}");
            let reference = Ref::new(format!("#/components/responses/{name}"));
            responses.insert(status.to_string(), RefOr::Ref(reference));
            problems.insert(name, *status);
        }
        let builder = OperationBuilder::new()
            .operation_id(Some(operation_id(operation)))
            .summary(Some(operation.summary))
            .tag(tag(operation))
            .responses(utoipa::openapi::ResponsesBuilder::new().responses_from_iter(responses))
            .request_body(described.body);
        let builder = described
            .parameters
            .into_iter()
            .fold(builder, OperationBuilder::parameter);
        let operation_item = with_security(builder, operation).build();
        insert(&mut paths, operation, operation_item);
    }
    links::add(&mut paths);

    let mut tags: Vec<_> = operations.iter().map(tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let info = InfoBuilder::new()
        .title("hardened-api")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(env!("CARGO_PKG_DESCRIPTION")));
    OpenApiBuilder::new()
        .info(info.build())
        .paths(paths)
        .tags(Some(tags.into_iter().map(Tag::new)))
        .components(Some(components(schemas, problems)))
        .build()
}

/// The document as text: what `openapi/openapi.json` holds.
///
/// # Errors
/// Never in practice: the document is made of strings and numbers.
pub fn json() -> Result<String, serde_json::Error> {
    // Through a value, whose members are sorted: the text depends on nothing but the content.
    let value = serde_json::to_value(document())?;
    serde_json::to_string_pretty(&value).map(|text| text + "\n")
}

fn components(
    mut schemas: BTreeMap<String, RefOr<Schema>>,
    problems: BTreeMap<String, u16>,
) -> Components {
    schemas.insert(Violation::name().into_owned(), Violation::schema());
    schemas.insert(
        ProblemDocument::name().into_owned(),
        ProblemDocument::schema(),
    );
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "An access token as RFC 9068 describes it. The names listed are permissions.",
        ));
    let builder = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()));
    problems
        .into_iter()
        .fold(builder, |builder, (name, status)| {
            builder.response(name, problem_response(status))
        })
        .build()
}

fn problem_response(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    let title = match status {
        // One status, a type for each quota.
        StatusCode::TOO_MANY_REQUESTS => "A quota is used up",
        _ => Problem::Other(status).document(uuid::Uuid::nil()).title,
    };
    let content = Content::new(Some(Ref::from_schema_name(ProblemDocument::name())));
    let response = ResponseBuilder::new()
        .description(title)
        .content("application/problem+json", content)
        .header("X-Request-Id", request_id());
    match status.as_u16() {
        401 | 403 => response.header(
            "WWW-Authenticate",
            text_header("What would be accepted (RFC 6750)."),
        ),
        405 => response.header("Allow", text_header("The methods that the resource has.")),
        415 => response.header("Accept", text_header("What would have been accepted.")),
        429 | 503 => response.header("Retry-After", text_header("When to try again, in seconds.")),
        _ => response,
    }
    .build()
}

fn with_common_headers(mut response: Response, operation: &Operation) -> Response {
    let headers = &mut response.headers;
    headers.insert("X-Request-Id".to_owned(), RefOr::T(request_id()));
    if operation.access != Access::Anyone {
        for (name, text) in RATE_LIMIT {
            headers.insert(name.to_owned(), RefOr::T(text_header(text)));
        }
    }
    if operation.method == actix_web::http::Method::HEAD {
        response.content.clear();
    }
    response
}

fn request_id() -> utoipa::openapi::Header {
    text_header("The request's id, made by the server.")
}

fn text_header(text: &str) -> utoipa::openapi::Header {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(256));
    HeaderBuilder::new()
        .schema(Some(Schema::from(schema)))
        .description(Some(text))
        .build()
}

/// GET brings HEAD with it; their ids must differ.
fn operation_id(operation: &Operation) -> String {
    if operation.method == actix_web::http::Method::HEAD {
        format!("{}_head", operation.id)
    } else {
        operation.id.to_owned()
    }
}

fn tag(operation: &Operation) -> &'static str {
    operation
        .id
        .rsplit_once('_')
        .map_or(operation.id, |(resource, _)| resource)
}

fn with_security(builder: OperationBuilder, operation: &Operation) -> OperationBuilder {
    let required = |names: &[&str]| SecurityRequirement::new(BEARER, names.iter().copied());
    match operation.access {
        // An empty requirement would mean "optional"; none at all means public.
        Access::Anyone => builder.securities(Some(Vec::<SecurityRequirement>::new())),
        Access::Authenticated => builder.security(required(&[])),
        Access::Permission { any_of, recent } => {
            let builder = any_of
                .iter()
                .fold(builder, |builder, name| builder.security(required(&[name])));
            if recent {
                builder.description(Some(
                    "The caller must have authenticated recently (RFC 9470).",
                ))
            } else {
                builder
            }
        }
    }
}

fn insert(paths: &mut Paths, operation: &Operation, described: PathOperation) {
    let item: &mut PathItem = paths.paths.entry(operation.path.clone()).or_default();
    let slot = match method(operation) {
        HttpMethod::Get => &mut item.get,
        HttpMethod::Head => &mut item.head,
        HttpMethod::Post => &mut item.post,
        HttpMethod::Put => &mut item.put,
        HttpMethod::Patch => &mut item.patch,
        HttpMethod::Delete => &mut item.delete,
        _ => return,
    };
    *slot = Some(described);
}

fn method(operation: &Operation) -> HttpMethod {
    match operation.method.as_str() {
        "HEAD" => HttpMethod::Head,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}
