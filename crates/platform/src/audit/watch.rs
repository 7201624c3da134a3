//! Whether the sink is stuck: a collector that stopped reading, or a frozen file system, does not
//! fail, it only never returns. A caller must not wait to find out.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{chain::ChainHead, reason::Reason, sink::Sink};

/// An operation that takes longer is stuck, until it returns.
const PATIENCE: Duration = Duration::from_secs(2);

/// Since when an operation has been running.
#[derive(Debug)]
pub(super) struct Watch {
    origin: Instant,
    /// Milliseconds after the origin, from one; zero while there is none.
    since: AtomicU64,
}

impl Default for Watch {
    fn default() -> Self {
        let origin = Instant::now();
        let since = AtomicU64::new(0);
        Self { origin, since }
    }
}

impl Watch {
    fn now(&self) -> u64 {
        let elapsed = self.origin.elapsed().as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(1)
    }

    pub fn is_stuck(&self) -> bool {
        let since = self.since.load(Ordering::Acquire);
        let running = Duration::from_millis(self.now().saturating_sub(since));
        since > 0 && running > PATIENCE
    }

    fn over<T>(&self, operation: impl FnOnce() -> T) -> T {
        self.since.store(self.now(), Ordering::Release);
        let result = operation();
        self.since.store(0, Ordering::Release);
        result
    }
}

/// A sink whose operations are watched.
pub(super) struct Watched {
    pub sink: Box<dyn Sink>,
    pub watch: Arc<Watch>,
}

impl Sink for Watched {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        self.watch.over(|| self.sink.write(lines))
    }

    fn sync(&mut self) -> io::Result<()> {
        self.watch.over(|| self.sink.sync())
    }

    fn repair(&mut self, head: ChainHead) -> io::Result<Option<Reason>> {
        self.watch.over(|| self.sink.repair(head))
    }

    fn is_full(&self) -> bool {
        self.sink.is_full()
    }

    fn rotate(&mut self, head: ChainHead) -> io::Result<()> {
        self.watch.over(|| self.sink.rotate(head))
    }

    fn keep_head(&mut self, line: &[u8]) -> io::Result<()> {
        self.watch.over(|| self.sink.keep_head(line))
    }
}
