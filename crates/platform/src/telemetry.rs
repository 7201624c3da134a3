//! Logs: one line for each request, and what else the code has to say.
//!
//! The stock root span records the query string and the user agent, and so whatever a client puts
//! there: credentials, personal data, terminal escapes. These lines have what the service itself
//! knows: the matched route, not the path; the status; the time it took.
//!
//! Controls: LO-05, LO-06

use std::{
    io::{BufWriter, IsTerminal},
    sync::{Arc, OnceLock},
};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
};
use tracing::{Span, field};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Registry, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use crate::{
    config::{Log, LogFormat},
    http::{
        context::{RequestContext, client_address, request_id, tls_session, trace},
        problem::Problem,
    },
    log_records::Records,
};

/// Lines that may wait to be written.
const QUEUE: usize = 8192;

/// Counts lines that were dropped. The log is the process's own, and so is this.
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// How many lines were dropped because the queue was full.
#[must_use]
pub fn lines_dropped() -> u64 {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    u64::try_from(dropped).unwrap_or(u64::MAX)
}

/// Sends what is logged from now on to standard error: a line a person reads, or JSON.
///
/// Called once, by the commands; a second call changes nothing. A thread of its own does the writing,
/// many lines at a time, so that no worker waits for their reader. When the queue is full lines
/// are dropped: what must not be lost is in the audit journal. What is queued is written when the
/// guard is dropped; `kill -9` takes the last instant with it.
pub fn init(settings: &Log) -> WorkerGuard {
    let filter: Targets = settings.filter.parse().unwrap_or_default();
    let registry = Registry::default().with(filter).with(Records);
    let (writer, guard) = NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(QUEUE)
        .finish(BufWriter::new(std::io::stderr()));
    DROPPED.set(writer.error_counter()).ok();
    let colours = std::io::stderr().is_terminal();
    let initialised = match settings.format {
        LogFormat::Pretty => registry
            .with(fmt::layer().with_ansi(colours).with_writer(writer))
            .try_init(),
        LogFormat::Json => registry
            .with(
                fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_span_list(false)
                    .with_writer(writer),
            )
            .try_init(),
    };
    drop(initialised);
    // A panic is logged like anything else, with the request that it happened in; the default hook
    // would write a line that no log collector can read.
    std::panic::set_hook(Box::new(|panic| {
        let id = request_id::current().map(field::display);
        tracing::error!(request.id = id, %panic, "panicked");
    }));
    guard
}

/// A line about a request; `access=debug` in `log.filter` shows those that went well too. It is the only
/// line about a request that failed, so `cause` is in it.
macro_rules! served {
    ($level:ident, $response:ident $(, $cause:ident)?) => {{
        let request = $response.request();
        tracing::$level!(
            target: "access",
            {
                request.id = %request_id::of(request),
                trace.id = %trace::of(request),
                tls.version = tls_session::of(request).map(|session| session.version),
                client.address = client_address::of(request).map(field::display),
                client_id = client_id(request).map(field::display),
                http.method = trace::method(request),
                http.route = request.match_pattern(),
                http.status_code = $response.status().as_u16(),
                duration_us = elapsed_us(request),
                $($cause,)?
            },
            "served"
        );
    }};
}

/// The span around a request, which libraries log in as well. It is off unless `request=debug` is set,
/// and then costs nothing.
#[derive(Debug)]
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        RequestContext::begin(request.request(), id.map(|id| *id).unwrap_or_default());
        tracing::debug_span!(target: "request", "request", request.id = id.map(field::display))
    }

    fn on_request_end<B: MessageBody>(_: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        match outcome {
            // A flood that is refused must not become a flood of lines: the limiters count it.
            Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {}
            // The gateway and the metrics count what went well; the rest somebody will ask about.
            Ok(response) if response.status().as_u16() < 400 => served!(debug, response),
            Ok(response) => {
                if let Some(cause) = cause(response) {
                    served!(error, response, cause);
                } else {
                    served!(info, response);
                }
            }
            Err(error) => {
                let status = error.as_response_error().status_code().as_u16();
                tracing::error!(
                    http.status_code = status,
                    "served an error below the routes"
                );
            }
        }
    }
}

/// Why it failed, if that is not the client's doing.
fn cause<B>(response: &ServiceResponse<B>) -> Option<String> {
    let problem: &Problem = response.response().error()?.as_error()?;
    problem.cause_chain()
}

fn elapsed_us(request: &HttpRequest) -> Option<u64> {
    let age = RequestContext::read(request, RequestContext::age)?;
    u64::try_from(age.as_micros()).ok()
}

/// The program that the caller used.
fn client_id(request: &HttpRequest) -> Option<Arc<str>> {
    let client = |context: &RequestContext| context.caller.as_ref()?.actor().client;
    RequestContext::read(request, client)?
}
