//! Which figures operators see, and where each is read: the only place that names them all.
//!
//! One family is one line of `docs/metrics.md`; a test holds the two together. A room that has a figure
//! has a method that says it, and knows nothing of names and labels. A figure of another room is one more
//! family in a list here.

mod api_keys;
mod containment;
mod listeners;
mod otlp;
mod quota_store;
mod siem;

use prometheus_client::metrics::MetricType::{Counter, Gauge, Info};

use super::{core::Core, database::reason, observed::Observed};
use crate::{
    admin::metrics::{Family, Metrics, Samples, Value, one},
    alerts::AlertMetrics,
    audit::JournalMetrics,
    db::ConnectionMetrics,
    telemetry,
};

impl Core<'_> {
    /// All figures of the service.
    pub(super) fn metrics(&self, listeners: Vec<Observed>) -> Metrics {
        let families = [
            listeners::families(&listeners.into()),
            self.of_journal(),
            self.of_database(),
            self.of_keys(),
            containment::families(&self.containment),
            api_keys::families(self.api_keys.as_ref()),
            self.of_alerts(),
            otlp::families(self.outbound.otlp.as_ref()),
            siem::families(self.outbound.siem.as_ref(), &self.journal),
            quota_store::families(self.quota_store.as_ref()),
            self.of_process(),
        ];
        Metrics::new(families.into_iter().flatten())
    }

    fn of_journal(&self) -> Vec<Family> {
        let counter = |name, help, read: fn(JournalMetrics) -> u64| {
            let journal = self.journal.clone();
            Family::new(name, help, Counter, move || {
                one(Value::Count(read(journal.metrics())))
            })
        };
        vec![
            counter("audit_lines", "Durable lines of the journal", |now| {
                now.lines
            }),
            counter("audit_syncs", "Syncs of the journal", |now| now.syncs),
            counter(
                "audit_refused_changes",
                "Changes refused because the journal could not be written",
                |now| now.refused,
            ),
            counter(
                "audit_lost_events",
                "Events that found the journal's queue full",
                |now| now.lost,
            ),
        ]
    }

    fn of_database(&self) -> Vec<Family> {
        let gauges = |name, help, read: fn(ConnectionMetrics) -> Samples| {
            let database = self.database.with(&[]);
            Family::new(name, help, Gauge, move || read(database.metrics()))
        };
        let (state, counted) = (self.database.fault(), self.database.with(&[]));
        vec![
            gauges(
                "database_connections",
                "Connections to the database",
                |now| {
                    let of = |name: &str, number| {
                        (vec![("state", name.to_owned())], Value::size(number))
                    };
                    vec![of("busy", now.busy), of("idle", now.idle)]
                },
            ),
            gauges(
                "database_connections_most",
                "Connections to the database that there may be",
                |now| one(Value::size(now.most)),
            ),
            gauges(
                "database_waiting",
                "Requests that wait for a connection to the database",
                |now| one(Value::size(now.waiting)),
            ),
            Family::new(
                "database_usable",
                "Whether the database can be used",
                Gauge,
                move || one(Value::number(u64::from(state.borrow().is_none()))),
            ),
            Family::new(
                "database_faults",
                "Operations that failed because the database could not be used",
                Counter,
                move || {
                    let of_fault = |(fault, count)| {
                        let labels = vec![("fault", reason(fault).name().to_owned())];
                        (labels, Value::Count(count))
                    };
                    counted.faults().map(of_fault).collect()
                },
            ),
        ]
    }

    fn of_keys(&self) -> Vec<Family> {
        let of = |issuer: &str| vec![("issuer", issuer.to_owned())];
        let (ages, usable) = (self.keys.clone(), self.keys.clone());
        vec![
            Family::new(
                "key_set_age_seconds",
                "Since the issuer's keys were read",
                Gauge,
                move || {
                    let known = ages.ages().filter_map(|(issuer, age)| Some((issuer, age?)));
                    let samples =
                        known.map(|(issuer, age)| (of(issuer), Value::Gauge(age.as_secs_f64())));
                    samples.collect()
                },
            ),
            Family::new(
                "key_set_usable",
                "Whether tokens of the issuer can be believed: its keys are known and young enough",
                Gauge,
                move || {
                    let missing: Vec<&str> = usable.missing().collect();
                    let samples = usable.ages().map(|(issuer, _)| {
                        (
                            of(issuer),
                            Value::number(u64::from(!missing.contains(&issuer))),
                        )
                    });
                    samples.collect()
                },
            ),
        ]
    }

    fn of_alerts(&self) -> Vec<Family> {
        let counter = |name, help, read: fn(AlertMetrics) -> u64| {
            let alerts = self.outbound.alerts.clone();
            Family::new(name, help, Counter, move || {
                let now = alerts.as_ref().map(|alerts| alerts.metrics());
                one(Value::Count(read(now.unwrap_or_default())))
            })
        };
        vec![
            counter(
                "alerts_sent",
                "Alerts that the receiver has accepted",
                |now| now.sent,
            ),
            counter(
                "alerts_failed_attempts",
                "Attempts that it has not accepted",
                |now| now.failed,
            ),
            counter(
                "alerts_dropped",
                "Alerts that found the queue full, or were given up",
                |now| now.dropped,
            ),
        ]
    }

    fn of_process(&self) -> Vec<Family> {
        let clock = self.clock.clone();
        let started = clock.now().unix_timestamp();
        let version = self.service.version;
        vec![
            Family::new(
                "log_lines_dropped",
                "Lines of the log that found its queue full",
                Counter,
                || one(Value::Count(telemetry::lines_dropped())),
            ),
            Family::new(
                "process_start_time_seconds",
                "When the process started",
                Gauge,
                move || one(Value::number(started.try_into().unwrap_or_default())),
            ),
            Family::new(
                "clock_set_back_seconds",
                "How far the machine's clock is behind the latest time that this process has seen",
                Gauge,
                move || one(Value::Gauge(clock.set_back_by().as_secs_f64())),
            ),
            Family::new("build", "What is running", Info, move || {
                let labels = vec![("version", version.to_owned())];
                vec![(labels, Value::Info)]
            }),
        ]
    }
}
