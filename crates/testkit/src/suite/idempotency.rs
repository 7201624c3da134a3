//! A creation that is sent again with its key is made once, and a key is its caller's own
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Controls: CC-03

use serde_json::Value;

use super::{
    Sampled,
    resource::{Resource, each_resource_with},
};
use crate::{Actor, Response};

const KEY: [(&str, &str); 1] = [("idempotency-key", "attempt-of-the-suite")];

fn create<T: Sampled>(resource: &Resource<T>, actor: &Actor, content: &Value) -> Response {
    actor.json("POST", resource.sample.collection, &KEY, content)
}

pub fn a_repeated_creation_creates_once_and_answers_the_same<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let content = resource.sample.fresh();
        let first = create(resource, &resource.alice, &content);
        resource.service.clock.advance(time::Duration::seconds(1));
        let second = create(resource, &resource.alice, &content);
        assert_eq!(
            (first.status, second.status),
            (201, 201),
            "{first} {second}"
        );
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!((first.etag(), first.json()), (second.etag(), second.json()));
        assert_eq!(resource.items(&resource.alice).len(), 1);
    });
}

pub fn a_key_for_other_content_is_refused_and_creates_nothing<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        create(resource, &resource.alice, &resource.sample.fresh());
        let refused = create(resource, &resource.alice, &resource.sample.fresh());
        let told = (refused.status, refused.errors());
        assert_eq!(told, (422, vec![" idempotency_key_reused".to_owned()]));
        assert_eq!(resource.items(&resource.alice).len(), 1);
    });
}

pub fn anothers_key_is_a_key_of_its_own<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let content = resource.sample.fresh();
        let alices = create(resource, &resource.alice, &content);
        let bobs = create(resource, &resource.bob, &content);
        assert_eq!((alices.status, bobs.status), (201, 201), "{alices} {bobs}");
        assert_ne!(alices.header("location"), bobs.header("location"));
        assert_eq!(resource.bob.get(alices.header("location")).status, 404);
        assert_eq!(resource.items(&resource.bob).len(), 1);
    });
}

pub fn creations_at_the_same_time_with_one_key_make_one_row<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let content = resource.sample.fresh();
        let attempt = || create(resource, &resource.alice, &content);
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let attempts: Vec<_> = (0..8).map(|_| scope.spawn(attempt)).collect();
            attempts
                .into_iter()
                .map(|attempt| attempt.join().unwrap())
                .collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, answer.json()), (201, answers[0].json()));
        }
        assert_eq!(resource.items(&resource.alice).len(), 1);
    });
}

pub fn a_key_is_forgotten_after_its_retention<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let first = create(resource, &resource.alice, &resource.sample.fresh());
        resource.service.clock.advance(time::Duration::hours(25));
        let alice = resource.service.actor("alice", resource.sample.roles);
        let second = create(resource, &alice, &resource.sample.fresh());
        assert_eq!(
            (first.status, second.status),
            (201, 201),
            "{first} {second}"
        );
        assert_ne!(first.json()["id"], second.json()["id"]);
    });
}
