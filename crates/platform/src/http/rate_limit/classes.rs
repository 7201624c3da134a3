//! Which class an operation is of, asked before the router is: all quotas of a request are charged at once.
//!
//! The path is looked up as the router does it, decoded: `/v1/%6frders` is no way around a quota.

use std::collections::HashMap;

use actix_web::{dev::ServiceRequest, http::Method};

use super::Class;

/// The operations that have a quota of their own, by path template.
#[derive(Debug, Default)]
pub struct Classes(HashMap<String, Vec<(Method, Class)>>);

impl Classes {
    /// Those of these operations that are more than a read.
    pub fn of(operations: impl IntoIterator<Item = (Method, String, Class)>) -> Self {
        let mut classes = Self::default();
        for (method, path, class) in operations {
            if class != Class::Read {
                classes.0.entry(path).or_default().push((method, class));
            }
        }
        classes
    }

    /// The class of the operation that this request will reach; a read when it reaches none.
    #[must_use]
    pub fn reached_by(&self, request: &ServiceRequest) -> Class {
        let path = request.match_info().as_str();
        let template = request.resource_map().match_pattern(path);
        let operations = template.and_then(|template| self.0.get(&template));
        let mut operations = operations.into_iter().flatten();
        let found = operations.find(|(method, _)| method == request.method());
        found.map_or(Class::Read, |(_, class)| *class)
    }
}
