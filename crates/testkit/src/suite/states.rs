//! A row moves along the arrows of its states and no other way, moved by those who may, and what is
//! fixed stays fixed (API3:2023).
//!
//! Controls: CC-04

use serde_json::json;

use super::{
    Sampled, States,
    resource::{Resource, each_resource_with},
    sample::Mover,
};

/// Runs `check` on each resource with states.
fn each_with_states<T: Sampled>(check: impl Fn(&Resource<T>, &States)) {
    each_resource_with::<T>("PATCH", true, |resource| {
        if let Some(states) = resource.sample.states {
            check(resource, &states);
        }
    });
}

/// All states, as the document lists them.
fn all_states<'d, T: Sampled>(resource: &'d Resource<T>, states: &States) -> Vec<&'d str> {
    let mut patches = resource
        .operations(true)
        .filter(|operation| operation.method == "PATCH");
    let schema = resource.document.request(patches.next().expect("PATCH"));
    let properties = resource.document.properties(schema);
    let mut of_state = properties
        .into_iter()
        .filter(|(name, ..)| *name == states.member);
    let (_, schema, _) = of_state.next().expect("the state is a member of the patch");
    let names = schema["enum"].as_array().expect("a list of states").iter();
    names.map(|name| name.as_str().unwrap()).collect()
}

/// A list of values that a patch writes and a creation does not is a state.
pub fn a_resource_with_states_says_so_in_its_sample<T: Sampled>() {
    each_resource_with::<T>("PATCH", true, |resource| {
        let of = |method: &str| {
            let mut of_method = resource
                .operations
                .iter()
                .filter(|operation| operation.method == *method);
            let schema = of_method
                .next()
                .map(|operation| resource.document.request(operation));
            schema
                .map(|schema| resource.document.properties(schema))
                .unwrap_or_default()
        };
        let created = of("POST");
        for (name, schema, _) in of("PATCH") {
            let moved =
                schema["enum"].is_array() && created.iter().all(|(known, ..)| *known != name);
            let named = resource
                .sample
                .states
                .is_some_and(|states| states.member == name);
            assert!(!moved || named, "{name} of {}", resource.sample.collection);
        }
    });
}

pub fn a_row_moves_along_the_arrows_and_no_other_way<T: Sampled>() {
    each_with_states::<T>(|resource, states| {
        let all = all_states(resource, states);
        assert!(
            states
                .arrows
                .iter()
                .all(|(from, to)| all.contains(from) && all.contains(to))
        );
        assert_eq!(
            resource.create(&resource.alice).json()[states.member],
            states.first()
        );
        for from in &all {
            for to in &all {
                let row = resource.row_in(states, from);
                let before = resource.shown(&row);
                let moved = resource.move_to(states, &row, to);
                if states.arrows.contains(&(from, to)) {
                    assert_eq!(moved.status, 200, "{from} -> {to}: {moved}");
                    assert_eq!(moved.json()[states.member], *to);
                    assert_eq!(resource.alice.get(&row).json(), moved.json());
                } else {
                    let told = (moved.status, moved.errors());
                    let due = format!("/{} {}", states.member, states.illegal);
                    assert_eq!(told, (409, vec![due]), "{from} -> {to}");
                    assert_eq!(resource.shown(&row), before, "{from} -> {to}");
                }
            }
        }
    });
}

pub fn a_state_that_is_none_is_refused<T: Sampled>() {
    each_with_states::<T>(|resource, states| {
        let row = resource.row(&resource.alice);
        let refused = resource.move_to(states, &row, "zq-suite");
        let due = format!("/{} unknown_value", states.member);
        assert_eq!((refused.status, refused.errors()), (400, vec![due]));
    });
}

/// Separation of duties: the owner asks and another caller decides, also when the owner has all roles.
pub fn an_owner_whose_rows_another_moves_moves_none<T: Sampled>() {
    each_with_states::<T>(|resource, states| {
        if matches!(states.mover, Mover::Owner) {
            return;
        }
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        let to = states.arrows.first().expect("an arrow").1;
        for owner in [&resource.alice, &resource.everybody("alice")] {
            let refused = owner.patch(&row, "\"1\"", &json!({ states.member: to }));
            assert_eq!(refused.status, 403, "{refused}");
        }
        assert_eq!(resource.shown(&row), before);
    });
}

/// A move must not carry content of somebody who may not write it.
pub fn another_who_moves_a_row_changes_none_of_its_content<T: Sampled>() {
    each_with_states::<T>(|resource, states| {
        if matches!(states.mover, Mover::Owner) {
            return;
        }
        let row = resource.row(&resource.alice);
        let before = resource.shown(&row);
        let content = resource.sample.patch();
        let mut both = content.clone();
        both[states.member] = states.arrows.first().expect("an arrow").1.into();
        for patch in [content, both] {
            let refused = resource.mover(states).patch(&row, "\"1\"", &patch);
            assert_eq!(refused.status, 403, "{patch}: {refused}");
        }
        assert_eq!(resource.shown(&row), before);
    });
}

pub fn what_is_fixed_after_the_first_state_stays_as_it_is<T: Sampled>() {
    each_with_states::<T>(|resource, states| {
        let Some(code) = states.fixed else { return };
        let changes = || {
            let changes = resource
                .operations(true)
                .map(|operation| operation.method.as_str());
            changes.filter(|method| !["GET", "HEAD"].contains(method))
        };
        for state in all_states(resource, states)
            .into_iter()
            .filter(|state| *state != states.first())
        {
            let row = resource.row_in(states, state);
            let before = resource.shown(&row);
            let tag = resource.alice.get(&row).etag().to_owned();
            for method in changes() {
                let if_match = [("if-match", tag.as_str())];
                let refused = resource.ask_with(&resource.alice, method, &row, &if_match);
                let due = format!("/{} {code}", states.member);
                let told = (refused.status, refused.errors());
                assert_eq!(told, (409, vec![due]), "{method} of {state}");
            }
            assert_eq!(resource.shown(&row), before, "{state}");
        }
    });
}
