//! Which operations can follow an answer, and with what: so that a client, or a tool that tests one,
//! knows where `If-Match` comes from.

use utoipa::openapi::{
    PathItem, Paths, RefOr,
    link::Link,
    path::{Operation, ParameterIn},
};

/// An answer with an entity tag is about one version of one resource: whatever can be done to that
/// resource can follow, and a change names that tag.
pub(super) fn add(paths: &mut Paths) {
    let items = paths.paths.clone();
    for (path, item) in &mut paths.paths {
        // A collection answers with what was made in it.
        let (resource, id) = if path.ends_with("/{id}") {
            (path.clone(), "$request.path.id")
        } else {
            (format!("{path}/{{id}}"), "$response.body#/id")
        };
        let Some(resource) = items.get(&resource) else {
            continue;
        };
        for response in answers(item) {
            if response.headers.contains_key("ETag") {
                let links = following(resource).map(|operation| link(operation, id));
                response.links.extend(links);
            }
        }
    }
}

fn answers(item: &mut PathItem) -> impl Iterator<Item = &mut utoipa::openapi::Response> {
    let operations = [
        &mut item.get,
        &mut item.head,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
    ];
    let responses = operations
        .into_iter()
        .flatten()
        .flat_map(|operation| operation.responses.responses.values_mut());
    responses.filter_map(|response| match response {
        RefOr::T(response) => Some(response),
        RefOr::Ref(_) => None,
    })
}

/// HEAD can do nothing that GET cannot.
fn following(item: &PathItem) -> impl Iterator<Item = &Operation> {
    [&item.get, &item.put, &item.patch, &item.delete]
        .into_iter()
        .flatten()
}

fn link(operation: &Operation, id: &str) -> (String, RefOr<Link>) {
    let name = operation.operation_id.clone().unwrap_or_default();
    let mut link = Link::builder().operation_id(&name);
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        let value = match (parameter.name.as_str(), &parameter.parameter_in) {
            ("id", ParameterIn::Path) => id,
            ("If-Match", ParameterIn::Header) => "$response.header.ETag",
            _ => continue,
        };
        link = link.parameter(&parameter.name, value);
    }
    (name, RefOr::T(link.build()))
}
