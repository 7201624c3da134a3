//! What nginx has to know: sizes, times, the fields that a request keeps, and the words of a refusal.

use std::collections::BTreeMap;

use actix_web::http::{StatusCode, header::HeaderValue};
use uuid::Uuid;

use super::paths::{Path, fields};
use crate::{
    auth::no_credentials,
    config::Settings,
    http::{
        contract::media_type::MediaType,
        middleware::security_headers::SECURITY_HEADERS,
        problem::{Problem, document::ProblemDocument},
    },
};

/// Whom nginx counts as one client, as `client_address::bucket` does: an IPv4 address, or an IPv6 /64, of which one
/// machine has every address. nginx leaves the longest run of zeros out of an address, so a /64 whose own groups are
/// zero is written in two ways, and has two shares; none has more. The third line is for `2001::7:…`, where the run ends
/// before the fourth group. An address that begins with `::` stays itself: it is local or an IPv4 address.
const CLIENT_NETWORK: &str = r#"map $remote_addr $client_network {
    default $remote_addr;
    "~^64:ff9b::" $remote_addr;
    "~^(?<network>[0-9a-f]+::[0-9a-f]+:)(?:[0-9a-f]+:){3}[0-9a-f]+$" $network;
    "~^(?<network>(?:[0-9a-f]+:){1,4})" $network;
}"#;

/// The flags of a trace that the gateway begins: 01 for the part that `otlp.sample_ratio` names. The service sends the
/// spans of each trace that a trusted proxy marks, so with 01 for all of them the setting would have no effect.
fn trace_flags(ratio: f64) -> String {
    // nginx knows hundredths of a percent, and no part of zero: a smaller part is rounded up to one of them.
    let marked = match ratio * 100.0 {
        all if all >= 99.995 => "    * 01;\n".to_owned(),
        part if part > 0.0 => format!("    {:.2}% 01;\n    * 00;\n", part.max(0.01)),
        _ => "    * 00;\n".to_owned(),
    };
    format!("split_clients $request_id $trace_flags {{\n{marked}}}")
}

/// For the block `http`.
pub(super) fn service(paths: &[Path<'_>], settings: &Settings) -> String {
    let limits = &settings.public.limits;
    let mut lines = vec![
        format!("client_max_body_size {};", limits.body_bytes),
        // In memory: the gateway has no disk.
        format!("client_body_buffer_size {};", limits.body_bytes),
        // The line of a request and each field must fit into one of them; ModSecurity knows the sum.
        format!("large_client_header_buffers 2 {};", limits.head_bytes),
        format!("client_header_timeout {}s;", limits.head_timeout.as_secs()),
        format!("client_body_timeout {}s;", limits.body_timeout.as_secs()),
        format!("keepalive_timeout {}s;", limits.keep_alive.as_secs()),
        format!("send_timeout {}s;", limits.write_timeout.as_secs()),
        // The service answers before that, with 503 if need be.
        format!(
            "proxy_read_timeout {}s;",
            (limits.body_timeout + limits.request_timeout).as_secs()
        ),
        // A request is counted when it is whole: docs/gateway.md says what that leaves.
        CLIENT_NETWORK.to_owned(),
        "limit_conn_zone $client_network zone=addresses:1m;".to_owned(),
        format!("limit_conn addresses {};", limits.connections_per_address),
        "limit_conn_status 503;".to_owned(),
        "proxy_pass_request_headers off;".to_owned(),
        trace_flags(settings.otlp.sample_ratio),
    ];
    lines.extend(
        fields(paths)
            .iter()
            .map(|field| format!("proxy_set_header {field} $http_{};", variable(field))),
    );
    lines.push("map $request_uri $allowed_methods {".to_owned());
    lines.extend(paths.iter().map(|path| {
        format!(
            "    \"~^{}(?:\\?|$)\" \"{}\";",
            path.pattern(),
            path.methods(settings).join(", ")
        )
    }));
    lines.push("}".to_owned());
    lines.push(format!(
        "map $status $challenge {{\n    401 '{}';\n}}",
        no_credentials().0
    ));
    // With the words of the service: what would have been read, and when to come back.
    lines.push(
        "map $status:$http_content_encoding $accept_encoding {\n    ~^415:. identity;\n}"
            .to_owned(),
    );
    for (field, accepted) in accepted(paths) {
        let variable = variable(field);
        lines.push(format!(
            "map \"$status $method $request_uri\" ${variable} {{"
        ));
        lines.extend(accepted);
        lines.push("}".to_owned());
    }
    lines.push("map $status $retry_after {\n    503 5;\n}".to_owned());
    lines.push("map $status $problem {".to_owned());
    lines.extend(refusals().iter().map(|problem| {
        let document = problem.document(Uuid::nil());
        format!("    {} '{}';", document.status, words(&document))
    }));
    // What the Core Rule Set refuses: more rights would not help.
    let attack = ProblemDocument {
        status: 403,
        ..Problem::Other(StatusCode::PAYMENT_REQUIRED).document(Uuid::nil())
    };
    lines.push(format!("    403 '{}';", words(&attack)));
    let defect = Problem::Internal("".into());
    let defect = words(&defect.document(Uuid::nil()));
    lines.push(format!("    default '{defect}';\n}}\n"));
    lines.join("\n")
}

/// The fields that say which media type an operation reads, each with the lines of its map.
fn accepted(paths: &[Path<'_>]) -> BTreeMap<&'static str, Vec<String>> {
    let mut lines: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for path in paths {
        for operation in &path.operations {
            let fields = operation.consumes.map(MediaType::accepted);
            for (field, value) in fields.into_iter().flatten() {
                lines.entry(*field).or_default().push(format!(
                    "    \"~^415 {} {}(?:\\?|$)\" {value};",
                    operation.method,
                    path.pattern()
                ));
            }
        }
    }
    lines
}

/// A variable of nginx with the name of a field.
fn variable(field: &str) -> String {
    field.to_ascii_lowercase().replace('-', "_")
}

/// What the gateway itself answers, beside the refusal of an attack.
fn refusals() -> [Problem; 13] {
    [
        Problem::Malformed(Vec::new()),
        Problem::Unauthenticated(no_credentials()),
        Problem::NotFound,
        Problem::MethodNotAllowed(HeaderValue::from_static("")),
        Problem::RequestTimeout,
        Problem::ContentTooLarge,
        Problem::TargetTooLong,
        Problem::UnsupportedMediaType(&[]),
        Problem::ExpectationFailed,
        Problem::Misdirected,
        Problem::HeadTooLarge,
        Problem::NotImplemented,
        Problem::Unavailable("".into()),
    ]
}

/// The members of a problem document that stand before `instance`, the last one.
fn words(document: &ProblemDocument<'_>) -> String {
    let text = serde_json::to_string(document).unwrap_or_default();
    let (words, _) = text.split_once("\"instance\"").unwrap_or_default();
    words.replace('\'', "")
}

/// For the block `server`: the names that a connection may be opened for. One without a name (SNI) is refused, which
/// the service itself allows: whom a gateway serves has a name.
pub(super) fn server(settings: &Settings) -> String {
    format!("server_name {};\n", settings.public.hosts.join(" "))
}

/// For the location that answers what the gateway refuses: a problem document, with the fields that every answer
/// of the service has.
pub(super) fn problem(paths: &[Path<'_>]) -> String {
    let mut lines = vec!["default_type application/problem+json;".to_owned()];
    lines.extend(SECURITY_HEADERS.iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or_default();
        format!("add_header {name} \"{value}\" always;")
    }));
    lines.push("add_header x-request-id $request_uuid always;".to_owned());
    lines.push("add_header www-authenticate $challenge always;".to_owned());
    lines.push("add_header allow $allow always;".to_owned());
    let fields = accepted(paths).into_keys();
    lines.extend(
        fields
            .chain(["accept-encoding", "retry-after"])
            .map(|field| format!("add_header {field} ${} always;", variable(field))),
    );
    lines.join("\n") + "\n"
}
