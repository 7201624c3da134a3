//! Settings of detection: when a caller is contained without an operator.

use std::time::Duration;

use serde::Deserialize;

use super::{rate_limit::Quota, rule::Rule, seconds};

#[derive(Debug, Clone, Deserialize)]
pub struct Detection {
    #[serde(rename = "duration_seconds", deserialize_with = "seconds")]
    pub duration: Duration,
    pub throttle_per_minute: u32,
    pub absent_objects: DetectionRule,
    pub broken_rules: DetectionRule,
    pub rows_of_others: DetectionRule,
    pub many_networks: DetectionRule,
    pub guessed_keys: DetectionRule,
}

/// One rule: more than `most` within this time, and what then happens.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct DetectionRule {
    pub action: DetectionAction,
    pub most: u32,
    #[serde(rename = "within_seconds", deserialize_with = "seconds")]
    pub within: Duration,
}

impl DetectionRule {
    /// The same as a token bucket: all at once, or spread over the time.
    #[must_use]
    pub fn quota(&self) -> Quota {
        Quota {
            per_second: f64::from(self.most) / self.within.as_secs_f64(),
            burst: self.most,
        }
    }
}

/// What happens to a detected caller. `block` is not among them: a rule that is wrong must not be an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectionAction {
    Off,
    Watch,
    Throttle,
}

/// The bounds of each rule, then the rules of the rest.
macro_rules! rules {
    ($($field:ident $name:literal up to $most:literal;)+ => $($rest:tt)*) => {
        &[
            $(
                Rule::integer(
                    concat!("detection.", $name, ".most"),
                    |s| s.detection.$field.most.into(),
                    (1, $most),
                    "",
                ),
                Rule::integer(
                    concat!("detection.", $name, ".within_seconds"),
                    |s| s.detection.$field.within.as_secs(),
                    (1, 86_400),
                    "seconds",
                ),
            )+
            $($rest)*
        ]
    };
}

pub(super) const RULES: &[Rule] = rules! {
    absent_objects "absent_objects" up to 100_000;
    broken_rules "broken_rules" up to 100_000;
    rows_of_others "rows_of_others" up to 100_000_000;
    many_networks "many_networks" up to 64;
    guessed_keys "guessed_keys" up to 100_000;
    =>
    Rule::whole(
        "detection.guessed_keys.action",
        |s| s.detection.guessed_keys.action == DetectionAction::Throttle,
        "would slow down the owner of the key and not the one who guesses: choose watch or off",
        "detection.guessed_keys.action = 'throttle'",
    ),
    Rule::integer(
        "detection.throttle_per_minute",
        |s| s.detection.throttle_per_minute.into(),
        (1, 6_000),
        "",
    ),
    Rule::integer(
        "detection.duration_seconds",
        |s| s.detection.duration.as_secs(),
        (60, 86_400),
        "seconds: somebody is awake by then",
    ),
};
