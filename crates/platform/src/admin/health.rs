//! `GET /health/live` and `GET /health/ready`: what an orchestrator asks. Live is whether the process
//! answers, and a "no" ends it; ready is whether it can work, and a "no" keeps requests away from it.
//!
//! They need no token, since an orchestrator has none: network and certificate have decided already who
//! is connected. What is wrong is told here and nowhere on the public listener (ASVS 13.4.5).
//!
//! Controls: AD-05

use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;

use super::readiness::Readiness;
use crate::{
    auth::Anyone,
    http::{problem::Problem, response::answer::OkJson, routing::route::Resource},
};

/// The path that `healthcheck` asks.
pub const READY: &str = "/health/ready";

/// The operations on health.
#[must_use]
pub fn routes() -> Vec<Resource> {
    vec![
        Resource::at("/health/live").get("health_live", "Ask whether the process answers.", live),
        Resource::at(READY).get("health_ready", "Ask whether the service can work.", ready),
    ]
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Live)]
pub struct LiveResponse {
    #[schema(max_length = 2, pattern = "^ok$")]
    status: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub struct ReadyResponse {
    #[schema(max_length = 5, pattern = "^ready$")]
    status: &'static str,
}

async fn live(_: Anyone) -> Result<OkJson<LiveResponse>, Problem> {
    Ok(OkJson(LiveResponse { status: "ok" }))
}

async fn ready(_: Anyone, readiness: Data<Readiness>) -> Result<OkJson<ReadyResponse>, Problem> {
    let faults = readiness.faults().await;
    if faults.is_empty() {
        Ok(OkJson(ReadyResponse { status: "ready" }))
    } else {
        Err(Problem::NotReady(faults))
    }
}
