//! Two things of one name are no document: the second would be described as the first, or the first as
//! the second, and every other test of the document would stay green.

use platform::{
    auth::Authenticated,
    http::{
        problem::Problem,
        response::answer::OkJson,
        routing::route::{Resource, RouteTable},
    },
    openapi::{DocumentError, json},
};
use serde::Serialize;

mod letters {
    use utoipa::ToSchema;

    #[derive(super::Serialize, ToSchema)]
    pub struct Memo {
        #[schema(max_length = 10)]
        pub text: String,
    }
}

mod notes {
    use utoipa::ToSchema;

    /// Refers to a value of the same name as the other slice's.
    #[derive(super::Serialize, ToSchema)]
    pub struct Note {
        pub memo: Memo,
    }

    #[derive(super::Serialize, ToSchema)]
    pub struct Memo {
        #[schema(max_length = 20)]
        pub text: String,
    }
}

mod own_problem {
    use utoipa::ToSchema;

    #[derive(super::Serialize, ToSchema)]
    pub struct Problem {
        #[schema(max_length = 20)]
        pub text: String,
    }
}

fn text() -> String {
    "text".to_owned()
}

async fn letter(_: Authenticated) -> Result<OkJson<letters::Memo>, Problem> {
    Ok(OkJson(letters::Memo { text: text() }))
}

async fn note(_: Authenticated) -> Result<OkJson<notes::Note>, Problem> {
    let memo = notes::Memo { text: text() };
    Ok(OkJson(notes::Note { memo }))
}

async fn own_problem(_: Authenticated) -> Result<OkJson<own_problem::Problem>, Problem> {
    Ok(OkJson(own_problem::Problem { text: text() }))
}

fn refused(resources: impl IntoIterator<Item = Resource>) -> String {
    let table = RouteTable::default().api(resources);
    let error = json(&app::service().about(), &table).expect_err("two things have one name");
    assert!(matches!(error, DocumentError::NamedTwice { .. }));
    error.to_string()
}

#[test]
fn two_slices_with_a_value_of_one_name_are_refused_with_both_places() {
    let told = refused([
        Resource::at("/letters").get("letters_read", "Read.", letter),
        Resource::at("/notes").get("notes_read", "Read.", note),
    ]);
    for part in [
        "`Memo`",
        "letters_read",
        "letters::Memo",
        "notes_read",
        "notes::Note",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_value_with_the_name_of_a_part_of_every_problem_is_refused() {
    let told = refused([Resource::at("/own").get("own_read", "Read.", own_problem)]);
    for part in ["`Problem`", "every problem", "own_read"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn a_route_that_is_registered_twice_is_refused_with_both_operations() {
    let told = refused([
        Resource::at("/letters").get("letters_read", "Read.", letter),
        Resource::at("/letters").get("letters_show", "Read.", letter),
    ]);
    for part in ["`GET /v1/letters`", "letters_read", "letters_show"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn two_operations_with_one_id_are_refused_with_both_routes() {
    let told = refused([
        Resource::at("/letters").get("letters_read", "Read.", letter),
        Resource::at("/mail").get("letters_read", "Read.", letter),
    ]);
    for part in ["`letters_read`", "GET /v1/letters", "GET /v1/mail"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[test]
fn one_value_in_two_places_has_one_name() {
    let table = RouteTable::default().api([
        Resource::at("/letters").get("letters_read", "Read.", letter),
        Resource::at("/mail").get("mail_read", "Read.", letter),
    ]);
    assert!(json(&app::service().about(), &table).is_ok());
}
