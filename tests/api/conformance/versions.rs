//! Two writers do not undo each other unseen: a strong entity tag, asked for by every change (RFC 9110
//! §13.1.1).

use platform::http::routing::route::Operation;

use super::{Resource, each_resource_with};

/// The methods on a row that change it.
fn changes(resource: &Resource) -> Vec<String> {
    let methods = resource
        .operations(true)
        .map(|Operation { method, .. }| method.to_string());
    methods
        .filter(|method| !["GET", "HEAD"].contains(&method.as_str()))
        .collect()
}

#[test]
fn what_is_created_is_found_at_its_location_under_the_same_entity_tag() {
    each_resource_with("POST", false, |resource| {
        let created = resource.create(&resource.alice);
        let read = resource.alice.get(created.header("location"));
        assert_eq!((created.etag(), created.json()), (read.etag(), read.json()));
        assert!(read.etag().starts_with('"'), "a strong tag: {read}");
    });
}

#[test]
fn a_head_is_a_get_without_its_body() {
    each_resource_with("HEAD", true, |resource| {
        let row = resource.row(&resource.alice);
        let (get, head) = (
            resource.alice.get(&row),
            resource.alice.send("HEAD", &row, &[], b""),
        );
        assert_eq!((head.status, head.etag()), (200, get.etag()));
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert!(head.body.is_empty());
    });
}

#[test]
fn a_change_without_the_current_entity_tag_is_refused_and_changes_nothing() {
    each_resource_with("GET", true, |resource| {
        let changes = changes(resource);
        assert!(
            !changes.is_empty(),
            "{} is never changed",
            resource.sample.collection
        );
        let row = resource.row(&resource.alice);
        let before = resource.alice.get(&row).to_string();
        for method in changes {
            for (headers, status) in [
                (vec![], 428),
                (vec![("if-match", "*")], 428),
                (vec![("if-match", "\"99\"")], 412),
                (vec![("if-match", "W/\"1\"")], 412),
                (vec![("if-match", "1")], 400),
            ] {
                let answer = resource.ask_with(&resource.alice, &method, &row, &headers);
                assert_eq!(answer.status, status, "{method} with {headers:?}: {answer}");
            }
        }
        assert_eq!(resource.alice.get(&row).to_string(), before);
    });
}

#[test]
fn a_change_makes_a_new_version_that_the_old_entity_tag_does_not_fit() {
    each_resource_with("GET", true, |resource| {
        for method in changes(resource) {
            let row = resource.row(&resource.alice);
            let tag = resource.alice.get(&row).etag().to_owned();
            let first = resource.ask_with(&resource.alice, &method, &row, &[("if-match", &tag)]);
            assert!((200..300).contains(&first.status), "{method}: {first}");
            let again = resource.ask_with(&resource.alice, &method, &row, &[("if-match", &tag)]);
            let gone = method == "DELETE";
            assert_eq!(
                again.status,
                if gone { 404 } else { 412 },
                "{method}: {again}"
            );
            if !gone {
                let read = resource.alice.get(&row);
                assert_eq!(first.etag(), read.etag(), "{method}");
                assert_ne!(first.etag(), tag, "{method}");
                assert_eq!(first.json(), read.json(), "{method}");
            }
        }
    });
}

#[test]
fn of_writers_at_the_same_time_one_succeeds() {
    each_resource_with("PATCH", true, |resource| {
        let row = resource.row(&resource.alice);
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..6)
                .map(|_| scope.spawn(|| resource.ask(&resource.alice, "PATCH", &row).status))
                .collect();
            writers
                .into_iter()
                .map(|writer| writer.join().unwrap())
                .collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    });
}
