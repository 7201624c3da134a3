//! A creation that is sent again with its key is made once, and a key is its caller's own
//! (draft-ietf-httpapi-idempotency-key-header).

use serde_json::Value;

use super::{Resource, each_resource_with};
use crate::harness::{Actor, Response};

fn create(resource: &Resource, actor: &Actor, key: &str, content: &Value) -> Response {
    actor.json(
        "POST",
        resource.sample.collection,
        &[("idempotency-key", key)],
        content,
    )
}

#[test]
fn a_repeated_creation_creates_once_and_answers_the_same() {
    each_resource_with("POST", false, |resource| {
        let content = (resource.sample.content)();
        let first = create(resource, &resource.alice, "conformance", &content);
        resource.service.clock.advance(time::Duration::minutes(1));
        let second = create(resource, &resource.alice, "conformance", &content);
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

#[test]
fn a_key_for_other_content_is_refused_and_creates_nothing() {
    each_resource_with("POST", false, |resource| {
        create(
            resource,
            &resource.alice,
            "conformance",
            &(resource.sample.content)(),
        );
        let other = (resource.sample.other_content)();
        let refused = create(resource, &resource.alice, "conformance", &other);
        assert_eq!(
            (refused.status, refused.errors()),
            (422, vec![" idempotency_key_reused".to_owned()])
        );
        assert_eq!(resource.items(&resource.alice).len(), 1);
    });
}

#[test]
fn anothers_key_is_a_key_of_its_own() {
    each_resource_with("POST", false, |resource| {
        let content = (resource.sample.content)();
        let alices = create(resource, &resource.alice, "conformance", &content);
        let bobs = create(resource, &resource.bob, "conformance", &content);
        assert_eq!((alices.status, bobs.status), (201, 201), "{alices} {bobs}");
        assert_ne!(alices.header("location"), bobs.header("location"));
        assert_eq!(resource.bob.get(alices.header("location")).status, 404);
        assert_eq!(resource.items(&resource.bob).len(), 1);
    });
}
