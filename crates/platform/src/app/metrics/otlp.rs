//! The figures of the collector that gets spans, figures and lines of the log.

use std::sync::Arc;

use prometheus_client::metrics::MetricType::{Counter, Gauge};

use crate::{
    admin::metrics::{Family, Samples, Value, one},
    otlp::{Otlp, OtlpMetrics},
};

/// The families about the collector. Without one it has no state.
pub(super) fn families(otlp: Option<&Arc<Otlp>>) -> Vec<Family> {
    // The families belong to what it sends: a handle that owns it would keep it for ever.
    let otlp = otlp.map(Arc::downgrade);
    let now = move || Some(otlp.as_ref()?.upgrade()?.metrics());
    let counter = |name, help, read: fn(OtlpMetrics) -> u64| {
        let now = now.clone();
        Family::new(name, help, Counter, move || {
            one(Value::Count(now().map(read).unwrap_or_default()))
        })
    };
    let families = vec![
        counter(
            "otlp_spans_sent",
            "Spans that the collector has accepted",
            |now| now.spans.sent,
        ),
        counter(
            "otlp_spans_dropped",
            "Spans that found the queue full, or were not accepted",
            |now| now.spans.dropped,
        ),
        counter(
            "otlp_log_records_sent",
            "Lines of the log that the collector has accepted",
            |now| now.records.sent,
        ),
        counter(
            "otlp_log_records_dropped",
            "Lines of the log that found the queue full, or were not accepted",
            |now| now.records.dropped,
        ),
        counter(
            "otlp_failures",
            "Messages that the collector has not accepted",
            |now| now.failures,
        ),
    ];
    let up = Family::new(
        "otlp_up",
        "Whether the collector has accepted the last message",
        Gauge,
        move || {
            let up = now().map(|now| Value::number(u64::from(now.is_up)));
            up.map_or(Samples::new(), one)
        },
    );
    families.into_iter().chain([up]).collect()
}
