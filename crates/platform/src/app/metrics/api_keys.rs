//! The figures of API keys. A service that offers none has families without samples.

use std::sync::Arc;

use prometheus_client::metrics::MetricType::{Counter, Gauge};

use crate::{
    admin::metrics::{Family, Samples, Value, one},
    api_keys::{ApiKeyMetrics, ApiKeys},
    audit::Reason,
};

/// The families about API keys.
pub(super) fn families(keys: Option<&Arc<ApiKeys>>) -> Vec<Family> {
    let family = |name, help, kind, read: fn(ApiKeyMetrics) -> Samples| {
        let keys = keys.cloned();
        Family::new(name, help, kind, move || {
            keys.as_ref()
                .map_or(Samples::new(), |keys| read(keys.metrics()))
        })
    };
    vec![
        family(
            "api_keys",
            "Keys that are neither revoked nor expired",
            Gauge,
            |now| one(Value::number(now.live)),
        ),
        family("api_keys_made", "Keys that were made", Counter, |now| {
            one(Value::Count(now.made))
        }),
        family(
            "api_keys_revoked",
            "Keys that were revoked",
            Counter,
            |now| one(Value::Count(now.revoked)),
        ),
        family(
            "api_keys_refused",
            "Requests that were refused because of their key",
            Counter,
            |now| {
                let of_reason = |(reason, count): (Reason, u64)| {
                    (
                        vec![("reason", reason.name().to_owned())],
                        Value::Count(count),
                    )
                };
                now.refused.into_iter().map(of_reason).collect()
            },
        ),
    ]
}
