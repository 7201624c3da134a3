//! The figures of quotas that all replicas share.

use std::sync::Arc;

use prometheus_client::metrics::MetricType::{Counter, Gauge};

use crate::{
    admin::metrics::{Family, Samples, Value, one},
    quota_store::QuotaStore,
};

/// The families about shared quotas. Without them nothing is decided by a server, and none is up or down.
pub(super) fn families(store: Option<&Arc<QuotaStore>>) -> Vec<Family> {
    let (decides, is_up) = (store.cloned(), store.cloned());
    let decisions = move || {
        let now = decides.as_ref().map(|store| store.metrics());
        let of = |by: &str, count: Option<u64>| {
            let labels = vec![("by", by.to_owned())];
            (labels, Value::Count(count.unwrap_or_default()))
        };
        vec![
            of("server", now.map(|now| now.by_server)),
            of("replica", now.map(|now| now.by_replica)),
        ]
    };
    let up = move || {
        let now = is_up.as_ref().map(|store| store.metrics().is_connected);
        now.map_or(Samples::new(), |up| one(Value::number(u64::from(up))))
    };
    vec![
        Family::new(
            "shared_quota_decisions",
            "Requests and refused credentials whose shared quotas were decided",
            Counter,
            decisions,
        ),
        Family::new(
            "shared_quota_server_up",
            "Whether the server of the shared quotas is asked",
            Gauge,
            up,
        ),
    ]
}
