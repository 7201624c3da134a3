//! Detection: a caller who probes is watched, or slowed down, before anybody is awake.
//!
//! A rule counts what honest clients rarely cause, for each caller, and past a bound it places a restriction
//! that ends by itself. It never blocks: a rule that is wrong must not be an outage. Bounds are token
//! buckets, so memory is bounded like that of quotas, and a request that went well counts nothing.
//!
//! Controls: SE-04

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use actix_web::{dev::ServiceResponse, http::StatusCode};
use time::Duration;

use super::model::{Action, NewRestriction, RestrictionTarget};
use crate::{
    audit::Reason,
    auth::{self, Identity, Principal},
    clock::Clock,
    config::{self, DetectionAction, Quota},
    fingerprint::Fingerprint,
    http::rate_limit::{EvictIdle, Limiter, Policy},
};

/// The author of what a rule places; no issuer has this name.
const AUTHOR: &str = "detection";

/// The rules.
pub(super) struct Detection {
    /// Many objects that are not there for the caller: guessing ids (API1:2023).
    absent: Rule,
    /// Many inputs that break rules: trying what gets through.
    broken: Rule,
    action: Action,
    per_minute: Option<i64>,
    duration: Duration,
    /// One restriction is placed at a time; the next request of the caller triggers the rule again.
    placing: AtomicBool,
}

/// A caller whom a rule has noticed, and what is to be done.
pub(super) struct Detected {
    pub caller: Arc<Principal>,
    pub reason: Reason,
    pub new: NewRestriction,
}

/// What a rule counts, and how much of it is too much.
struct Rule {
    reason: Reason,
    words: &'static str,
    bound: Limiter<Fingerprint>,
}

impl Detection {
    /// The rules of the settings; none when they are off.
    pub fn new(settings: &config::Detection, clock: &Arc<dyn Clock>) -> Option<Self> {
        let rule = |reason, words, per_minute: u32| Rule {
            reason,
            words,
            bound: Limiter::new(Policy::Caller, a_minute(per_minute), clock.clone()),
        };
        let (action, per_minute) = match settings.action {
            DetectionAction::Off => return None,
            DetectionAction::Watch => (Action::Watch, None),
            DetectionAction::Throttle => (Action::Throttle, Some(settings.throttle_per_minute)),
        };
        Some(Self {
            absent: rule(
                Reason::AbsentObjects,
                "asked for many objects that are not there",
                settings.absent_objects_per_minute,
            ),
            broken: rule(
                Reason::BrokenRules,
                "sent many inputs that break rules",
                settings.broken_rules_per_minute,
            ),
            action,
            per_minute: per_minute.map(i64::from),
            duration: Duration::try_from(settings.duration).unwrap_or_default(),
            placing: AtomicBool::new(false),
        })
    }

    /// Counts what the answer tells; the caller of whom it is too much. That one is to be contained, and
    /// then [`Detection::is_done`] is called.
    pub fn look_at(&self, response: &ServiceResponse) -> Option<Detected> {
        let rule = match response.status() {
            StatusCode::NOT_FOUND => &self.absent,
            StatusCode::UNPROCESSABLE_ENTITY => &self.broken,
            _ => return None,
        };
        let caller = auth::principal_of(response.request()).ok()?;
        let key = caller.credential.names.subject;
        if rule.bound.charge(&key).is_ok() || self.placing.swap(true, Ordering::AcqRel) {
            return None;
        }
        let new = NewRestriction {
            target: RestrictionTarget::Subject,
            issuer: caller.identity.issuer.to_string(),
            name: caller.identity.subject.to_string(),
            action: self.action,
            per_minute: self.per_minute,
            reason: rule.words.to_owned(),
            ticket: rule.reason.name().to_owned(),
            author: Identity {
                issuer: AUTHOR.into(),
                subject: rule.reason.name().into(),
            },
            duration: self.duration,
        };
        Some(Detected {
            caller,
            reason: rule.reason,
            new,
        })
    }

    /// The restriction of a detected caller is placed, or cannot be.
    pub fn is_done(&self) {
        self.placing.store(false, Ordering::Release);
    }
}

impl EvictIdle for Detection {
    fn evict_idle(&self) {
        self.absent.bound.evict_idle();
        self.broken.bound.evict_idle();
    }
}

/// So many in a minute; all of them at once, too.
fn a_minute(number: u32) -> Quota {
    Quota {
        per_second: f64::from(number) / 60.0,
        burst: number,
    }
}
