//! `GET /healthz`: whether this process answers, and nothing else. Versions, dependencies and
//! timings are for operators, on another listener (API8:2023).

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    auth::Anyone,
    http::{listener::gate, problem::Problem, response::answer::OkJson, routing::route::Resource},
};

/// The public health operation.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![Resource::at(gate::PROBE_PATH).get(
        "health_read",
        "Ask whether the service answers.",
        read,
    )]
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthResponse {
    #[schema(max_length = 2, pattern = "^ok$")]
    status: &'static str,
}

async fn read(_: Anyone) -> Result<OkJson<HealthResponse>, Problem> {
    Ok(OkJson(HealthResponse { status: "ok" }))
}
