//! The twin that compiles, so that the others fail for the reason they say. The names in what the compiler says are there.

use platform::http::{contract::describe::Input as _, response::answer as _};
use platform::{auth::{Allow, Anyone}, http::{AuditDetails, response::answer::NoContent, request::path::Path, problem::Problem, routing::route::Resource}};

platform::auth::access_table! {
    permissions { EverythingDelete = "everything:delete"; }
    roles { "editor": EverythingDelete; }
    apart {}
}

async fn purge(_: Allow<EverythingDelete>, _id: Path<String>) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

/// As many arguments as there may be.
async fn see(
    _: Anyone,
    _id: Path<String>,
    _1: AuditDetails,
    _2: AuditDetails,
    _3: AuditDetails,
    _4: AuditDetails,
    _5: AuditDetails,
    _6: AuditDetails,
    _7: AuditDetails,
    _8: AuditDetails,
    _9: AuditDetails,
    _10: AuditDetails,
) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

async fn wave(_: Anyone) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/everything/{id}").delete("everything_purge", "Delete it.", purge);
    let _ = Resource::at("/anybody/{id}").get("anybody_see", "See it.", see);
    let _ = Resource::at("/anything").get("anything_wave", "Wave.", wave);
}
