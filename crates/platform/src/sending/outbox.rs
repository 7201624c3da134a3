//! A bounded queue between requests and what sends: nothing waits for room in it.

use std::sync::{
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

/// The end of the queue that is put into. Dropped, it ends the queue.
#[derive(Debug)]
pub struct Outbox<T> {
    queue: SyncSender<T>,
    dropped: AtomicU64,
}

impl<T> Outbox<T> {
    /// A queue with this much room, and the end that is sent from.
    #[must_use]
    pub fn new(room: usize) -> (Self, Receiver<T>) {
        let (queue, waiting) = sync_channel(room);
        let dropped = AtomicU64::new(0);
        (Self { queue, dropped }, waiting)
    }

    /// Puts it into the queue. What finds the queue full is dropped and counted.
    pub fn put(&self, one: T) {
        if self.queue.try_send(one).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many found the queue full.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_the_queue_full_is_dropped_and_counted_and_nothing_waits() {
        let (outbox, waiting) = Outbox::new(2);
        (0..5).for_each(|number| outbox.put(number));
        assert_eq!(waiting.try_iter().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(outbox.dropped(), 3);
        outbox.put(5);
        assert_eq!((waiting.recv(), outbox.dropped()), (Ok(5), 3));
    }
}
