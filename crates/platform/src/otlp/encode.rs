//! Messages of OTLP 1 in JSON (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>): ids in
//! hexadecimal, 64-bit numbers as text, enumerations as numbers.
//!
//! Names of attributes are those of the semantic conventions. There is none for a path, a query, an address or a
//! caller.

use serde_json::{Value, json};
use time::OffsetDateTime;
use tracing::Level;

use crate::{
    admin::metrics::{self as figures, Family, Labels},
    log_records::Record,
    spans::{Span, Work},
};

/// `SPAN_KIND_INTERNAL`, `SPAN_KIND_SERVER`, `SPAN_KIND_CLIENT`.
const KINDS: [u8; 3] = [1, 2, 3];
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;
/// `AGGREGATION_TEMPORALITY_CUMULATIVE`.
const CUMULATIVE: u8 = 2;

/// Who sends, as the collector knows it.
#[derive(Debug)]
pub struct Origin {
    pub service: &'static str,
    pub version: &'static str,
    pub instance: String,
}

/// What all messages are about.
pub(super) fn resource(origin: &Origin) -> Value {
    json!({ "attributes": [
        text("service.name", origin.service),
        text("service.version", origin.version),
        text("service.instance.id", &origin.instance),
    ] })
}

/// A message of spans.
pub(super) fn traces(resource: &Value, spans: &[Span]) -> Value {
    let spans: Vec<_> = spans.iter().map(span).collect();
    json!({ "resourceSpans": [{
        "resource": resource,
        "scopeSpans": [{ "scope": { "name": "platform" }, "spans": spans }],
    }] })
}

fn span(span: &Span) -> Value {
    let [internal, server, client] = KINDS;
    let (name, kind, attributes, is_error) = match &span.work {
        Work::Call(name) => ((*name).to_owned(), client, Vec::new(), false),
        Work::Wait(name) => ((*name).to_owned(), internal, Vec::new(), false),
        Work::Request {
            id,
            method,
            route,
            status,
        } => {
            let mut attributes = vec![
                text("http.request.method", method),
                text("request.id", &id.to_string()),
            ];
            attributes.extend(route.as_deref().map(|route| text("http.route", route)));
            attributes.extend(status.map(|status| {
                let value = json!({ "intValue": status.to_string() });
                json!({ "key": "http.response.status_code", "value": value })
            }));
            let route = route.as_deref().unwrap_or_default();
            let name = format!("{method} {route}").trim_end().to_owned();
            let is_error = status.is_none_or(|status| status >= 500);
            (name, server, attributes, is_error)
        }
    };
    let mut message = json!({
        "traceId": span.trace.simple().to_string(),
        "spanId": id(span.id),
        "name": name,
        "kind": kind,
        "startTimeUnixNano": nanoseconds(span.began),
        "endTimeUnixNano": nanoseconds(span.began + span.took),
        "attributes": attributes,
        "status": if is_error { json!({ "code": ERROR }) } else { json!({}) },
    });
    if let (Some(parent), Some(members)) = (span.parent, message.as_object_mut()) {
        members.insert("parentSpanId".to_owned(), id(parent).into());
    }
    message
}

/// A message of lines of the log.
pub(super) fn logs(resource: &Value, records: &[Record]) -> Value {
    let records: Vec<_> = records.iter().map(record).collect();
    json!({ "resourceLogs": [{
        "resource": resource,
        "scopeLogs": [{ "scope": { "name": "platform" }, "logRecords": records }],
    }] })
}

fn record(record: &Record) -> Value {
    let fields = record.fields.iter();
    let attributes: Vec<_> = [text("target", record.target)]
        .into_iter()
        .chain(
            fields
                .clone()
                .map(|(name, value)| json!({ "key": name, "value": any(value) })),
        )
        .collect();
    let mut message = json!({
        "timeUnixNano": nanoseconds(record.at),
        "severityNumber": severity(record.level),
        "severityText": record.level.as_str(),
        "body": { "stringValue": record.message },
        "attributes": attributes,
    });
    // The line about a request is written when its span has ended, and names the trace itself.
    let said = fields.filter(|(name, _)| *name == "trace.id");
    let said = said.map(|(_, value)| value.clone()).next();
    let place = record.place;
    let trace = place.map(|place| place.trace.simple().to_string().into());
    if let Some(members) = message.as_object_mut() {
        let trace = trace.or(said).map(|trace| ("traceId".to_owned(), trace));
        let span = place.map(|place| ("spanId".to_owned(), id(place.span).into()));
        members.extend(trace.into_iter().chain(span));
    }
    message
}

/// An `AnyValue`.
fn any(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Number(number) if number.is_f64() => json!({ "doubleValue": number }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    }
}

/// `SeverityNumber`: the first of each range.
fn severity(level: Level) -> u8 {
    match level {
        Level::TRACE => 1,
        Level::DEBUG => 5,
        Level::INFO => 9,
        Level::WARN => 13,
        Level::ERROR => 17,
    }
}

/// A message of figures, counted from the first moment to the second.
pub(super) fn metrics(
    resource: &Value,
    families: &[Family],
    (began, now): (OffsetDateTime, OffsetDateTime),
) -> Value {
    let times = (nanoseconds(began), nanoseconds(now));
    let metrics: Vec<_> = families
        .iter()
        .filter_map(|family| metric(family, &times))
        .collect();
    json!({ "resourceMetrics": [{
        "resource": resource,
        "scopeMetrics": [{ "scope": { "name": "platform" }, "metrics": metrics }],
    }] })
}

/// A family as a metric; none while it has no samples.
fn metric(family: &Family, times: &(String, String)) -> Option<Value> {
    let samples = family.samples();
    let (_, first) = samples.first()?;
    let kind = match first {
        figures::Value::Count(_) => "sum",
        figures::Value::Histogram { .. } => "histogram",
        figures::Value::Gauge(_) | figures::Value::Info => "gauge",
    };
    let points: Vec<_> = samples.iter().map(|one| point(one, times)).collect();
    let mut data = json!({ "dataPoints": points });
    if let Some(members) = data.as_object_mut().filter(|_| kind != "gauge") {
        members.insert("aggregationTemporality".to_owned(), CUMULATIVE.into());
        if kind == "sum" {
            members.insert("isMonotonic".to_owned(), true.into());
        }
    }
    Some(json!({ "name": family.name(), "description": family.help(), kind: data }))
}

fn point((labels, value): &(Labels, figures::Value), (began, now): &(String, String)) -> Value {
    let attributes: Vec<_> = labels
        .iter()
        .map(|(name, value)| text(name, value))
        .collect();
    let mut point = match value {
        figures::Value::Count(count) => json!({ "asInt": count.to_string() }),
        figures::Value::Gauge(gauge) => json!({ "asDouble": gauge }),
        figures::Value::Info => json!({ "asInt": "1" }),
        figures::Value::Histogram { buckets, sum } => {
            let counts: Vec<_> = buckets.iter().map(|(_, count)| count.to_string()).collect();
            let bounds = buckets.iter().map(|(bound, _)| *bound);
            let bounds: Vec<_> = bounds.filter(|bound| bound.is_finite()).collect();
            let count: u64 = buckets.iter().map(|(_, count)| count).sum();
            json!({
                "count": count.to_string(),
                "sum": sum,
                "bucketCounts": counts,
                "explicitBounds": bounds,
            })
        }
    };
    if let Some(members) = point.as_object_mut() {
        members.insert("attributes".to_owned(), attributes.into());
        members.insert("startTimeUnixNano".to_owned(), began.as_str().into());
        members.insert("timeUnixNano".to_owned(), now.as_str().into());
    }
    point
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn id(span: u64) -> String {
    format!("{span:016x}")
}

fn nanoseconds(at: OffsetDateTime) -> String {
    at.unix_timestamp_nanos().to_string()
}
