//! Keeps an issuer's keys current, on a thread of its own.
//!
//! Keys are read anew now and then, and when a token names a key that is not known: at most once in
//! a cool-down, however many such tokens come, or anybody could make this service hammer its
//! issuer. While the issuer cannot be reached the keys stay, for a bounded time; then nothing is
//! believed.
//!
//! Controls: JW-11, JW-12

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, RwLock, Weak,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use jsonwebtoken::Algorithm;
use tokio::sync::watch;

use super::{
    keys::{KeyError, KeySet},
    source::Source,
};
use crate::{
    audit::{Entry, Event, Journal},
    config::Auth,
    egress,
    sending::Backoff,
    spans::{self, Work},
};

/// Between two attempts to reach an issuer that failed: from, to.
const RETRY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// Discovery and key set, each in its time, and a little.
const WAIT: Duration = egress::MAX_TIME.saturating_mul(2);

/// An issuer's keys, and the handle of the thread that reads them anew.
pub(super) struct KeySetRefresher {
    name: String,
    journal: Journal,
    times: Times,
    current: RwLock<Option<(Arc<KeySet>, Instant)>>,
    asked: Mutex<Asked>,
    ask: SyncSender<()>,
    /// Counts the attempts, so that a task that asked knows when to look again.
    attempts: watch::Sender<u64>,
}

#[derive(Clone, Copy)]
struct Times {
    refresh: Duration,
    cooldown: Duration,
    max_age: Duration,
}

/// Whether a reading that a token asked for is under way, or was not long ago.
enum Asked {
    No,
    UnderWay,
    At(Instant),
}

impl KeySetRefresher {
    /// Starts the thread. A file must have keys now; another source is read on the thread, and a
    /// request that needs its keys meanwhile waits for that.
    ///
    /// # Errors
    /// When a file cannot be read or has no key.
    pub(super) fn start(
        name: &str,
        source: Source,
        settings: &Auth,
        journal: Journal,
    ) -> Result<Arc<Self>, KeyError> {
        let first = source.local()?;
        let pause = if first.is_some() {
            settings.key_refresh
        } else {
            Duration::ZERO
        };
        let first = first.map(|keys| (Arc::new(keys), Instant::now()));
        let of_start = first.as_ref().map(|(keys, _)| keys.clone());
        let (ask, asks) = sync_channel(1);
        let refresher = Arc::new(Self {
            name: name.to_owned(),
            journal,
            times: Times {
                refresh: settings.key_refresh,
                cooldown: settings.key_cooldown,
                max_age: settings.key_max_age,
            },
            current: RwLock::new(first),
            asked: Mutex::new(Asked::No),
            ask,
            attempts: watch::Sender::new(0),
        });
        if let Some(keys) = of_start {
            refresher.record_rejected(&keys);
        }
        let weak = Arc::downgrade(&refresher);
        let times = refresher.times;
        thread::Builder::new()
            .name("key-set".to_owned())
            .spawn(move || refresh(&weak, &source, &asks, times, pause))
            .map_err(KeyError::Thread)?;
        Ok(refresher)
    }

    /// The keys, unless there are none, or none young enough to be believed.
    pub(super) fn keys(&self) -> Option<Arc<KeySet>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let (keys, read_at) = current.as_ref()?;
        (read_at.elapsed() <= self.times.max_age).then(|| keys.clone())
    }

    /// For how long the keys have not been read; nothing when they never were.
    pub(super) fn age(&self) -> Option<Duration> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|(_, read_at)| read_at.elapsed())
    }

    /// The keys, if one of them is `key_id` for this algorithm.
    pub(super) fn keys_with(&self, key_id: &str, algorithm: Algorithm) -> Option<Arc<KeySet>> {
        let keys = self.keys();
        keys.filter(|keys| keys.key(key_id, algorithm).is_some())
    }

    /// The keys, after they have been read anew because none of them is `key_id` for this algorithm, if
    /// a reading is due; everybody who asks meanwhile waits for the same reading.
    pub(super) async fn keys_for(&self, key_id: &str, algorithm: Algorithm) -> Option<Arc<KeySet>> {
        let keys = self.keys_with(key_id, algorithm);
        if keys.is_some() {
            return keys;
        }
        let mut attempts = self.attempts.subscribe();
        if self.ask() {
            let _waits = spans::child(Work::Call("key set"));
            // A reading that had begun before may end first, without what is looked for.
            let answered =
                async { while self.is_under_way() && attempts.changed().await.is_ok() {} };
            tokio::time::timeout(WAIT, answered).await.ok();
        }
        self.keys()
    }

    /// Asks for a reading, unless one is under way; false when one was not long ago.
    fn ask(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match *asked {
            Asked::At(when) if when.elapsed() < self.times.cooldown => false,
            Asked::UnderWay => true,
            Asked::No | Asked::At(_) => {
                *asked = Asked::UnderWay;
                // Full means that it is about to look anyway.
                self.ask.try_send(()).ok();
                true
            }
        }
    }

    fn is_under_way(&self) -> bool {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(*asked, Asked::UnderWay)
    }

    /// Reads the keys once; whether that worked.
    fn attempt(&self, source: &Source) -> bool {
        let was_asked = self.is_under_way();
        let known = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let known = known.map(|(keys, _)| keys);
        // A defect in reading must not end the thread: nobody would notice until the keys run out.
        let outcome = catch_unwind(AssertUnwindSafe(|| source.read(known.as_deref())));
        let worked = matches!(outcome, Ok(Ok(_)));
        let first = worked && known.is_none();
        match outcome {
            Ok(Ok(changed)) => self.store(changed, known),
            Ok(Err(error)) => {
                tracing::warn!(issuer = self.name, %error, "key set not read");
                self.record(Event::JwksRefreshFail);
            }
            Err(_) => {
                tracing::error!(issuer = self.name, "reading the key set panicked");
                self.record(Event::JwksRefreshFail);
            }
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if first {
            // The tasks that asked while there were no keys have them now, and no key id was unknown: the
            // cool-down begins with the first unknown one.
            *asked = Asked::No;
        } else if was_asked {
            *asked = Asked::At(Instant::now());
        }
        drop(asked);
        self.attempts.send_modify(|count| *count += 1);
        worked
    }

    fn record(&self, event: Event) {
        self.journal
            .point(Entry::new(event).on("issuer", &self.name));
    }

    /// Puts on record what the issuer should not have published: a person has to ask it why.
    fn record_rejected(&self, keys: &KeySet) {
        for (id, reason) in &keys.rejected {
            let rejected = Entry::new(Event::JwksKeyRejected).because(*reason);
            let key = format_args!("{id} of {}", self.name);
            self.journal.point(rejected.on("signing_keys", key));
        }
    }

    fn store(&self, changed: Option<KeySet>, known: Option<Arc<KeySet>>) {
        let keys = match changed {
            Some(mut keys) => {
                keys.generation = known.map_or(1, |known| known.generation + 1);
                if keys.is_empty() {
                    tracing::error!(issuer = self.name, "the key set has no usable key");
                } else {
                    tracing::info!(issuer = self.name, "key set read");
                }
                self.record(Event::JwksRefresh);
                self.record_rejected(&keys);
                Some(Arc::new(keys))
            }
            None => known,
        };
        let current = keys.map(|keys| (keys, Instant::now()));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = current;
    }
}

/// Until the refresher is dropped: reads the keys when it is time, or when somebody asks.
fn refresh(
    refresher: &Weak<KeySetRefresher>,
    source: &Source,
    asks: &Receiver<()>,
    times: Times,
    mut pause: Duration,
) {
    let mut retries = Backoff::new((RETRY.0, RETRY.1.min(times.refresh)));
    loop {
        let asked = match asks.recv_timeout(pause) {
            Ok(()) => true,
            Err(RecvTimeoutError::Timeout) => false,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let Some(refresher) = refresher.upgrade() else {
            return;
        };
        if asked && !refresher.is_under_way() {
            // The reading that had begun before has answered it.
            continue;
        }
        if refresher.attempt(source) {
            retries.reset();
            pause = times.refresh;
        } else {
            pause = retries.pause();
        }
    }
}
