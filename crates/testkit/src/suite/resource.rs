//! A resource under test: a service of its own, an owner, a stranger with the same roles, and the
//! requests that the route table and the sample give.

use platform::http::routing::route::Operation;
use serde_json::Value;

use super::{Sampled, States, document::Document, registry, sample::Sample};
use crate::{Actor, Response, Service};

/// Where a row is that nobody made.
pub const ABSENT: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A service with one resource under test. Alice and Bob have the roles of the sample; neither has a
/// row.
pub struct Resource<T> {
    pub sample: Sample,
    pub operations: Vec<Operation>,
    pub service: Service<T>,
    pub document: Document,
    pub alice: Actor,
    pub bob: Actor,
}

/// Runs `check` on each resource that has `method`: as many as the route table has.
pub fn each_resource_with<T: Sampled>(method: &str, on_a_row: bool, check: impl Fn(&Resource<T>)) {
    let resources = T::samples()
        .into_iter()
        .map(|sample| Resource::under_test(sample, &[]));
    let with_it: Vec<Resource<T>> = resources
        .filter(|resource| resource.has(method, on_a_row))
        .collect();
    let due = registry::collections_with::<T>(method, on_a_row);
    assert_eq!(with_it.len(), due.len(), "of {due:?}");
    with_it.iter().for_each(check);
}

impl<T: Sampled> Resource<T> {
    /// On a service with these environment variables.
    pub fn under_test(sample: Sample, environment: &[(&str, &str)]) -> Self {
        Self::on(Service::with(environment), sample)
    }

    pub fn on(service: Service<T>, sample: Sample) -> Self {
        let operations = T::service().routes().operations().into_iter();
        let of_sample =
            |operation: &Operation| registry::collection(operation) == sample.collection;
        Self {
            operations: operations.filter(of_sample).collect(),
            document: Document::of::<T>(),
            alice: service.actor("alice", sample.roles),
            bob: service.actor("bob", sample.roles),
            service,
            sample,
        }
    }

    /// Somebody with every role of the service.
    pub fn everybody(&self, subject: &str) -> Actor {
        self.service
            .actor(subject, &T::service().access.role_names())
    }

    /// The operations on one row, or those on the collection.
    pub fn operations(&self, on_a_row: bool) -> impl Iterator<Item = &Operation> {
        let here = move |operation: &&Operation| operation.path.contains('{') == on_a_row;
        self.operations.iter().filter(here)
    }

    pub fn has(&self, method: &str, on_a_row: bool) -> bool {
        self.operations(on_a_row)
            .any(|operation| operation.method == *method)
    }

    /// The operations with content in their body, each with the path of a new row where it is about
    /// one.
    pub fn writing(&self) -> impl Iterator<Item = (&Operation, String)> {
        let writing = self
            .operations
            .iter()
            .filter(|operation| operation.consumes.is_some());
        writing.map(|operation| {
            let on_a_row = operation.path.contains('{');
            let path = if on_a_row {
                self.row(&self.alice)
            } else {
                operation.path.clone()
            };
            (operation, path)
        })
    }

    /// Who sends it: Alice changes rows of hers, Bob creates and has none before.
    pub fn writer(&self, operation: &Operation) -> &Actor {
        if operation.path.contains('{') {
            &self.alice
        } else {
            &self.bob
        }
    }

    /// A new row of this actor's.
    pub fn create(&self, actor: &Actor) -> Response {
        self.create_with(actor, &self.sample.fresh())
    }

    pub fn create_with(&self, actor: &Actor, content: &Value) -> Response {
        let created = actor.post(self.sample.collection, content);
        assert_eq!(
            created.status, 201,
            "{content} of {}: {created}",
            self.sample.collection
        );
        created
    }

    /// Where a new row of this actor's is.
    pub fn row(&self, actor: &Actor) -> String {
        self.create(actor).header("location").to_owned()
    }

    pub fn absent(&self) -> String {
        format!("{}/{ABSENT}", self.sample.collection)
    }

    /// A request that would succeed for the owner of a new row.
    pub fn ask(&self, actor: &Actor, method: &str, path: &str) -> Response {
        self.ask_with(actor, method, path, &[("if-match", "\"1\"")])
    }

    pub fn ask_with(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let body = match method {
            "PUT" | "POST" => self.sample.fresh().to_string(),
            "PATCH" => self.sample.patch().to_string(),
            _ => String::new(),
        };
        self.send(actor, method, path, headers, &body)
    }

    /// A request with this body, in the media type that the operation reads.
    pub fn send(
        &self,
        actor: &Actor,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let on_a_row = path != self.sample.collection;
        let mut of_method = self
            .operations(on_a_row)
            .filter(|operation| operation.method == *method);
        let media_type = of_method.next().and_then(|operation| operation.consumes);
        let media_type = media_type.map(|media_type| ("content-type", media_type.name()));
        let headers: Vec<_> = media_type
            .into_iter()
            .chain(headers.iter().copied())
            .collect();
        actor.send(method, path, &headers, body.as_bytes())
    }

    /// What the list shows this actor.
    pub fn items(&self, actor: &Actor) -> Vec<Value> {
        let list = actor.get(self.sample.collection);
        assert_eq!(list.status, 200, "{list}");
        list.json()["items"].as_array().expect("items").clone()
    }

    /// The row as its owner reads it.
    pub fn shown(&self, row: &str) -> String {
        let answer = self.alice.get(row);
        assert_eq!(answer.status, 200, "{answer}");
        answer.to_string()
    }

    /// Who moves rows of Alice's.
    pub fn mover(&self, states: &States) -> Actor {
        states.mover(&self.service, &self.alice)
    }

    /// Moves a row of Alice's; what it answers.
    pub fn move_to(&self, states: &States, row: &str, state: &str) -> Response {
        let tag = self.alice.get(row).etag().to_owned();
        let patch = serde_json::json!({ states.member: state });
        self.mover(states).patch(row, &tag, &patch)
    }

    /// Where a new row of Alice's in this state is.
    pub fn row_in(&self, states: &States, state: &str) -> String {
        let row = self.row(&self.alice);
        for step in states.way_to(state) {
            let moved = self.move_to(states, &row, step);
            assert_eq!(moved.status, 200, "to {step}: {moved}");
        }
        row
    }
}
