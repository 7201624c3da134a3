//! The OpenAPI 3.1 document, assembled from a route table.
//!
//! Nobody writes it, so it cannot promise what the router does not do: `openapi/openapi.json` is
//! this output, and a test fails when the two differ (API9:2023).

mod links;
mod login;
mod names;
mod responses;

use std::collections::BTreeMap;

use utoipa::openapi::{
    Components, ComponentsBuilder, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, PathItem,
    Paths, Ref, RefOr, Response, ResponsesBuilder, Schema, SecurityRequirement, Tag,
    extensions::ExtensionsBuilder,
    path::{Operation as PathOperation, OperationBuilder},
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    server::{Server, ServerBuilder},
};

use crate::http::{
    contract::{access::Access, describe::NamedSchema},
    problem::{Violation, document::ProblemDocument},
    rate_limit::Class,
    routing::route::{Operation, RouteTable},
};
pub use login::Login;
pub use names::DocumentError;
use names::Named;

const BEARER: &str = "bearer";

/// Which service a document describes.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    /// What the listener is, and whether callers reach it.
    pub server: &'static str,
    pub is_internal: bool,
}

/// The document of the listener that has these routes.
///
/// # Errors
/// When two schemas, two operations or two ids have one name.
pub fn document(about: &About, table: &RouteTable) -> Result<OpenApi, DocumentError> {
    let mut schemas = Named::none("schemas");
    for schema in [
        NamedSchema::all_of::<ProblemDocument<'_>>(),
        NamedSchema::all_of::<Violation>(),
    ] {
        insert_schemas(&mut schemas, schema, "every problem")?;
    }
    let mut routes = Named::none("operations");
    let mut ids = Named::none("operation ids");
    let mut paths = Paths::new();
    let mut problems = BTreeMap::new();
    let operations = table.operations();
    for (number, operation) in operations.iter().enumerate() {
        let id = operation_id(operation);
        let route = format!("{} {}", operation.method, operation.path);
        routes.insert(route.clone(), number, format!("`{id}`"))?;
        ids.insert(id.clone(), number, route)?;
        let described = operation.describe();
        insert_schemas(&mut schemas, described.schemas, &id)?;
        let mut responses: BTreeMap<String, RefOr<Response>> = BTreeMap::new();
        for (status, response) in described.responses {
            let response = responses::success(response, operation);
            responses.insert(status.to_string(), RefOr::T(response));
        }
        for status in described.problems {
            let name = responses::problem_name(status, operation);
            let reference = Ref::new(format!("#/components/responses/{name}"));
            responses.insert(status.to_string(), RefOr::Ref(reference));
            problems.insert(name, responses::problem(status, operation));
        }
        let builder = OperationBuilder::new()
            .operation_id(Some(id))
            .summary(Some(operation.summary))
            .description(Some(who_and_how_often(operation)))
            .tag(tag(operation))
            .responses(ResponsesBuilder::new().responses_from_iter(responses))
            .request_body(described.body);
        let builder = described
            .parameters
            .into_iter()
            .fold(builder, OperationBuilder::parameter);
        insert(
            &mut paths,
            operation,
            with_security(builder, operation).build(),
        );
    }
    links::add(&mut paths);

    let mut tags: Vec<_> = operations.iter().map(tag).collect();
    tags.sort_unstable();
    tags.dedup();
    let info = InfoBuilder::new()
        .title(about.name)
        .version(about.version)
        .description(Some(about.description));
    Ok(OpenApiBuilder::new()
        .info(info.build())
        .servers(Some([server(about)]))
        .paths(paths)
        .tags(Some(tags.into_iter().map(Tag::new)))
        .components(Some(components(schemas, problems)))
        .build())
}

/// The document as text: what `openapi/openapi.json` holds.
///
/// # Errors
/// As [`document`].
pub fn json(about: &About, table: &RouteTable) -> Result<String, DocumentError> {
    // Through a value, whose members are sorted: the text depends on nothing but the content.
    let value = serde_json::to_value(document(about, table)?)?;
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// The same for a reader on another origin than the service, who may get tokens by `login`.
///
/// # Errors
/// As [`document`].
pub fn json_of(
    about: &About,
    table: &RouteTable,
    origin: &str,
    login: Option<Login<'_>>,
) -> Result<String, DocumentError> {
    let mut document = document(about, table)?;
    for server in document.servers.iter_mut().flatten() {
        origin.clone_into(&mut server.url);
    }
    let mut document = serde_json::to_value(document)?;
    if let Some(login) = login {
        login.offer(&mut document);
    }
    Ok(document.to_string())
}

fn insert_schemas(
    schemas: &mut Named<RefOr<Schema>>,
    found: Vec<NamedSchema>,
    of: &str,
) -> Result<(), DocumentError> {
    found.into_iter().try_for_each(|found| {
        let place = format!("{of} (in {})", found.origin);
        schemas.insert(found.name, found.schema, place)
    })
}

/// Where the document is read, there is the service: its host is configuration.
fn server(about: &About) -> Server {
    let audience = ExtensionsBuilder::new().add("x-internal", about.is_internal);
    ServerBuilder::new()
        .url("/")
        .description(Some(about.server))
        .extensions(Some(audience.build()))
        .build()
}

fn components(schemas: Named<RefOr<Schema>>, problems: BTreeMap<String, Response>) -> Components {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "An access token as RFC 9068 describes it, verified as RFC8725 asks; or an API key, `hak_…`. \
             The names listed are permissions.",
        ));
    let mut components = ComponentsBuilder::new()
        .schemas_from_iter(schemas.into_entries())
        .security_scheme(BEARER, SecurityScheme::Http(bearer.build()))
        .build();
    let headers = responses::headers().map(|(name, header)| (name.to_owned(), RefOr::T(header)));
    components.headers = headers.into();
    components.responses = problems
        .into_iter()
        .map(|(name, response)| (name, RefOr::T(response)))
        .collect();
    components
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

/// The rule and the quotas, for people.
fn who_and_how_often(operation: &Operation) -> String {
    let who = match operation.access {
        Access::Anyone => return "Public. The quota of the address counts it.".to_owned(),
        Access::Authenticated => "For every authenticated caller.".to_owned(),
        Access::Permission { any_of, .. } => format!("Needs `{}`.", any_of.join("` or `")),
    };
    let recently = match operation.access {
        Access::Permission { recent: true, .. } => {
            " The caller must have authenticated recently (RFC 9470); an API key is not enough."
        }
        _ => "",
    };
    let quotas = match operation.class {
        Class::Read => "the caller's quota counts it",
        Class::Write => "the caller's quotas for all requests and for changes count it",
        Class::Expensive => "the caller's quotas for all requests and for expensive ones count it",
    };
    format!("{who}{recently} The address's quota and {quotas}.")
}

fn with_security(builder: OperationBuilder, operation: &Operation) -> OperationBuilder {
    let required = |names: &[&str]| SecurityRequirement::new(BEARER, names.iter().copied());
    match operation.access {
        // An empty requirement would mean "optional"; none at all means public.
        Access::Anyone => builder.securities(Some(Vec::<SecurityRequirement>::new())),
        Access::Authenticated => builder.security(required(&[])),
        Access::Permission { any_of, .. } => any_of
            .iter()
            .fold(builder, |builder, name| builder.security(required(&[name]))),
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
