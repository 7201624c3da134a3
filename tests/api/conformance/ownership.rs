//! A row of somebody else's is not there: not to read, not to write, not in a list (API1:2023).

use platform::http::routing::route::Operation;

use super::{Resource, each_resource_with};
use crate::harness::Response;

#[test]
fn every_operation_on_anothers_row_answers_as_if_it_were_absent() {
    each_resource_with("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        for Operation { method, .. } in resource.operations(true) {
            let foreign = resource.ask(&resource.bob, method.as_str(), &row);
            let absent = resource.ask(&resource.bob, method.as_str(), &resource.absent());
            assert_eq!(foreign.status, 404, "{method} {row}");
            assert_eq!(foreign.to_string(), absent.to_string(), "{method} {row}");
        }
    });
}

#[test]
fn a_stale_entity_tag_tells_a_stranger_nothing() {
    each_resource_with("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        for Operation { method, .. } in resource.operations(true) {
            let stale = [("if-match", "\"99\"")];
            let foreign = resource.ask_with(&resource.bob, method.as_str(), &row, &stale);
            assert_eq!(foreign.status, 404, "{method} {row}");
        }
    });
}

#[test]
fn a_stranger_who_tried_everything_has_changed_nothing() {
    each_resource_with("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = shown(resource, &row);
        for Operation { method, .. } in resource.operations(true) {
            resource.ask(&resource.bob, method.as_str(), &row);
        }
        assert_eq!(shown(resource, &row), before);
    });
}

#[test]
fn a_list_shows_ones_own_rows_only() {
    each_resource_with("GET", false, |resource| {
        resource.row(&resource.alice);
        resource.row(&resource.alice);
        resource.row(&resource.bob);
        assert_eq!(resource.items(&resource.alice).len(), 2);
        assert_eq!(resource.items(&resource.bob).len(), 1);
        let stranger = resource.service.actor("carol", resource.sample.roles);
        assert_eq!(resource.items(&stranger), [serde_json::Value::Null; 0]);
    });
}

#[test]
fn a_cursor_of_anothers_list_opens_nothing() {
    each_resource_with("GET", false, |resource| {
        for _ in 0..3 {
            resource.service.clock.advance(time::Duration::seconds(1));
            resource.row(&resource.alice);
        }
        let first = resource
            .alice
            .get(&format!("{}?limit=1", resource.sample.collection));
        let cursor = first.json()["next_cursor"]
            .as_str()
            .expect("a cursor")
            .to_owned();
        let page = resource
            .bob
            .get(&format!("{}?cursor={cursor}", resource.sample.collection));
        assert_eq!(
            (page.status, page.json()["items"].clone()),
            (200, serde_json::json!([]))
        );
    });
}

#[test]
fn the_caller_who_creates_is_the_owner_whatever_the_body_says() {
    each_resource_with("POST", false, |resource| {
        for member in [
            "owner",
            "owner_subject",
            "owner_issuer",
            "id",
            "version",
            "created_at",
            "updated_at",
        ] {
            let mut content = (resource.sample.content)();
            content[member] = "bob".into();
            let answer = resource.alice.post(resource.sample.collection, &content);
            assert_eq!(answer.status, 400, "{member}: {answer}");
            assert_eq!(answer.errors(), [format!("/{member} unknown_member")]);
        }
        assert!(resource.items(&resource.bob).is_empty());
    });
}

fn shown(resource: &Resource, row: &str) -> String {
    let answer: Response = resource.alice.get(row);
    assert_eq!(answer.status, 200, "{answer}");
    answer.to_string()
}
