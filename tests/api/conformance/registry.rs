//! Each resource of the route table is under test.

use std::collections::BTreeSet;

use platform::http::routing::route::{Operation, Resource, RouteTable};

use super::{SAMPLES, WITHOUT_ROWS};

/// The collection that an operation belongs to: `/v1/invoices` of `/v1/invoices/{id}`.
pub fn collection(operation: &Operation) -> String {
    operation
        .path
        .split('/')
        .take(3)
        .collect::<Vec<_>>()
        .join("/")
}

/// The collections with rows that have `method`, read from the route table alone.
pub fn collections_with(method: &str, on_a_row: bool) -> BTreeSet<String> {
    let exempt = WITHOUT_ROWS.map(|(collection, _)| collection);
    let operations = app::service().routes().operations();
    let with_it = operations.iter().filter(|operation| {
        operation.path.starts_with("/v1/")
            && operation.method == *method
            && operation.path.contains('{') == on_a_row
    });
    with_it
        .map(collection)
        .filter(|collection| !exempt.contains(&collection.as_str()))
        .collect()
}

/// The collections under `/v1` that have neither a sample nor a reason to have none.
fn without_sample(routes: &RouteTable) -> Vec<String> {
    let sampled = SAMPLES.map(|sample| sample().collection);
    let exempt = WITHOUT_ROWS.map(|(collection, _)| collection);
    let mut missing: Vec<_> = routes
        .operations()
        .iter()
        .filter(|operation| operation.path.starts_with("/v1/"))
        .map(collection)
        .filter(|collection| {
            ![sampled.as_slice(), &exempt]
                .concat()
                .contains(&collection.as_str())
        })
        .collect();
    missing.dedup();
    missing
}

#[test]
fn every_resource_of_the_route_table_has_a_sample() {
    assert_eq!(without_sample(&app::service().routes()), [""; 0]);
}

#[test]
fn a_new_resource_is_missed_until_it_has_a_sample() {
    async fn list(
        _: platform::auth::Authenticated,
    ) -> Result<platform::http::response::answer::NoContent, platform::http::problem::Problem> {
        Ok(platform::http::response::answer::NoContent)
    }
    let routes = app::service().routes().api([Resource::at("/orders").get(
        "orders_list",
        "List orders.",
        list,
    )]);
    assert_eq!(without_sample(&routes), ["/v1/orders"]);
}

#[test]
fn every_sample_and_every_exemption_names_a_resource() {
    let operations = app::service().routes().operations();
    let known: Vec<_> = operations.iter().map(collection).collect();
    let sampled = SAMPLES.map(|sample| sample().collection);
    let exempt = WITHOUT_ROWS.map(|(collection, _)| collection);
    for collection in sampled.into_iter().chain(exempt) {
        assert!(known.iter().any(|path| path == collection), "{collection}");
    }
}
