//! What one owner may have is bounded, and what must be unique is so within one owner's rows only: a
//! conflict tells nobody what others have (API4:2023, API1:2023).
//!
//! Controls: CC-05

use super::{Resource, Sampled, resource::each_resource_with};
use crate::Response;

/// Runs `check` on each resource whose rows are made by callers, where two are as many as one may have.
fn each_with_room_for_two<T: Sampled>(check: impl Fn(&Resource<T>)) {
    let room = [("APP_PER_OWNER__ROWS", "2")];
    let resources = T::samples()
        .into_iter()
        .map(|sample| Resource::under_test(sample, &room));
    let resources = resources.filter(|resource: &Resource<T>| resource.has("POST", false));
    resources.for_each(|resource| check(&resource));
}

/// The creation is refused because the owner has no room.
fn is_refused(answer: &Response) {
    let kind = answer.json()["type"].clone();
    assert_eq!(
        (answer.status, kind),
        (409, "/problems/limit-reached".into())
    );
}

pub fn an_owner_who_has_as_many_as_one_may_have_gets_no_more<T: Sampled>() {
    each_with_room_for_two::<T>(|resource| {
        let first = resource.row(&resource.alice);
        resource.row(&resource.alice);
        let collection = resource.sample.collection;
        is_refused(&resource.alice.post(collection, &resource.sample.fresh()));
        assert_eq!(resource.items(&resource.alice).len(), 2);
        resource.row(&resource.bob);
        if resource.has("DELETE", true) {
            assert_eq!(resource.ask(&resource.alice, "DELETE", &first).status, 204);
            resource.row(&resource.alice);
        }
    });
}

pub fn creations_at_the_same_time_do_not_pass_the_bound_together<T: Sampled>() {
    each_with_room_for_two::<T>(|resource| {
        let collection = resource.sample.collection;
        let create = || resource.alice.post(collection, &resource.sample.fresh());
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let creations: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
            creations
                .into_iter()
                .map(|creation| creation.join().unwrap())
                .collect()
        });
        let (made, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 2, "{answers:?}");
        refused.into_iter().for_each(is_refused);
        assert_eq!(resource.items(&resource.alice).len(), 2);
    });
}

/// Keys outlive their rows: creating and deleting must not fill the disk with keys.
pub fn keys_of_rows_that_were_deleted_are_bounded_too<T: Sampled>() {
    each_with_room_for_two::<T>(|resource| {
        if !resource.has("DELETE", true) {
            return;
        }
        let create = |number: u8| {
            let key = format!("attempt-{number}");
            let key = [("idempotency-key", key.as_str())];
            let content = resource.sample.fresh();
            resource
                .alice
                .json("POST", resource.sample.collection, &key, &content)
        };
        for number in 0..2 {
            let made = create(number);
            assert_eq!(made.status, 201, "{made}");
            let deleted = resource.ask(&resource.alice, "DELETE", made.header("location"));
            assert_eq!(deleted.status, 204, "{deleted}");
        }
        is_refused(&create(2));
    });
}

pub fn a_value_that_only_one_row_may_have_is_taken_for_its_owner_and_free_for_others<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        for (member, code) in resource.sample.unique {
            let (first, mut second) = (resource.sample.fresh(), resource.sample.fresh());
            resource.create_with(&resource.alice, &first);
            let row = resource.create_with(&resource.alice, &second);
            let row = row.header("location");
            let before = resource.shown(row);
            second[*member] = first[*member].clone();
            let patch = serde_json::json!({ *member: first[*member] });
            let mut answers = vec![resource.alice.post(resource.sample.collection, &second)];
            if resource.has("PUT", true) {
                answers.push(resource.alice.put(row, "\"1\"", &second));
            }
            if resource.has("PATCH", true) {
                answers.push(resource.alice.patch(row, "\"1\"", &patch));
            }
            for refused in answers {
                let told = refused.errors();
                assert_eq!(
                    (refused.status, told.len()),
                    (409, 1),
                    "{member}: {refused}"
                );
                assert!(
                    told[0].ends_with(&format!(" {code}")),
                    "{member}: {refused}"
                );
            }
            assert_eq!(resource.shown(row), before);
            resource.create_with(&resource.bob, &first);
        }
    });
}
