//! A handler that reads the request past the OpenAPI document.
//~ `String` is not described as an input of an operation
//~ implement `platform::http::contract::describe::Input`

use platform::{auth::Anyone, http::{response::answer::NoContent, problem::Problem, routing::route::Resource}};

async fn swallow(_: Anyone, _body: String) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

fn main() {
    let _ = Resource::at("/anything").post("anything_swallow", "Swallow it.", swallow);
}
