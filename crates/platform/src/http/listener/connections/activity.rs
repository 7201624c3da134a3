//! What one connection and the table tell each other, without a lock for each request.
//!
//! All of it is one word of memory. A request begins and an eviction happens in one atomic step each,
//! so a request that has begun is not cut off until its answer is complete or waits for its client.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

/// A request is being answered.
const BUSY: u64 = u64::MAX - 2;
/// The same, and the connection has been taken out of the order.
const PARKED: u64 = u64::MAX - 1;
/// The connection must end.
const EVICTED: u64 = u64::MAX;

/// One connection, as the others see it. Begins idle.
pub(super) struct Activity {
    /// [`BUSY`], [`PARKED`], [`EVICTED`], or the turn since which there has been no request.
    state: AtomicU64,
    turns: Arc<AtomicU64>,
    waker: AtomicWaker,
}

/// What an attempt to evict found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It was idle, and must end now.
    Evicted,
    /// It is busy, and will say when it is idle again.
    Parked,
    /// It has had a request since, and has been idle from this turn on.
    IdleSince(u64),
}

impl Activity {
    pub(super) fn new(turns: Arc<AtomicU64>) -> Self {
        Self {
            state: AtomicU64::new(next(&turns)),
            turns,
            waker: AtomicWaker::new(),
        }
    }

    /// A request has arrived; false when it came too late and must not be answered.
    pub(super) fn begin(&self) -> bool {
        let busy = |state| (state != EVICTED).then_some(BUSY);
        let order = Ordering::AcqRel;
        self.state
            .fetch_update(order, Ordering::Acquire, busy)
            .is_ok()
    }

    /// The answer is complete, or waits for its client; true when the connection must be placed in the order again.
    pub(super) fn end(&self) -> bool {
        let turn = next(&self.turns);
        let idle = |state| matches!(state, BUSY | PARKED).then_some(turn);
        let before = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, idle);
        before == Ok(PARKED)
    }

    /// Ready when the connection must end.
    pub(super) fn poll_evicted(&self, cx: &Context<'_>) -> Poll<()> {
        self.waker.register(cx.waker());
        if self.turn() == EVICTED {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Calls the task that waits in [`Activity::poll_evicted`].
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Evicts the connection unless it has had a request since `turn`.
    pub(super) fn evict(&self, turn: u64) -> Found {
        let after = |state| match state {
            BUSY => PARKED,
            since if since <= turn => EVICTED,
            same => same,
        };
        let change = |state| Some(after(state));
        let before = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
        let before = before.unwrap_or_else(|state| state);
        match after(before) {
            PARKED => Found::Parked,
            EVICTED => {
                self.wake();
                Found::Evicted
            }
            since => Found::IdleSince(since),
        }
    }

    pub(super) fn turn(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }
}

/// The next number of a listener's clock, which counts instead of measuring: what is younger has a
/// larger number, and no two are the same.
fn next(turns: &AtomicU64) -> u64 {
    turns.fetch_add(1, Ordering::Relaxed)
}
