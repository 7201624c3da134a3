//! A query string: what is accepted has each known name once, with a value that keeps its rule.

#![no_main]

use std::collections::BTreeMap;

use fixture::orders::Status;
use libfuzzer_sys::fuzz_target;
use platform::{
    http::{pagination::Cursor, problem::Problem, request::query},
    slice::{ListQuery, State},
};

fuzz_target!(|raw: &str| {
    match query::parse::<ListQuery<Status>>(raw) {
        Ok(list) => {
            let pairs: Vec<_> = form_urlencoded::parse(raw.as_bytes()).collect();
            let mut names: BTreeMap<_, _> = pairs.iter().cloned().collect();
            assert_eq!(names.len(), pairs.len(), "a name came twice");
            let limit = names.remove("limit").map(|limit| limit.parse().ok());
            assert_eq!(limit.flatten(), list.limit);
            assert!(list.limit.is_none_or(|limit| (1..=100).contains(&limit)));
            let cursor = names.remove("cursor").map(String::from);
            assert_eq!(cursor, list.cursor.map(Cursor::encode));
            let status = names.remove("status").map(String::from);
            assert_eq!(status.as_deref(), list.status.map(State::name));
            assert!(names.is_empty(), "{names:?}");
        }
        Err(Problem::Malformed(found) | Problem::Unprocessable(found)) => {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/');
            assert!(found.iter().all(|one| one.pointer.bytes().all(plain)));
        }
        Err(other) => panic!("{other:?}"),
    }
});
