//! A handler whose rule is not the first argument: inputs would be read before it decides.
//~ `app::http::path::Path<String>` is not an authorization rule
//~ the first argument must be `Allow<Permission>`, `Authenticated` or `Anyone`

use app::{
    auth::{Allow, InvoicesDelete},
    http::{answer::NoContent, path::Path, problem::Problem, route::Resource},
};

async fn purge(_id: Path<String>, _caller: Allow<InvoicesDelete>) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/everything/{id}").delete("everything_purge", "Delete it.", purge);
}
