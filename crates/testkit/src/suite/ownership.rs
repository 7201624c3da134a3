//! To a caller, another owner's row does not exist: the caller cannot read it, write it or list it
//! (API1:2023).
//!
//! Controls: AZ-03, AZ-04, AZ-05

use platform::http::routing::route::Operation;
use serde_json::json;

use super::{Resource, Sampled, resource::each_resource_with};
use crate::{Forger, Service};

pub fn every_operation_on_anothers_row_answers_as_if_it_were_absent<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        for Operation { method, .. } in resource.operations(true) {
            let foreign = resource.ask(&resource.bob, method.as_str(), &row);
            let absent = resource.ask(&resource.bob, method.as_str(), &resource.absent());
            assert_eq!(foreign.status, 404, "{method} {row}");
            assert_eq!(foreign.to_string(), absent.to_string(), "{method} {row}");
        }
    });
}

/// An id has one spelling, and another one tells no more than an absent one.
pub fn an_id_that_is_spelt_differently_is_an_absent_one<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        let absent = resource.alice.get(&resource.absent()).to_string();
        let (collection, id) = row.rsplit_once('/').expect("a collection and an id");
        let other = [
            "x",
            "00000000-0000-0000-0000-000000000000",
            &id.to_uppercase(),
        ];
        for id in other.into_iter().filter(|other| *other != id) {
            let answer = resource.alice.get(&format!("{collection}/{id}"));
            assert_eq!(answer.to_string(), absent, "{id}");
        }
    });
}

pub fn a_stale_entity_tag_tells_a_stranger_nothing<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        for Operation { method, .. } in resource.operations(true) {
            let stale = [("if-match", "\"99\"")];
            let foreign = resource.ask_with(&resource.bob, method.as_str(), &row, &stale);
            assert_eq!(foreign.status, 404, "{method} {row}");
        }
    });
}

pub fn a_stranger_who_tried_everything_has_changed_nothing<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        for Operation { method, .. } in resource.operations(true) {
            resource.ask(&resource.bob, method.as_str(), &row);
        }
        assert_eq!(resource.shown(&row), before);
    });
}

/// Some roles see rows of others: that alone must not let their holder write them.
pub fn a_stranger_with_every_role_changes_no_content_and_deletes_nothing<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        let everybody = resource.everybody("bob");
        let changes = resource
            .operations(true)
            .map(|operation| operation.method.as_str());
        for method in changes.filter(|method| !["GET", "HEAD"].contains(method)) {
            let answer = resource.ask(&everybody, method, &row);
            assert!(
                [403, 404].contains(&answer.status),
                "{method} {row}: {answer}"
            );
        }
        assert_eq!(resource.shown(&row), before);
    });
}

pub fn a_list_shows_ones_own_rows_only<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        resource.row(&resource.alice);
        resource.row(&resource.alice);
        resource.row(&resource.bob);
        assert_eq!(resource.items(&resource.alice).len(), 2);
        assert_eq!(resource.items(&resource.bob).len(), 1);
        // Subjects are compared letter by letter (OpenID Connect Core §2: `sub` is case-sensitive).
        for stranger in ["carol", "Alice", "alice "] {
            let stranger = resource.service.actor(stranger, resource.sample.roles);
            assert!(resource.items(&stranger).is_empty());
        }
    });
}

pub fn a_cursor_of_anothers_list_opens_nothing<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        for _ in 0..3 {
            resource.service.clock.advance(time::Duration::seconds(1));
            resource.row(&resource.alice);
        }
        let collection = resource.sample.collection;
        let first = resource.alice.get(&format!("{collection}?limit=1")).json();
        let cursor = first["next_cursor"].as_str().expect("a cursor");
        let page = resource.bob.get(&format!("{collection}?cursor={cursor}"));
        assert_eq!(
            (page.status, page.json()["items"].clone()),
            (200, json!([]))
        );
    });
}

/// Subjects are unique within an issuer only: another issuer's `alice` must not open rows of this
/// one's, nor be answered for a key of hers.
pub fn the_same_subject_of_another_issuer_is_a_stranger<T: Sampled>() {
    const ISSUER: &str = "https://id.example.com";
    let elsewhere = Service::<T>::start();
    for sample in T::samples() {
        let forger = Forger::of(&elsewhere, sample.roles);
        let keys = elsewhere.data_dir().join("dev/jwks.json");
        let settings = elsewhere.data_dir().join("issuer.toml");
        let table = format!(
            "[[auth.issuers]]\nissuer = {ISSUER:?}\naudience = {}\nalgorithms = [\"ES256\"]\njwks_file = \"{}\"\n",
            forger.claims["aud"],
            keys.display(),
        );
        std::fs::write(&settings, table).unwrap();
        let resource = Resource::<T>::on(Service::configured(&settings), sample);
        let (alice, collection) = (&resource.alice, resource.sample.collection);
        let stranger = resource
            .service
            .bearer(&forger.with_claim("iss", ISSUER.into()));
        let key = [("idempotency-key", "attempt-of-the-suite")];
        let content = resource.sample.fresh();
        let row = alice
            .json("POST", collection, &key, &content)
            .header("location")
            .to_owned();
        assert!(resource.items(&stranger).is_empty());
        for Operation { method, .. } in resource.operations(true) {
            let answer = resource.ask(&stranger, method.as_str(), &row);
            assert_eq!(answer.status, 404, "{method} {row}: {answer}");
        }
        let own = stranger.json("POST", collection, &key, &content);
        assert_eq!(own.status, 201, "{own}");
        assert_ne!(own.header("location"), row);
    }
}
