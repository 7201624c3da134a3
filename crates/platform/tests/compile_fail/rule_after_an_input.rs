//! A handler whose rule is not the first argument: inputs would be read before it decides.
//~ `platform::http::Path<String>` is not an authorization rule
//~ the first argument must be `Allow<Permission>`, `Authenticated` or `Anyone`

use platform::{auth::Allow, http::{response::answer::NoContent, request::path::Path, problem::Problem, routing::route::Resource}};

platform::auth::access_table! {
    permissions { EverythingDelete = "everything:delete"; }
    roles { "editor": EverythingDelete; }
    apart {}
}

async fn purge(_id: Path<String>, _caller: Allow<EverythingDelete>) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/everything/{id}").delete("everything_purge", "Delete it.", purge);
}
