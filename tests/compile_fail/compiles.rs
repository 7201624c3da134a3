//! The twin that compiles, so that the others fail for the reason they say.

use app::{
    auth::{Allow, Anyone, InvoicesDelete},
    http::{answer::NoContent, path::Path, problem::Problem, route::Resource},
};

async fn purge(_: Allow<InvoicesDelete>, _id: Path<String>) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

async fn wave(_: Anyone) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/everything/{id}").delete("everything_purge", "Delete it.", purge);
    let _ = Resource::at("/anything").get("anything_wave", "Wave.", wave);
}
