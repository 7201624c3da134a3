//! What every resource keeps, whatever it is about: its rows belong to their owner, a stale writer is
//! refused, a repeated creation creates once, a hostile body leaves nothing behind.
//!
//! Tests that are copied from resource to resource are forgotten for the next one: a list that shows
//! everybody's rows then passes every test that is left (API1:2023). So these walk the route table.
//! They need one [`Sample`] of each resource, and are red until it is there.
//!
//! Controls: AZ-03, AZ-04, AZ-05, CC-01, CC-03, IN-01

mod bodies;
mod idempotency;
mod ownership;
mod pages;
mod registry;
mod versions;

use platform::http::routing::route::Operation;
use serde_json::Value;

use crate::harness::{Actor, Response, Service};

/// What the suite must know about a resource and cannot read from the route table.
pub struct Sample {
    /// Where its rows are made and listed.
    pub collection: &'static str,
    /// Roles of a caller who may do everything with rows of their own.
    pub roles: &'static [&'static str],
    /// Content that keeps every rule.
    pub content: fn() -> Value,
    /// Other content that keeps every rule.
    pub other_content: fn() -> Value,
    /// A merge patch that the owner of a new row may send.
    pub patch: fn() -> Value,
}

/// One sample for each resource with rows: yours goes here.
pub const SAMPLES: [fn() -> Sample; 1] = [crate::invoices::sample];

/// Resources without rows of callers, with the reason.
const WITHOUT_ROWS: [(&str, &str); 1] = [("/v1/me", "shows the caller and nothing stored")];

/// A service with one resource under test. Alice owns a row, Bob has the same roles and owns nothing.
struct Resource {
    sample: Sample,
    operations: Vec<Operation>,
    service: Service,
    alice: Actor,
    bob: Actor,
}

/// Where a row is that nobody made.
pub const ABSENT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

impl Resource {
    fn under_test(sample: Sample) -> Self {
        let service = Service::start();
        let operations = app::service().routes().operations();
        let of_sample =
            |operation: &Operation| registry::collection(operation) == sample.collection;
        Self {
            operations: operations.into_iter().filter(of_sample).collect(),
            alice: service.actor("alice", sample.roles),
            bob: service.actor("bob", sample.roles),
            service,
            sample,
        }
    }

    /// The operations on one row, or those on the collection.
    fn operations(&self, on_a_row: bool) -> impl Iterator<Item = &Operation> {
        let here = move |operation: &&Operation| operation.path.contains('{') == on_a_row;
        self.operations.iter().filter(here)
    }

    fn has(&self, method: &str, on_a_row: bool) -> bool {
        self.operations(on_a_row)
            .any(|operation| operation.method == *method)
    }

    /// A new row of this actor's.
    fn create(&self, actor: &Actor) -> Response {
        let created = actor.post(self.sample.collection, &(self.sample.content)());
        assert_eq!(
            created.status, 201,
            "the sample of {}: {created}",
            self.sample.collection
        );
        created
    }

    /// Where a new row of this actor's is.
    fn row(&self, actor: &Actor) -> String {
        self.create(actor).header("location").to_owned()
    }

    fn absent(&self) -> String {
        format!("{}/{ABSENT}", self.sample.collection)
    }

    /// A request that would succeed for the owner of a new row.
    fn ask(&self, actor: &Actor, method: &str, path: &str) -> Response {
        self.ask_with(actor, method, path, &[("if-match", "\"1\"")])
    }

    fn ask_with(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        match method {
            "PUT" | "POST" => actor.json(method, path, headers, &(self.sample.other_content)()),
            "PATCH" => {
                let merge_patch = [("content-type", "application/merge-patch+json")];
                let body = (self.sample.patch)().to_string();
                actor.send(
                    method,
                    path,
                    &[&merge_patch, headers].concat(),
                    body.as_bytes(),
                )
            }
            _ => actor.send(method, path, headers, b""),
        }
    }

    /// What the list shows this actor.
    fn items(&self, actor: &Actor) -> Vec<Value> {
        let list = actor.get(self.sample.collection);
        assert_eq!(list.status, 200, "{list}");
        list.json()["items"].as_array().expect("items").clone()
    }
}

/// Runs `check` on each resource that has `method`: as many as the route table has.
fn each_resource_with(method: &str, on_a_row: bool, check: impl Fn(&Resource)) {
    let resources = SAMPLES.map(|sample| Resource::under_test(sample()));
    let with_it: Vec<_> = resources
        .iter()
        .filter(|resource| resource.has(method, on_a_row))
        .collect();
    let due = registry::collections_with(method, on_a_row);
    assert_eq!(with_it.len(), due.len(), "of {due:?}");
    with_it.into_iter().for_each(check);
}
