//! The figures of the receiver that gets the journal's lines.

use std::sync::Arc;

use prometheus_client::metrics::MetricType::{Counter, Gauge};

use crate::{
    admin::metrics::{Family, Samples, Value, one},
    audit::Journal,
    siem::{Siem, SiemMetrics},
};

/// The families about the receiver. Without one there is neither a state nor a line that waits.
pub(super) fn families(siem: Option<&Arc<Siem>>, journal: &Journal) -> Vec<Family> {
    let counter = |name, help, read: fn(SiemMetrics) -> u64| {
        let siem = siem.cloned();
        Family::new(name, help, Counter, move || {
            let now = siem.as_ref().map(|siem| siem.metrics());
            one(Value::Count(now.map(read).unwrap_or_default()))
        })
    };
    let (up, waiting, journal) = (siem.cloned(), siem.cloned(), journal.clone());
    let gauge =
        |value: Option<u64>| value.map_or(Samples::new(), |value| one(Value::number(value)));
    vec![
        counter(
            "siem_lines_sent",
            "Lines sent to the SIEM, each time that they were",
            |now| now.sent,
        ),
        counter(
            "siem_failures",
            "Connections to the SIEM that confirmed nothing",
            |now| now.failures,
        ),
        counter(
            "siem_missing_lines",
            "Lines that left the journal's directory before they could be sent",
            |now| now.missing,
        ),
        Family::new(
            "siem_unconfirmed_lines",
            "Durable lines that the SIEM has not confirmed",
            Gauge,
            move || {
                let now = waiting.as_ref().map(|siem| siem.metrics());
                gauge(now.map(|now| journal.durable().saturating_sub(now.confirmed)))
            },
        ),
        Family::new(
            "siem_up",
            "Whether the SIEM confirms lines, and in time",
            Gauge,
            move || gauge(up.as_ref().map(|siem| u64::from(siem.metrics().is_up))),
        ),
    ]
}
