//! Connections that stay with the service between two uses.
//!
//! A pool of the library asks each connection that comes back whether it is alive: one more trip to the server,
//! or to the thread that owns a connection of SQLite, as long as a short read. A connection whose last
//! statement was answered has shown that already, so it is kept here: also when the values broke a
//! constraint, or a client could make the service open a new connection with each request. A connection of any
//! other failed use is closed, which rolls back what is open; the pool makes another.
//!
//! A use is abandoned when a client hangs up or a deadline passes. A new connection to PostgreSQL costs a handshake and a
//! process, so one that was abandoned is kept if it answers as soon as a caller would wait for a connection, and has no
//! open transaction then. SQLite's is closed.
//!
//! The runtime of the worker that made a connection of PostgreSQL waits for its socket. Another worker that uses the
//! connection is woken through that one, a switch of threads with each answer, so each worker takes its own first.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use sqlx::{Connection as _, Database, Pool};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    connection::{ConnectionMetrics, Waiting},
    error::{self, EngineError},
};

/// As many connections as the pool may have, and none beside them.
pub struct ConnectionCache<D: Database, S = ()> {
    /// Creates connections, detached at once: pooled ones need a runtime to be dropped.
    pool: Pool<D>,
    idle: Mutex<Vec<Kept<D, S>>>,
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Whether a connection has a worker that it belongs to.
    has_home: bool,
}

/// A connection, what its user notes about it, and the worker that made it.
struct Kept<D: Database, S> {
    connection: D::Connection,
    state: S,
    home: ThreadId,
    made: Instant,
    used: Instant,
}

impl<D: Database, S: Default + Send + 'static> ConnectionCache<D, S> {
    /// Connections that any worker uses at the same cost.
    pub fn of_all(pool: Pool<D>) -> Self {
        Self::new(pool, false)
    }

    /// Connections that belong to the worker that made them.
    pub fn of_workers(pool: Pool<D>) -> Self {
        Self::new(pool, true)
    }

    fn new(pool: Pool<D>, has_home: bool) -> Self {
        let most = most(&pool);
        Self {
            pool,
            idle: Mutex::new(Vec::with_capacity(most)),
            slots: Arc::new(Semaphore::new(most)),
            waiting: AtomicUsize::default(),
            has_home,
        }
    }

    /// Does `work` with a connection, as soon as one is free. Before a connection is made, `may_connect` is asked.
    ///
    /// # Errors
    /// When no connection becomes free in time, a new one cannot be made, or `work` fails.
    pub async fn run<T>(
        self: &Arc<Self>,
        may_connect: impl FnOnce() -> Result<(), EngineError>,
        work: impl AsyncFnOnce(&mut D::Connection, &mut S) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let slot = self.slot().await?;
        let kept = if let Some(kept) = self.take() {
            kept
        } else {
            may_connect()?;
            // Rare, and large: it is not moved with each use.
            Box::pin(self.connect()).await?
        };
        let mut in_use = InUse {
            of: None,
            cache: self,
        };
        let (kept, _) = in_use.of.insert((kept, slot));
        let result = work(&mut kept.connection, &mut kept.state).await;
        kept.used = Instant::now();
        // The slot is free when the connection is back.
        if let Some((kept, _slot)) = in_use.of.take()
            && result
                .as_ref()
                .err()
                .is_none_or(error::keeps_the_connection)
        {
            self.idle().push(kept);
        }
        result
    }

    /// Closes connections that nobody has used for the pool's `idle_timeout`, or that are older than its
    /// `max_lifetime`: a server that was replaced behind its name is left some time.
    pub async fn close_old(&self) {
        let options = self.pool.options();
        let (idle, age) = (options.get_idle_timeout(), options.get_max_lifetime());
        let is_old = |kept: &mut Kept<D, S>| {
            let longer = |since: Instant, most: Option<Duration>| {
                most.is_some_and(|most| since.elapsed() > most)
            };
            longer(kept.used, idle) || longer(kept.made, age)
        };
        let old: Vec<_> = self.idle().extract_if(.., is_old).collect();
        for kept in old {
            kept.connection.close().await.ok();
        }
    }

    /// Figures for operators.
    pub fn metrics(&self) -> ConnectionMetrics {
        ConnectionMetrics {
            busy: self.busy(),
            idle: self.idle().len(),
            most: self.most(),
            waiting: self.waiting.load(Ordering::Relaxed),
        }
    }

    /// As many connections as there may be.
    pub fn most(&self) -> usize {
        most(&self.pool)
    }

    /// The right to one connection. Only a caller who has to wait gets a timer.
    async fn slot(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        if let Ok(slot) = self.slots.clone().try_acquire_owned() {
            return Ok(slot);
        }
        let _waiting = Waiting::queue(&self.waiting, self.most())?;
        tokio::time::timeout(self.patience(), self.slots.clone().acquire_owned())
            .await
            .map_err(|_| EngineError::PoolTimedOut)?
            .map_err(|_| EngineError::PoolClosed)
    }

    /// The kept connection that was used last. That of another worker, only where there may be no further one.
    fn take(&self) -> Option<Kept<D, S>> {
        let mut idle = self.idle();
        if !self.has_home {
            return idle.pop();
        }
        let here = thread::current().id();
        match idle.iter().rposition(|kept| kept.home == here) {
            Some(own) => Some(idle.remove(own)),
            None if idle.len() + self.busy() > self.most() => idle.pop(),
            None => None,
        }
    }

    async fn connect(&self) -> Result<Kept<D, S>, EngineError> {
        let connection = self.pool.acquire().await?.detach();
        let now = Instant::now();
        Ok(Kept {
            connection,
            state: S::default(),
            home: thread::current().id(),
            made: now,
            used: now,
        })
    }

    /// As long as a caller waits for a connection.
    fn patience(&self) -> Duration {
        self.pool.options().get_acquire_timeout()
    }

    /// Connections in use, the caller's own slot among them.
    fn busy(&self) -> usize {
        self.most().saturating_sub(self.slots.available_permits())
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Kept<D, S>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection in use, with the right to it.
struct InUse<'a, D: Database, S: Default + Send + 'static> {
    of: Option<(Kept<D, S>, OwnedSemaphorePermit)>,
    cache: &'a Arc<ConnectionCache<D, S>>,
}

/// It was abandoned. The slot is held until the connection has answered.
impl<D: Database, S: Default + Send + 'static> Drop for InUse<'_, D, S> {
    fn drop(&mut self) {
        let Some((mut kept, slot)) = self.of.take() else {
            return;
        };
        if !self.cache.has_home {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let cache = self.cache.clone();
        runtime.spawn(async move {
            // The driver queues the end of a transaction only when it knows of the beginning. A `BEGIN` whose answer
            // was still to come has begun one that it does not know of; the end of a further one ends that too.
            let end = async { kept.connection.begin().await?.rollback().await };
            // A server that hangs would keep the slot, and after as many clients that hung up there would be none left.
            let ended = tokio::time::timeout(cache.patience(), end).await;
            if matches!(ended, Ok(Ok(()))) {
                cache.idle().push(kept);
            }
            drop(slot);
        });
    }
}

fn most<D: Database>(pool: &Pool<D>) -> usize {
    usize::try_from(pool.options().get_max_connections()).unwrap_or(1)
}

#[cfg(test)]
mod tests;
