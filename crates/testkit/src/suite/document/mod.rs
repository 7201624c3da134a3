//! The OpenAPI document says what the router does, and what a body may hold.
//!
//! The other claims read from it which members a resource has, so that a new member is under test the
//! day it is added.
//!
//! Controls: DO-01

mod answers;
mod call;
mod claims;
mod provoked;
mod subject;

pub use answers::what_the_document_declares_is_what_the_service_answers;
pub use claims::*;

use platform::http::routing::route::Operation;
use serde_json::Value;

use super::Sampled;

/// The document of a service.
pub struct Document(Value);

impl Document {
    pub fn of<T: Sampled>() -> Self {
        Self(serde_json::from_str(&generated::<T>()).unwrap())
    }

    pub fn value(&self) -> &Value {
        &self.0
    }

    /// What a reference leads to; anything else is itself.
    pub fn resolved<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.at(reference).unwrap_or_else(|| panic!("{reference}")),
            None => value,
        }
    }

    /// What is at a reference into the document.
    pub fn at(&self, reference: &str) -> Option<&Value> {
        self.0.pointer(reference.strip_prefix('#')?)
    }

    /// An operation as the document describes it.
    pub fn operation(&self, method: &str, path: &str) -> &Value {
        &self.0["paths"][path][method.to_lowercase()]
    }

    /// The schema of what an operation reads; null where it reads no body.
    pub fn request(&self, operation: &Operation) -> &Value {
        let described = self.operation(operation.method.as_str(), &operation.path);
        let content = &described["requestBody"]["content"];
        let mut schemas = members(content).map(|(_, media_type)| &media_type["schema"]);
        self.resolved(schemas.next().unwrap_or(&Value::Null))
    }

    /// The schema of what an operation answers when it succeeds.
    pub fn response(&self, operation: &Operation) -> &Value {
        let described = self.operation(operation.method.as_str(), &operation.path);
        let mut successes =
            members(&described["responses"]).filter(|(status, _)| status.starts_with('2'));
        let (_, success) = successes.next().expect("a success");
        self.resolved(&success["content"]["application/json"]["schema"])
    }

    /// The schema of a value, and whether null is one: the branch of `oneOf` that is not null.
    pub fn value_schema<'d>(&'d self, schema: &'d Value) -> (&'d Value, bool) {
        let branches = schema["oneOf"].as_array();
        let null = |branch: &&Value| branch["type"] == "null";
        let nullable = branches.is_some_and(|branches| branches.iter().any(|branch| null(&branch)));
        let value = branches.and_then(|branches| branches.iter().find(|branch| !null(branch)));
        (self.resolved(value.unwrap_or(schema)), nullable)
    }

    /// The members of a schema, each with the schema of its value and whether it may be null.
    pub fn properties<'d>(&'d self, schema: &'d Value) -> Vec<(&'d str, &'d Value, bool)> {
        members(&schema["properties"])
            .map(|(name, schema)| {
                let (schema, nullable) = self.value_schema(schema);
                (name, schema, nullable)
            })
            .collect()
    }
}

/// The document as the service prints it.
pub fn generated<T: Sampled>() -> String {
    platform::openapi::json(&T::service().about(), &T::service().routes()).unwrap()
}

/// The members of an object; none where there is no object.
pub fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}
