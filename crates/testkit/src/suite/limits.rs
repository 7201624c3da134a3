//! What one owner may have is bounded, and what must be unique is so within one owner's rows only: a
//! conflict tells nobody what others have (API4:2023, API1:2023).
//!
//! Controls: CC-05

use super::{Resource, Sampled, resource::each_resource_with};

pub fn an_owner_who_has_as_many_as_one_may_have_gets_no_more<T: Sampled>() {
    for sample in T::samples() {
        let resource = Resource::<T>::under_test(sample, &[("APP_PER_OWNER__ROWS", "2")]);
        if !resource.has("POST", false) {
            continue;
        }
        let first = resource.row(&resource.alice);
        resource.row(&resource.alice);
        let collection = resource.sample.collection;
        let refused = resource.alice.post(collection, &resource.sample.fresh());
        let kind = refused.json()["type"].clone();
        assert_eq!(
            (refused.status, kind),
            (409, "/problems/limit-reached".into())
        );
        assert_eq!(resource.items(&resource.alice).len(), 2);
        resource.row(&resource.bob);
        if resource.has("DELETE", true) {
            assert_eq!(resource.ask(&resource.alice, "DELETE", &first).status, 204);
            resource.row(&resource.alice);
        }
    }
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
