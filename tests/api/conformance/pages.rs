//! A list is read a page at a time, each row once, and never more than a hundred (API4:2023).

use std::collections::BTreeSet;

use super::each_resource_with;

#[test]
fn following_next_shows_every_row_once() {
    each_resource_with("GET", false, |resource| {
        let mut made = BTreeSet::new();
        for _ in 0..5 {
            resource.service.clock.advance(time::Duration::seconds(1));
            made.insert(resource.create(&resource.alice).json()["id"].to_string());
        }
        let mut path = Some(format!("{}?limit=2", resource.sample.collection));
        let mut seen = Vec::new();
        while let Some(at) = path {
            let page = resource.alice.get(&at);
            assert_eq!(page.status, 200, "{at}: {page}");
            let items = page.json()["items"].as_array().unwrap().clone();
            assert!(items.len() <= 2, "{at}");
            seen.extend(items.iter().map(|item| item["id"].to_string()));
            assert!(seen.len() <= made.len(), "{at} shows a row twice");
            path = page.find("link").map(|link| {
                let target = link
                    .strip_prefix('<')
                    .and_then(|link| link.strip_suffix(">; rel=\"next\""));
                target.expect("a link to the next page").to_owned()
            });
            assert_eq!(path.is_none(), page.json()["next_cursor"].is_null());
        }
        assert_eq!(seen.len(), made.len());
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
    });
}

#[test]
fn a_page_is_bounded_and_its_query_is_read_strictly() {
    each_resource_with("GET", false, |resource| {
        for (query, status) in [
            ("limit=0", 422),
            ("limit=101", 422),
            ("limit=x", 400),
            ("limit=1&limit=2", 400),
            ("cursor=AAAA", 400),
            ("conformance=1", 400),
            ("limit=100", 200),
        ] {
            let answer = resource
                .alice
                .get(&format!("{}?{query}", resource.sample.collection));
            assert_eq!(answer.status, status, "{query}: {answer}");
        }
    });
}
