//! The `{id}` of a path.

use std::{
    future::{Ready, ready},
    str::FromStr,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use utoipa::{PartialSchema, openapi::path::ParameterIn};

use crate::http::{
    contract::describe::{Description, Input},
    problem::Problem,
};

/// The path parameter `id`, as a domain type. What does not parse names nothing: 404, the same
/// answer as an absent resource.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: FromStr> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id");
        let id = id.and_then(|id| id.parse().ok());
        ready(id.map(Self).ok_or(Problem::NotFound))
    }
}

impl<T: FromStr + PartialSchema> Input for Path<T> {
    fn describe(description: &mut Description) {
        let text = "The resource's identifier.";
        description.parameter("id", ParameterIn::Path, true, text, T::schema());
        description.problems([404]);
    }
}
