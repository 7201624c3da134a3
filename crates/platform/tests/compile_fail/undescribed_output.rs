//! A handler that answers something the OpenAPI document does not know.
//~ `String` is not described as an answer of an operation
//~ return one of the types in `platform::http::response::answer`

use platform::{auth::Anyone, http::{problem::Problem, routing::route::Resource}};

async fn speak(_: Anyone) -> Result<String, Problem> {
    Ok(String::new())
}

fn main() {
    let _ = Resource::at("/anything").get("anything_speak", "Speak.", speak);
}
