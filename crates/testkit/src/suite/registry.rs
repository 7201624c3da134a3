//! Each resource of the route table is under test, and its sample is whole.

use std::collections::BTreeSet;

use platform::{
    auth::Authenticated,
    http::{
        contract::access::Access,
        problem::Problem,
        response::answer::NoContent,
        routing::route::{Operation, Resource, RouteTable},
    },
};

use super::{Sampled, api_keys};

/// Resources of the platform that do not keep the claims about rows.
const WITHOUT_ROWS: [(&str, &str); 2] = [
    ("/v1/me", "shows the caller and nothing stored"),
    (
        api_keys::COLLECTION,
        "keys are never changed: the platform has tests of its own for them",
    ),
];

/// The collection that an operation belongs to: `/v1/orders` of `/v1/orders/{id}`.
pub fn collection(operation: &Operation) -> String {
    let parts: Vec<_> = operation.path.split('/').take(3).collect();
    parts.join("/")
}

fn without_rows<T: Sampled>() -> impl Iterator<Item = &'static str> {
    let all = WITHOUT_ROWS.iter().chain(T::WITHOUT_ROWS);
    all.map(|(collection, reason)| {
        assert!(!reason.is_empty(), "{collection} has no rows: why?");
        *collection
    })
}

/// The collections with rows that have `method`, read from the route table alone.
pub fn collections_with<T: Sampled>(method: &str, on_a_row: bool) -> BTreeSet<String> {
    let operations = T::service().routes().operations().into_iter();
    let with_it = operations.filter(|operation| {
        operation.path.starts_with("/v1/")
            && operation.method == *method
            && operation.path.contains('{') == on_a_row
    });
    with_it
        .map(|operation| collection(&operation))
        .filter(|collection| without_rows::<T>().all(|exempt| exempt != collection))
        .collect()
}

/// The collections under `/v1` that have neither a sample nor a reason to have none.
fn without_sample<T: Sampled>(routes: &RouteTable) -> Vec<String> {
    let sampled = T::samples().into_iter().map(|sample| sample.collection);
    let known: Vec<_> = sampled.chain(without_rows::<T>()).collect();
    let mut missing: Vec<_> = routes
        .operations()
        .iter()
        .filter(|operation| operation.path.starts_with("/v1/"))
        .map(collection)
        .filter(|collection| !known.contains(&collection.as_str()))
        .collect();
    missing.dedup();
    missing
}

pub fn every_resource_of_the_route_table_has_a_sample<T: Sampled>() {
    assert_eq!(without_sample::<T>(&T::service().routes()), [""; 0]);
}

pub fn a_new_resource_is_missed_until_it_has_a_sample<T: Sampled>() {
    async fn list(_: Authenticated) -> Result<NoContent, Problem> {
        Ok(NoContent)
    }
    let new = Resource::at("/parcels-of-a-test").get("parcels_list", "List parcels.", list);
    let routes = T::service().routes().api([new]);
    assert_eq!(without_sample::<T>(&routes), ["/v1/parcels-of-a-test"]);
}

pub fn every_sample_and_every_exemption_names_a_resource<T: Sampled>() {
    let operations = T::service().routes().operations();
    let known: Vec<_> = operations.iter().map(collection).collect();
    let sampled = T::samples().into_iter().map(|sample| sample.collection);
    // A service need not offer keys.
    let exempt = without_rows::<T>().filter(|path| *path != api_keys::COLLECTION);
    for collection in sampled.chain(exempt) {
        assert!(known.iter().any(|path| path == collection), "{collection}");
    }
}

/// A rule that was copied from another slice asks for that slice's permission.
pub fn an_operation_asks_for_a_permission_of_its_own_resource<T: Sampled>() {
    for operation in T::service().routes().operations() {
        if let Access::Permission { any_of, .. } = operation.access {
            let (resource, _) = operation.id.rsplit_once('_').expect("resource and verb");
            let own = |name: &&str| name.split(':').next() == Some(resource);
            assert!(
                any_of.iter().all(own),
                "{} asks for {any_of:?}",
                operation.id
            );
        }
    }
}
