//! What is counted of every request: its operation, its status, how long it took, what is under way.
//!
//! A counter that is found by name costs a lock and a look-up for each request, and one that is named
//! after what a client sent grows until memory ends: a scanner makes a series with each path. So every
//! counter is made at the start, from the route table, and each worker has its own. A number has one
//! writer, the thread of its worker, so to count is a load and a store: no lock, and no addition that
//! the processor must lock. A request that reached no operation has no route here.

use std::{
    array::from_fn,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use actix_web::http::{Method, StatusCode};

use crate::http::rate_limit::Policy;

/// The statuses that are counted one by one; all others are one counter.
pub const STATUSES: [u16; 24] = [
    200, 201, 204, 400, 401, 403, 404, 405, 406, 408, 409, 412, 413, 414, 415, 417, 421, 422, 428,
    429, 431, 500, 501, 503,
];
/// Methods of requests that reached no operation; all others are one counter.
pub const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
];
/// Upper bounds of the histogram, in microseconds. What takes longer is in the last bucket.
pub const BOUNDS: [u64; 8] = [
    500, 1_000, 5_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000,
];

const NUMBERS: usize = STATUSES.len() + 1;
const BUCKETS: usize = BOUNDS.len() + 1;

/// The answers of one operation, or of one method without an operation, on one worker.
#[derive(Debug, Default)]
pub struct Counters {
    statuses: [AtomicU64; NUMBERS],
    buckets: [AtomicU64; BUCKETS],
    micros: AtomicU64,
}

impl Counters {
    /// Counts an answer.
    pub fn count(&self, status: StatusCode, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let status = STATUSES.binary_search(&status.as_u16());
        let bucket = BOUNDS.iter().position(|bound| micros <= *bound);
        add(&self.statuses, status.unwrap_or(STATUSES.len()), 1);
        add(&self.buckets, bucket.unwrap_or(BOUNDS.len()), 1);
        increase(&self.micros, micros);
    }

    fn add_to(&self, sum: &mut Answers) {
        sum.micros += self.micros.load(Relaxed);
        for (sum, number) in sum.statuses.iter_mut().zip(&self.statuses) {
            *sum += number.load(Relaxed);
        }
        for (sum, number) in sum.buckets.iter_mut().zip(&self.buckets) {
            *sum += number.load(Relaxed);
        }
    }
}

fn add(numbers: &[AtomicU64], place: usize, more: u64) {
    if let Some(number) = numbers.get(place) {
        increase(number, more);
    }
}

/// Only the thread of the worker calls this; `fetch_add` would cost ten times as much.
fn increase(number: &AtomicU64, more: u64) {
    number.store(number.load(Relaxed).wrapping_add(more), Relaxed);
}

/// A handle for the thread of the worker: a copy of it is not counted across threads.
pub type Local<T> = Rc<Arc<T>>;

/// The answers of all workers.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// As [`STATUSES`], and one more for every other status.
    pub statuses: [u64; NUMBERS],
    /// As [`BOUNDS`], and one more; each counts what the one before does not.
    pub buckets: [u64; BUCKETS],
    /// The time of all of them, in microseconds.
    pub micros: u64,
}

/// An operation that is counted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub method: Method,
    /// Its path template.
    pub route: String,
    pub counters: Arc<Counters>,
}

/// What one worker counts.
#[derive(Debug)]
pub struct Worker {
    operations: Vec<Counted>,
    /// By method; the last one is of all other methods.
    elsewhere: [Counters; METHODS.len() + 1],
    begun: AtomicU64,
    ended: AtomicU64,
    refusals: [AtomicU64; Policy::ALL.len()],
}

/// A request that is being answered. What drops it without [`UnderWay::answered`] gave it up.
pub struct UnderWay {
    worker: Local<Worker>,
    method: usize,
    started: Instant,
}

impl UnderWay {
    /// Begins to count a request.
    #[must_use]
    pub fn begin(worker: &Local<Worker>, method: &Method, started: Instant) -> Self {
        increase(&worker.begun, 1);
        let known = METHODS.iter().position(|known| method == *known);
        Self {
            worker: worker.clone(),
            method: known.unwrap_or(METHODS.len()),
            started,
        }
    }

    /// Counts the answer, as one of the operation that the request reached.
    pub fn answered(&self, reached: Option<&Counters>, status: StatusCode) {
        let elsewhere = self.worker.elsewhere.get(self.method);
        if let Some(counters) = reached.or(elsewhere) {
            counters.count(status, self.started.elapsed());
        }
    }

    /// Counts a refusal of a quota.
    pub fn refused(&self, policy: Policy) {
        add(&self.worker.refusals, policy as usize, 1);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        increase(&self.worker.ended, 1);
    }
}

/// The workers of a listener. One that was replaced still counts: no number goes down.
#[derive(Debug, Default)]
pub struct Traffic(Mutex<Vec<Arc<Worker>>>);

impl Traffic {
    /// A worker with these operations, for the thread that calls this.
    pub fn worker(&self, operations: Vec<Counted>) -> Local<Worker> {
        let worker = Arc::new(Worker {
            operations,
            elsewhere: from_fn(|_| Counters::default()),
            begun: AtomicU64::default(),
            ended: AtomicU64::default(),
            refusals: from_fn(|_| AtomicU64::default()),
        });
        let mut workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        workers.push(worker.clone());
        Rc::new(worker)
    }

    fn workers(&self) -> Vec<Arc<Worker>> {
        let workers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        workers.clone()
    }

    /// The answers by method and route; no route for requests that reached no operation.
    #[must_use]
    pub fn answers(&self) -> Vec<(String, Option<String>, Answers)> {
        let workers = self.workers();
        let Some(first) = workers.first() else {
            return Vec::new();
        };
        // The route table of every worker is the same.
        let operations = first.operations.iter().enumerate().map(|(place, one)| {
            let mut sum = Answers::default();
            let of_all = workers.iter().filter_map(|one| one.operations.get(place));
            of_all.for_each(|one| one.counters.add_to(&mut sum));
            (one.method.to_string(), Some(one.route.clone()), sum)
        });
        let methods = METHODS.into_iter().chain(["other"]).enumerate();
        let elsewhere = methods.map(|(place, method)| {
            let mut sum = Answers::default();
            let of_all = workers.iter().filter_map(|one| one.elsewhere.get(place));
            of_all.for_each(|one| one.add_to(&mut sum));
            (method.to_owned(), None, sum)
        });
        operations.chain(elsewhere).collect()
    }

    /// Requests that are being answered.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        let of_one = |one: &Arc<Worker>| {
            // In this order, or one that begins and ends between the two makes it negative.
            let ended = one.ended.load(Relaxed);
            one.begun.load(Relaxed).saturating_sub(ended)
        };
        self.workers().iter().map(of_one).sum()
    }

    /// Requests that a quota refused.
    #[must_use]
    pub fn refusals(&self, policy: Policy) -> u64 {
        let workers = self.workers();
        let numbers = workers
            .iter()
            .filter_map(|one| one.refusals.get(policy as usize));
        numbers.map(|number| number.load(Relaxed)).sum()
    }
}
