//! Two writers do not undo each other unseen: a strong entity tag, asked for by every change (RFC 9110
//! §13.1.1).
//!
//! Controls: CC-01

use platform::http::routing::route::Operation;

use super::{
    Sampled,
    resource::{Resource, each_resource_with},
};

/// The methods on a row that change it.
fn changes<T: Sampled>(resource: &Resource<T>) -> Vec<String> {
    let methods = resource
        .operations(true)
        .map(|Operation { method, .. }| method.to_string());
    methods
        .filter(|method| !["GET", "HEAD"].contains(&method.as_str()))
        .collect()
}

pub fn what_is_created_is_found_at_its_location_under_the_same_entity_tag<T: Sampled>() {
    each_resource_with::<T>("POST", false, |resource| {
        let created = resource.create(&resource.alice);
        let read = resource.alice.get(created.header("location"));
        assert_eq!((created.etag(), created.json()), (read.etag(), read.json()));
        assert!(read.etag().starts_with('"'), "a strong tag: {read}");
    });
}

pub fn a_head_is_a_get_without_its_body<T: Sampled>() {
    each_resource_with::<T>("HEAD", true, |resource| {
        let row = resource.row(&resource.alice);
        let get = resource.alice.get(&row);
        let head = resource.alice.send("HEAD", &row, &[], b"");
        assert_eq!((head.status, head.etag()), (200, get.etag()));
        assert_eq!(head.header("content-length"), get.header("content-length"));
        assert!(head.body.is_empty());
    });
}

pub fn a_change_without_the_current_entity_tag_is_refused_and_changes_nothing<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        let current = ("if-match", "\"1\"");
        for method in changes(resource) {
            for (headers, status) in [
                (vec![], 428),
                (vec![("if-match", "*")], 428),
                (vec![("if-match", "\"99\"")], 412),
                (vec![("if-match", "W/\"1\"")], 412),
                (vec![("if-match", "1")], 400),
                (vec![current, ("if-none-match", "*")], 412),
                (vec![current, ("if-none-match", "\"9\", W/\"1\"")], 412),
                (vec![current, ("if-none-match", "1")], 400),
            ] {
                let answer = resource.ask_with(&resource.alice, &method, &row, &headers);
                assert_eq!(answer.status, status, "{method} with {headers:?}: {answer}");
            }
        }
        assert_eq!(resource.shown(&row), before);
    });
}

pub fn a_change_makes_a_new_version_that_the_old_entity_tag_does_not_fit<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        for method in changes(resource) {
            let row = resource.row(&resource.alice);
            let tag = resource.alice.get(&row).etag().to_owned();
            let if_match = [("if-match", tag.as_str())];
            let first = resource.ask_with(&resource.alice, &method, &row, &if_match);
            assert!((200..300).contains(&first.status), "{method}: {first}");
            let again = resource.ask_with(&resource.alice, &method, &row, &if_match);
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

/// Of content that was sent, nothing is left out and nothing is made up.
pub fn what_is_written_is_what_is_read<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        for (operation, path) in resource.writing() {
            let body = match operation.method.as_str() {
                "PATCH" => resource.sample.patch(),
                _ => resource.sample.fresh(),
            };
            let method = operation.method.as_str();
            let if_match = [("if-match", "\"1\"")];
            let text = body.to_string();
            let answer = resource.send(&resource.alice, method, &path, &if_match, &text);
            for (name, value) in body.as_object().expect("an object") {
                assert_eq!(answer.json()[name], *value, "{name} after {method}");
            }
        }
    });
}

pub fn of_writers_at_the_same_time_one_succeeds<T: Sampled>() {
    each_resource_with::<T>("GET", true, |resource| {
        for method in changes(resource) {
            let row = resource.row(&resource.alice);
            let write = || resource.ask(&resource.alice, &method, &row).status;
            let mut statuses: Vec<u16> = std::thread::scope(|scope| {
                let writers: Vec<_> = (0..6).map(|_| scope.spawn(write)).collect();
                writers
                    .into_iter()
                    .map(|writer| writer.join().unwrap())
                    .collect()
            });
            statuses.sort_unstable();
            let (done, late) = if method == "DELETE" {
                (204, [404, 412])
            } else {
                (200, [412; 2])
            };
            assert_eq!(statuses.remove(0), done, "{method}");
            assert!(
                statuses.iter().all(|status| late.contains(status)),
                "{method}: {statuses:?}"
            );
        }
    });
}
