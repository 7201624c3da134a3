//! Routes of the tests' own, behind the same layers: handlers that misbehave.

use app::{
    app::{Service, Slice},
    auth::{Anyone, Authenticated},
    db::{Fault, StoreError},
    http::{answer::NoContent, problem::Problem, route::Resource},
};

/// This service with handlers that misbehave.
pub fn service() -> Service {
    let mut service = app::service();
    service.slices.push(Slice {
        open: || {
            vec![
                Resource::at("/panic").get("panic_read", "Panic.", panics),
                Resource::at("/stuck").get("stuck_read", "Never answer.", never_answers),
                Resource::at("/broken").get("broken_read", "Fail.", fails),
            ]
        },
        routes: || {
            vec![
                Resource::at("/panic").post("panic_create", "Panic.", panics_inside),
                Resource::at("/stuck").post("stuck_create", "Never answer.", never_ends),
                Resource::at("/taken").post("taken_create", "Break a unique constraint.", is_taken),
                Resource::at("/full").post("full_create", "Find the disk full.", is_full),
                Resource::at("/expensive")
                    .expensive()
                    .get("expensive_read", "Work.", works),
            ]
        },
        ..Slice::NONE
    });
    service
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

async fn is_taken(_: Authenticated) -> Result<NoContent, Problem> {
    Err(StoreError::Taken("name_taken").into())
}

async fn is_full(_: Authenticated) -> Result<NoContent, Problem> {
    let cause = sqlx::Error::Protocol("database or disk is full".to_owned());
    Err(StoreError::Unavailable(Fault::Full, cause).into())
}

async fn fails(_: Anyone) -> Result<NoContent, Problem> {
    Err(Problem::Internal(
        "connection string: the secret plan".into(),
    ))
}
