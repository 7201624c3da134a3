//! Routes of the tests' own, behind the same layers: handlers that misbehave.

use app::{
    auth::{Anyone, Authenticated},
    http::{
        answer::NoContent,
        problem::Problem,
        route::{Resource, RouteTable},
    },
};

pub fn routes() -> RouteTable {
    app::app::routes()
        .open([
            Resource::at("/panic").get("panic_read", "Panic.", panics),
            Resource::at("/stuck").get("stuck_read", "Never answer.", never_answers),
            Resource::at("/broken").get("broken_read", "Fail.", fails),
        ])
        .api([
            Resource::at("/panic").post("panic_create", "Panic.", panics_inside),
            Resource::at("/stuck").post("stuck_create", "Never answer.", never_ends),
            Resource::at("/expensive")
                .expensive()
                .get("expensive_read", "Work.", works),
        ])
}

async fn panics(_: Anyone) -> Result<NoContent, Problem> {
    panic!("the secret plan")
}

async fn panics_inside(_: Authenticated) -> Result<NoContent, Problem> {
    tokio::task::yield_now().await;
    panic!("the secret plan")
}

async fn works(_: Authenticated) -> Result<NoContent, Problem> {
    Ok(NoContent)
}

async fn never_answers(_: Anyone) -> Result<NoContent, Problem> {
    std::future::pending().await
}

async fn never_ends(_: Authenticated) -> Result<NoContent, Problem> {
    std::future::pending().await
}

async fn fails(_: Anyone) -> Result<NoContent, Problem> {
    Err(Problem::Internal(
        "connection string: the secret plan".into(),
    ))
}
