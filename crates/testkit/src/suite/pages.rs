//! A list is read a page at a time, each row once, and never more than a hundred (API4:2023).

use serde_json::Value;

use super::{
    Sampled,
    resource::{Resource, each_resource_with},
};
use crate::{Response, elsewhere};

/// Where the next page is.
fn next(page: &Response) -> Option<String> {
    let link = page.find("link")?;
    let target = link.strip_prefix('<');
    let target = target.and_then(|link| link.strip_suffix(">; rel=\"next\""));
    Some(target.expect("a link to the next page").to_owned())
}

/// The items of all pages from this one on, each page of at most two.
fn all_pages<T: Sampled>(resource: &Resource<T>, query: &str) -> Vec<Value> {
    let mut path = Some(format!("{}?limit=2{query}", resource.sample.collection));
    let mut seen = Vec::new();
    while let Some(at) = path {
        let page = resource.alice.get(&at);
        assert_eq!(page.status, 200, "{at}: {page}");
        assert!(at.ends_with(query), "{at} forgets {query}");
        let body = page.json();
        let items = body["items"].as_array().unwrap();
        assert!(items.len() <= 2, "{at}");
        seen.extend(items.iter().cloned());
        assert!(seen.len() <= 50, "pages without end");
        path = next(&page);
        let cursor = body["next_cursor"].as_str();
        assert_eq!(path.is_some(), cursor.is_some(), "{at}");
        if let (Some(path), Some(cursor)) = (&path, cursor) {
            assert!(
                path.contains(&format!("?limit=2&cursor={cursor}")),
                "{path}"
            );
        }
    }
    seen
}

pub fn an_empty_list_is_a_page<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        let page = resource.alice.get(resource.sample.collection);
        let nothing = serde_json::json!({ "items": [], "next_cursor": null });
        assert_eq!((page.status, page.json()), (200, nothing));
    });
}

pub fn following_next_shows_every_row_once_newest_first<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        let made = (0..5).map(|_| {
            resource.service.clock.advance(time::Duration::seconds(1));
            resource.create(&resource.alice).json()
        });
        let mut made: Vec<_> = made.collect();
        made.reverse();
        assert_eq!(all_pages(resource, ""), made);
    });
}

pub fn a_page_is_bounded_and_its_query_is_read_strictly<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        for (query, status, error) in [
            ("limit=0", 422, "/limit range"),
            ("limit=101", 422, "/limit range"),
            ("limit=x", 400, "/limit wrong_type"),
            ("limit=1&limit=2", 400, "/limit repeated"),
            ("cursor=AAAA", 400, "/cursor wrong_type"),
            ("offset=3", 400, "/offset unknown_member"),
            ("limit=%zz", 400, " percent_encoding"),
        ] {
            let path = format!("{}?{query}", resource.sample.collection);
            let answer = resource.alice.get(&path);
            if elsewhere::stopped_by_a_gateway(&answer, query) {
                continue;
            }
            let told = (answer.status, answer.errors());
            assert_eq!(told, (status, vec![error.to_owned()]), "{query}");
        }
        let path = format!("{}?limit=100", resource.sample.collection);
        assert_eq!(resource.alice.get(&path).status, 200);
    });
}

/// Each query parameter with a list of values cuts the list down to the rows that have one of them.
pub fn a_list_can_be_cut_down_by_each_filter_of_the_document<T: Sampled>() {
    each_resource_with::<T>("GET", false, |resource| {
        if let Some(states) = &resource.sample.states {
            for (_, state) in states.arrows {
                resource.row_in(states, state);
            }
        }
        for _ in 0..3 {
            resource.row(&resource.alice);
            resource.row(&resource.bob);
        }
        let all = resource.items(&resource.alice);
        let list = resource
            .document
            .operation("get", resource.sample.collection);
        for parameter in list["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().expect("a name");
            let Some(values) = parameter["schema"]["enum"].as_array() else {
                continue;
            };
            for value in values {
                let query = format!("&{name}={}", value.as_str().expect("text"));
                let meant: Vec<_> = all.iter().filter(|item| item[name] == *value).collect();
                let shown = all_pages(resource, &query);
                assert_eq!(shown.iter().collect::<Vec<_>>(), meant, "{query}");
            }
            let path = format!("{}?{name}=zq-suite", resource.sample.collection);
            let unknown = resource.alice.get(&path);
            let told = (unknown.status, unknown.errors());
            assert_eq!(told, (400, vec![format!("/{name} unknown_value")]));
        }
    });
}
