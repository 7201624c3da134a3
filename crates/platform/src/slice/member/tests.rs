//! What a member holds, and what leaves it: a value that is refused is nowhere.

use serde::Serialize;
use serde_json::{from_str, to_string};
use validator::Validate;

use super::*;
use crate::http::problem::Violation;
use crate::parse::SINGLE_LINE;

crate::text! {
    /// A short name.
    Name, 5, SINGLE_LINE, "Ada"
}

#[derive(Debug, Deserialize, Serialize, Validate)]
struct Body {
    #[validate(custom(function = "rule"))]
    name: Member<Name>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    change: Change<Name>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    removable: Removable<Name>,
}

const CURRENT: &str = "now";

fn name(text: &str) -> Name {
    Name::parse(text.to_owned()).unwrap()
}

fn change(body: &str) -> Change<Name> {
    from_str::<Body>(body).unwrap().change
}

fn removable(body: &str) -> Removable<Name> {
    from_str::<Body>(body).unwrap().removable
}

#[test]
fn a_member_that_is_left_out_or_null_is_a_matter_of_shape() {
    assert_eq!(
        from_str::<Member<Name>>(r#""Ada""#)
            .unwrap()
            .value()
            .unwrap()
            .as_str(),
        "Ada"
    );
    for shapeless in [
        "{}",
        r#"{"name":null}"#,
        r#"{"name":1}"#,
        r#"{"name":["Ada"]}"#,
    ] {
        assert!(from_str::<Body>(shapeless).is_err(), "{shapeless}");
    }
    let null = r#"{"name":"Ada","change":null}"#;
    assert!(from_str::<Body>(null).is_err());
}

#[test]
fn a_change_that_is_left_out_keeps_the_value_and_a_new_one_replaces_it() {
    let left_out = change(r#"{"name":"Ada"}"#);
    assert!(!left_out.is_there());
    assert_eq!(left_out.or(name(CURRENT)).unwrap(), name(CURRENT));
    let new = change(r#"{"name":"Ada","change":"new"}"#);
    assert!(new.is_there());
    assert_eq!(new.or(name(CURRENT)).unwrap(), name("new"));
}

#[test]
fn a_removable_member_is_left_out_or_removed_or_new() {
    let current = || Some(name(CURRENT));
    let left_out = removable(r#"{"name":"Ada"}"#);
    assert!(!left_out.is_there());
    assert_eq!(left_out.or(current()).unwrap(), current());
    let removed = removable(r#"{"name":"Ada","removable":null}"#);
    assert!(removed.is_there());
    assert_eq!(removed.or(current()).unwrap(), None);
    let new = removable(r#"{"name":"Ada","removable":"new"}"#);
    assert!(new.is_there());
    assert_eq!(new.or(current()).unwrap(), Some(name("new")));
}

#[test]
fn a_broken_member_is_no_value_however_it_is_asked_for() {
    let broken = || from_str::<Body>(BROKEN).unwrap();
    let refused =
        |problem| matches!(problem, Problem::Unprocessable(found) if found == [too_long()]);
    assert!(refused(broken().name.value().unwrap_err()));
    assert!(refused(broken().change.or(name(CURRENT)).unwrap_err()));
    assert!(refused(broken().removable.or(None).unwrap_err()));
}

#[test]
fn all_broken_members_are_reported_together_and_no_value_with_them() {
    let body: Body = from_str(BROKEN).unwrap();
    let errors = body.validate().unwrap_err();
    let mut members: Vec<_> = errors.field_errors().into_keys().collect();
    members.sort_unstable();
    assert_eq!(members, ["change", "name", "removable"]);
    for said in [
        to_string(&errors).unwrap(),
        to_string(&body).unwrap(),
        format!("{errors} {errors:?} {body:?}"),
    ] {
        assert!(!said.contains("secret"), "{said}");
    }
}

const BROKEN: &str = r#"{"name":"secret1","change":"secret2","removable":"secret3"}"#;

fn too_long() -> Violation {
    Violation::new("", "too_long")
}
