//! The figures of each listener: what arrives, what is refused, who is connected.

use std::{sync::Arc, time::Duration};

use prometheus_client::metrics::MetricType::{Counter, Gauge, Histogram};

use crate::{
    admin::metrics::{Family, Labels, Samples, Value, one},
    app::observed::Observed,
    http::{
        context::traffic::{Answers, BOUNDS, STATUSES, Traffic},
        rate_limit::Policy,
    },
};

/// A family with the samples of each listener.
fn of_listeners(
    listeners: &Arc<[Observed]>,
    read: impl Fn(&Observed) -> Samples + Send + Sync + 'static,
) -> impl Fn() -> Samples + Send + Sync + 'static {
    let listeners = listeners.clone();
    move || {
        let samples = listeners.iter().flat_map(|listener| {
            let label = ("listener", listener.name.to_owned());
            let labelled = move |(labels, value): (Labels, Value)| {
                let labels = std::iter::once(label.clone()).chain(labels);
                (labels.collect(), value)
            };
            read(listener).into_iter().map(labelled)
        });
        samples.collect()
    }
}

/// The families about the listeners.
pub(super) fn families(listeners: &Arc<[Observed]>) -> Vec<Family> {
    vec![
        Family::new(
            "http_requests",
            "Requests that were answered",
            Counter,
            of_listeners(listeners, |one| requests(&one.traffic)),
        ),
        Family::new(
            "http_request_duration_seconds",
            "Time from the request's head to the answer's",
            Histogram,
            of_listeners(listeners, |one| durations(&one.traffic)),
        ),
        Family::new(
            "http_requests_in_flight",
            "Requests that are being answered",
            Gauge,
            of_listeners(listeners, |listener| {
                one(Value::number(listener.traffic.in_flight()))
            }),
        ),
        Family::new(
            "rate_limit_refusals",
            "Requests and connections that a quota refused",
            Counter,
            of_listeners(listeners, refusals),
        ),
        Family::new(
            "plain_http_requests",
            "Requests that came without TLS, and got no answer",
            Counter,
            of_listeners(listeners, |listener| {
                one(Value::Count(listener.tripwire.requests()))
            }),
        ),
        Family::new(
            "connections_open",
            "Open connections",
            Gauge,
            of_listeners(listeners, |listener| {
                one(Value::size(listener.connections.count()))
            }),
        ),
        Family::new(
            "tls_certificate_expires_timestamp_seconds",
            "When the certificate expires",
            Gauge,
            of_listeners(listeners, |listener| {
                let seconds = listener.tls.now().expires.try_into();
                one(Value::number(seconds.unwrap_or_default()))
            }),
        ),
        Family::new(
            "tls_reloads",
            "Changes of the files of TLS that were taken up, and that were refused",
            Counter,
            of_listeners(listeners, |listener| {
                let of = |result: &str, count| {
                    let labels = vec![("result", result.to_owned())];
                    (labels, Value::Count(count))
                };
                let tls = &listener.tls;
                vec![of("taken", tls.taken()), of("refused", tls.refused())]
            }),
        ),
        Family::new(
            "token_cache_entries",
            "Access tokens that are remembered",
            Gauge,
            of_listeners(listeners, |listener| {
                one(Value::size(listener.verifier.remembers()))
            }),
        ),
    ]
}

/// Only what has happened: operations times statuses are many, and most pairs never come.
fn requests(traffic: &Traffic) -> Samples {
    let samples = traffic
        .answers()
        .into_iter()
        .flat_map(|(method, route, answers)| {
            let statuses = STATUSES.iter().map(u16::to_string);
            let statuses = statuses.chain(["other".to_owned()]).zip(answers.statuses);
            let happened = statuses.filter(|(_, count)| *count > 0);
            happened.map(move |(status, count)| {
                let mut labels = of_operation(&method, route.as_deref());
                labels.push(("status", status));
                (labels, Value::Count(count))
            })
        });
    samples.collect()
}

fn durations(traffic: &Traffic) -> Samples {
    let samples = traffic
        .answers()
        .into_iter()
        .filter_map(|(method, route, answers)| {
            let happened = answers.buckets.iter().any(|count| *count > 0);
            happened.then(|| (of_operation(&method, route.as_deref()), histogram(&answers)))
        });
    samples.collect()
}

fn histogram(answers: &Answers) -> Value {
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    let bounds = BOUNDS.iter().map(|micros| seconds(*micros));
    let buckets = bounds.chain([f64::INFINITY]).zip(answers.buckets);
    Value::Histogram {
        buckets: buckets.collect(),
        sum: seconds(answers.micros),
    }
}

fn of_operation(method: &str, route: Option<&str>) -> Labels {
    let route = route.unwrap_or("none").to_owned();
    vec![("method", method.to_owned()), ("route", route)]
}

fn refusals(listener: &Observed) -> Samples {
    let count = |policy| match policy {
        Policy::Handshakes => listener.connections.refused_handshakes(),
        _ => listener.traffic.refusals(policy),
    };
    let of = |policy: Policy| {
        let labels = vec![("quota", policy.name().to_owned())];
        (labels, Value::Count(count(policy)))
    };
    Policy::ALL.into_iter().map(of).collect()
}
