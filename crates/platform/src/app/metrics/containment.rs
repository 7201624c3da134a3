//! The figures of containment: who is restricted, what is revoked, what rules have noticed.

use std::sync::Arc;

use prometheus_client::metrics::MetricType::{Counter, Gauge};

use crate::{
    admin::metrics::{Family, Samples, Value, one},
    audit::Reason,
    containment::{Action, Containment, Restriction, RevocationTarget},
    slice::State as _,
};

/// The families about containment.
pub(super) fn families(containment: &Arc<Containment>) -> Vec<Family> {
    let family = |name, help, kind, read: fn(&Containment) -> Samples| {
        let containment = containment.clone();
        Family::new(name, help, kind, move || read(&containment))
    };
    vec![
        family("restrictions", "Restrictions that hold", Gauge, |now| {
            of_actions(now, |_| 1)
        }),
        family(
            "restriction_hits",
            "Requests that the restrictions which hold were applied to",
            Gauge,
            |now| of_actions(now, Restriction::hits),
        ),
        family("revocations", "Names that are revoked", Gauge, |now| {
            let of_target = |(target, number): (RevocationTarget, usize)| {
                let labels = vec![("target", target.name().to_owned())];
                (labels, Value::size(number))
            };
            now.revoked().into_iter().map(of_target).collect()
        }),
        family(
            "revocation_hits",
            "Requests that were refused because something was revoked",
            Counter,
            |now| one(Value::Count(now.revocation_hits())),
        ),
        family(
            "detections",
            "What a rule of detection noticed",
            Counter,
            |now| {
                let of_rule = |(rule, count): (Reason, u64)| {
                    let labels = vec![("rule", rule.name().to_owned())];
                    (labels, Value::Count(count))
                };
                now.detections().map(of_rule).collect()
            },
        ),
        family(
            "containment_age_seconds",
            "Since the database said which restrictions and revocations hold",
            Gauge,
            |now| one(Value::Gauge(now.unsynchronised_for().as_secs_f64())),
        ),
    ]
}

/// The sum over the restrictions of each action.
fn of_actions(containment: &Containment, of_one: fn(&Restriction) -> u64) -> Samples {
    let held = containment.restrictions();
    let sum = |action| {
        let of_action = held.iter().filter(|one| one.action == action);
        of_action.map(|one| of_one(one)).sum()
    };
    let sample = |action: &Action| {
        let labels = vec![("action", action.name().to_owned())];
        (labels, Value::number(sum(*action)))
    };
    Action::ALL.iter().map(sample).collect()
}
