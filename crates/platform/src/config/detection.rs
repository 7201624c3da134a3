//! Settings of detection: when a caller is contained without an operator.

use std::time::Duration;

use serde::Deserialize;

use super::{rule::Rule, seconds};

#[derive(Debug, Clone, Deserialize)]
pub struct Detection {
    pub action: DetectionAction,
    pub absent_objects_per_minute: u32,
    pub broken_rules_per_minute: u32,
    pub throttle_per_minute: u32,
    #[serde(rename = "duration_seconds", deserialize_with = "seconds")]
    pub duration: Duration,
}

/// What happens to a detected caller. `block` is not among them: a rule that is wrong must not be an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectionAction {
    Off,
    Watch,
    Throttle,
}

pub(super) const RULES: &[Rule] = &[
    Rule::integer(
        "detection.absent_objects_per_minute",
        |s| s.detection.absent_objects_per_minute.into(),
        (1, 6_000),
        "",
    ),
    Rule::integer(
        "detection.broken_rules_per_minute",
        |s| s.detection.broken_rules_per_minute.into(),
        (1, 6_000),
        "",
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
];
