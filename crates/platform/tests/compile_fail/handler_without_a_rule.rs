//! A handler that forgets its authorization rule.
//~ error[E0277]: this handler has no authorization rule
//~ the first argument must be `Allow<Permission>`, `Authenticated` or `Anyone`

use platform::http::{response::answer::NoContent, problem::Problem, routing::route::Resource};

async fn purge() -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/everything").delete("everything_purge", "Delete everything.", purge);
}
