//! What `log.filter` lets through.
//!
//! The library takes a word that it does not know for the name of a target: `inof` logs nothing, and
//! nobody sees what goes wrong. So a word alone must be a level, or a target of this service.

use std::fmt::Write;

use tracing_subscriber::filter::{LevelFilter, Targets};

use super::Log;

/// Targets of this service: a line a request, the span around a request, and the code itself.
const OWN: [&str; 3] = ["access", "request", "platform"];

/// Why a filter does not say what is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterFault {
    Word,
    Form,
}

/// The first fault of a filter, if it has one.
pub(super) fn filter_fault(filter: &str) -> Option<FilterFault> {
    filter.split(',').find_map(part_fault)
}

fn part_fault(part: &str) -> Option<FilterFault> {
    let is_level = |text: &str| !text.is_empty() && text.parse::<LevelFilter>().is_ok();
    let path = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':');
    let is_path = |text: &str| !text.is_empty() && text.bytes().all(path);
    match part.split_once('=') {
        Some((target, level)) if is_path(target) && is_level(level) => None,
        None if is_level(part) || OWN.contains(&part) => None,
        None if is_path(part) => Some(FilterFault::Word),
        _ => Some(FilterFault::Form),
    }
}

impl Log {
    /// Whether warnings of this service are dropped.
    pub(super) fn drops_warnings(&self) -> bool {
        let targets: Targets = self.filter.parse().unwrap_or_default();
        !targets.would_enable(OWN[2], &tracing::Level::WARN)
    }

    /// Whether libraries log more than what operators need.
    pub(super) fn is_verbose(&self) -> bool {
        let targets: Targets = self.filter.parse().unwrap_or_default();
        targets.default_level() > Some(LevelFilter::INFO)
    }

    /// What is logged, in the words of the filter's parser: `info, but sqlx at warn`.
    #[must_use]
    pub fn shown(&self) -> String {
        let targets: Targets = self.filter.parse().unwrap_or_default();
        let others = targets.default_level().unwrap_or(LevelFilter::OFF);
        let mut shown = others.to_string();
        for (place, (target, level)) in targets.iter().enumerate() {
            let before = if place == 0 { ", but" } else { "," };
            write!(shown, "{before} {target} at {level}").ok();
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::OWN;

    #[test]
    fn the_message_and_the_comment_name_every_target_of_this_service() {
        let own = OWN.join(", ");
        assert!(include_str!("check.rs").contains(&format!("or one of {own};")));
        let settings = include_str!("../../config/default.toml");
        assert!(settings.contains(&format!("({own})")));
    }
}
