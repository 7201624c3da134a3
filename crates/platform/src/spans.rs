//! What a request took time for, as spans of its trace: the request itself, the database, keys of an issuer, the
//! journal.
//!
//! A span has what this service knows: an operation's route template, a status, a name from the code. It has no
//! place for a path, a query, a header or a name of a caller, so none can get out. A finished span goes into a
//! bounded queue and never waits; what finds it full is counted. Where nobody collects spans there is no scope, and
//! a span is one look at a variable of the task (`otlp` sends them).
//!
//! Controls: LO-06

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::{clock::Clock, sending::Outbox};

tokio::task_local! {
    static CURRENT: Current;
}

/// The request that a task works for.
#[derive(Clone, Default)]
struct Current {
    id: Uuid,
    scope: Option<Arc<Scope>>,
}

/// A finished span.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub trace: Uuid,
    pub id: u64,
    pub parent: Option<u64>,
    pub began: OffsetDateTime,
    pub took: Duration,
    pub work: Work,
}

/// What was done in it.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A request of a client.
    Request {
        id: Uuid,
        method: &'static str,
        /// The route template, where there is one.
        route: Option<String>,
        /// None when the client hung up first.
        status: Option<u16>,
    },
    /// Waiting for another program.
    Call(&'static str),
    /// Waiting for a part of this one.
    Wait(&'static str),
}

/// A span by its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub trace: Uuid,
    pub span: u64,
}

/// Where finished spans go.
pub struct Spans {
    outbox: Outbox<Span>,
    clock: Arc<dyn Clock>,
    /// Traces that begin here and are kept, of 2^32.
    kept: u64,
}

/// The span of another program that a request belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    pub trace: Uuid,
    pub span: u64,
    /// Whether the program that began the trace keeps it.
    pub is_kept: bool,
}

impl Spans {
    /// Spans of this part of all traces that begin here; one that is continued is kept where it began.
    #[must_use]
    pub fn new(outbox: Outbox<Span>, clock: Arc<dyn Clock>, part: f64) -> Self {
        let kept = Duration::from_secs(1 << 32).mul_f64(part.clamp(0.0, 1.0));
        Self {
            outbox,
            clock,
            kept: kept.as_secs(),
        }
    }

    /// How many found the queue full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.outbox.dropped()
    }

    /// The span of the request `id`, unless its trace is not kept. A trace that begins here has the request's id.
    #[must_use]
    pub fn request(
        self: &Arc<Self>,
        id: Uuid,
        method: &'static str,
        parent: Option<Parent>,
    ) -> Option<Root> {
        let (high, random) = id.as_u64_pair();
        let kept = parent.map_or((random & 0xffff_ffff) < self.kept, |parent| parent.is_kept);
        let scope = kept.then(|| Scope {
            spans: self.clone(),
            trace: parent.map_or(id, |parent| parent.trace),
            // An id of a request is random, and differs from all others.
            root: random ^ high.rotate_left(32),
            parent: parent.map(|parent| parent.span),
            began: self.clock.now(),
            since: Instant::now(),
            children: AtomicU64::new(0),
        });
        scope.map(|scope| Root {
            scope: Arc::new(scope),
            id,
            method,
            route: None,
            status: None,
        })
    }
}

/// What the spans of a request have in common.
struct Scope {
    spans: Arc<Spans>,
    trace: Uuid,
    root: u64,
    parent: Option<u64>,
    began: OffsetDateTime,
    since: Instant,
    children: AtomicU64,
}

/// The span of a request: it ends when it is dropped.
pub struct Root {
    scope: Arc<Scope>,
    id: Uuid,
    method: &'static str,
    route: Option<String>,
    status: Option<u16>,
}

impl Root {
    /// The request was answered.
    pub fn answered(mut self, route: Option<String>, status: u16) {
        self.route = route;
        self.status = Some(status);
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let scope = &self.scope;
        scope.spans.outbox.put(Span {
            trace: scope.trace,
            id: scope.root,
            parent: scope.parent,
            began: scope.began,
            took: scope.since.elapsed(),
            work: Work::Request {
                id: self.id,
                method: self.method,
                route: self.route.take(),
                status: self.status,
            },
        });
    }
}

/// A part of a request's work: it ends when it is dropped.
#[must_use = "a span ends when it is dropped"]
pub struct Child {
    scope: Arc<Scope>,
    work: Work,
    since: Instant,
}

/// A span around the rest of a block, where the request of this task has spans.
#[must_use]
pub fn child(work: Work) -> Option<Child> {
    let scope = CURRENT.try_with(|current| current.scope.clone());
    scope.ok().flatten().map(|scope| Child {
        scope,
        work,
        since: Instant::now(),
    })
}

impl Drop for Child {
    fn drop(&mut self) {
        let scope = &self.scope;
        let number = scope.children.fetch_add(1, Ordering::Relaxed) + 1;
        scope.spans.outbox.put(Span {
            trace: scope.trace,
            id: scope.root.wrapping_add(number),
            parent: Some(scope.root),
            began: scope.began + self.since.saturating_duration_since(scope.since),
            took: self.since.elapsed(),
            work: self.work.clone(),
        });
    }
}

/// `work` that is done for the request `id`, so that [`current`] and [`child`] know.
pub fn during<F: Future>(
    id: Uuid,
    root: Option<&Root>,
    work: F,
) -> impl Future<Output = F::Output> {
    let scope = root.map(|root| root.scope.clone());
    CURRENT.scope(Current { id, scope }, work)
}

/// `work` in a task of its own, for the same request as the task that calls this.
pub fn inherited<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let current = CURRENT.try_with(Clone::clone).unwrap_or_default();
    CURRENT.scope(current, work)
}

/// The request that this task works for.
#[must_use]
pub fn current() -> Option<Uuid> {
    CURRENT.try_with(|current| current.id).ok()
}

/// The span of that request, where its trace is kept.
#[must_use]
pub fn place() -> Option<Place> {
    let place = |current: &Current| {
        let scope = current.scope.as_ref()?;
        Some(Place {
            trace: scope.trace,
            span: scope.root,
        })
    };
    CURRENT.try_with(place).ok().flatten()
}

#[cfg(test)]
mod tests;
