//! Lines of the log as records for a collector of OpenTelemetry.
//!
//! `telemetry` writes each line to standard error, and this layer puts the same line into a bounded queue where
//! somebody collects records (`otlp`). It never waits; a record that finds the queue full is counted. What the thread
//! that sends has to say is left out: each message would make the next one.
//!
//! Controls: LO-06

use std::{
    cell::Cell,
    fmt::Debug,
    sync::{Arc, OnceLock, mpsc::Receiver},
};

use serde_json::Value;
use time::OffsetDateTime;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

use crate::{
    clock::Clock,
    sending::Outbox,
    spans::{self, Place},
};

/// Where records go. The log is the process's own, and so is this.
static COLLECTED: OnceLock<Collected> = OnceLock::new();

thread_local! {
    static SENDS: Cell<bool> = const { Cell::new(false) };
}

struct Collected {
    outbox: Outbox<Record>,
    clock: Arc<dyn Clock>,
}

/// A line of the log.
#[derive(Debug)]
pub struct Record {
    pub at: OffsetDateTime,
    pub level: Level,
    pub target: &'static str,
    pub message: String,
    pub fields: Vec<(&'static str, Value)>,
    /// The span that it was said in, where its trace is kept.
    pub place: Option<Place>,
}

/// From now on each line of the log is put into the queue that is returned, which has this much room. `None` when
/// somebody else has it.
pub fn collect(room: usize, clock: Arc<dyn Clock>) -> Option<Receiver<Record>> {
    let (outbox, records) = Outbox::new(room);
    let collected = Collected { outbox, clock };
    COLLECTED.set(collected).ok().map(|()| records)
}

/// How many records found the queue full.
#[must_use]
pub fn dropped() -> u64 {
    COLLECTED
        .get()
        .map_or(0, |collected| collected.outbox.dropped())
}

/// What this thread says is no record: it sends them.
pub fn none_of_this_thread() {
    SENDS.set(true);
}

/// The layer of the subscriber.
pub struct Records;

impl<S: Subscriber> Layer<S> for Records {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(collected) = COLLECTED.get().filter(|_| !SENDS.get()) else {
            return;
        };
        let metadata = event.metadata();
        let mut record = Record {
            at: collected.clock.now(),
            level: *metadata.level(),
            target: metadata.target(),
            message: String::new(),
            fields: Vec::new(),
            place: spans::place(),
        };
        event.record(&mut record);
        collected.outbox.put(record);
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.fields.push((field.name(), value.into()));
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push((field.name(), value.into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push((field.name(), value.into()));
    }
}
