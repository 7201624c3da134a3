//! The value types keep their rules in every direction: parsed, restored, and in their schema.

use serde_json::{from_str, json, to_string, to_value};
use time::macros::date;

use super::*;
use crate::parse::SINGLE_LINE;

crate::text! {
    /// A short name.
    Name, 5, SINGLE_LINE, "Ada"
}
crate::integer! {
    /// A few.
    Few, 1..=3, 2
}
crate::states! {
    /// A light.
    Light as TrafficLight { Red = "red", Green = "green", Off = "off" }
    Red => Green | Off;
    Green => Red;
}

fn day(text: &str) -> Result<Date, Invalid> {
    CalendarDate::parse(text.to_owned()).map(CalendarDate::get)
}

#[test]
fn a_day_has_one_spelling() {
    assert_eq!(day("2000-01-01"), Ok(date!(2000 - 01 - 01)));
    assert_eq!(day("2024-02-29"), Ok(date!(2024 - 02 - 29)));
    assert_eq!(day("2199-12-31"), Ok(date!(2199 - 12 - 31)));
    for no_day in [
        "",
        "2023-02-29",
        "2030-13-01",
        "2030-00-01",
        "2030-01-00",
        "2030-1-31",
        "30-01-31",
        "20300131",
        "2030/01/31",
        "2030-01-31 ",
        " 2030-01-3",
        "2030-01-3 ",
        "+2030-1-31",
        "+203001-31",
        "-2030-01-1",
        "2030-01-311",
        "+2030-01-31",
        "2030-01-31T00:00:00Z",
        "２030-01-31",
        "２030-01-3",
    ] {
        assert_eq!(day(no_day), Err(Invalid("not_a_date")), "{no_day}");
    }
}

#[test]
fn a_day_of_another_age_is_out_of_range_from_a_client_and_from_the_database() {
    for far in [
        date!(0000 - 01 - 01),
        date!(1999 - 12 - 31),
        date!(2200 - 01 - 01),
        date!(9999 - 12 - 31),
    ] {
        assert_eq!(day(&far.to_string()), Err(Invalid("out_of_range")));
        assert_eq!(CalendarDate::restored(far), Err(Invalid("out_of_range")));
    }
    let kept = CalendarDate::restored(date!(2030 - 01 - 31)).unwrap();
    assert_eq!(kept.stored(), date!(2030 - 01 - 31));
    assert_eq!(to_string(&kept).unwrap(), r#""2030-01-31""#);
}

#[test]
fn a_text_is_counted_in_characters_and_parsed_again_when_it_is_restored() {
    let five = "ééééé".to_owned();
    assert_eq!(Name::parse(five.clone()).unwrap().as_str(), five);
    assert_eq!(Name::restored(five.clone()).unwrap().stored(), five);
    for (broken, code) in [
        ("éééééé", "too_long"),
        ("", "blank"),
        ("a\u{202e}b", "forbidden_character"),
    ] {
        assert_eq!(Name::parse(broken.to_owned()), Err(Invalid(code)));
        assert_eq!(Name::restored(broken.to_owned()), Err(Invalid(code)));
    }
    let schema = to_value(Name::schema()).unwrap();
    assert_eq!(
        (&schema["minLength"], &schema["maxLength"]),
        (&json!(1), &json!(5))
    );
}

#[test]
fn an_integer_keeps_both_ends_of_its_range() {
    for fits in [1, 3] {
        assert_eq!(Few::parse(fits).map(Few::get), Ok(fits));
        assert_eq!(Few::restored(fits).map(|few| few.stored()), Ok(fits));
    }
    for broken in [i64::MIN, -1, 0, 4, i64::MAX] {
        assert_eq!(Few::parse(broken), Err(Invalid("out_of_range")));
        assert_eq!(Few::restored(broken), Err(Invalid("out_of_range")));
    }
    let schema = to_value(Few::schema()).unwrap();
    assert_eq!(
        (&schema["minimum"], &schema["maximum"]),
        (&json!(1), &json!(3))
    );
}

#[test]
fn states_move_along_their_arrows_only() {
    let mut arrows = Vec::new();
    for from in Light::ALL {
        let to = Light::ALL.iter().filter(|to| from.may_become(**to));
        arrows.extend(to.map(|to| format!("{} {}", from.name(), to.name())));
    }
    assert_eq!(arrows, ["red green", "red off", "green red"]);
}

#[test]
fn a_state_is_read_from_its_name_only() {
    for state in Light::ALL {
        let text = to_string(state).unwrap();
        assert_eq!(from_str::<Light>(&text).unwrap(), *state);
        assert_eq!(Light::restored(state.stored()), Ok(*state));
    }
    for no_state in [
        r#""Red""#,
        r#""""#,
        r#""red ""#,
        "null",
        "0",
        r#"{"red":null}"#,
        r#"["red"]"#,
    ] {
        assert!(from_str::<Light>(no_state).is_err(), "{no_state}");
    }
    assert_eq!(
        Light::restored("blue".to_owned()),
        Err(Invalid("unknown_value"))
    );
    let schema = to_value(Light::schema()).unwrap();
    assert_eq!(schema["enum"], json!(["red", "green", "off"]));
    assert_eq!(Light::name_of_schema(), "TrafficLight");
}

impl Light {
    fn name_of_schema() -> Cow<'static, str> {
        <Self as ToSchema>::name()
    }
}
