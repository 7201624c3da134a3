//! What is done every few seconds, on the thread that serves no requests.

use std::{sync::Arc, time::Duration};

use super::{core::Core, rate_limits::RateLimits};
use crate::{api_keys::ApiKeys, audit::Journal, http::audit_trail::aggregator::EventAggregator};

/// Housekeeping interval. It bounds the memory of idle limiter keys and the delay of aggregated events.
const EVERY: Duration = Duration::from_secs(5);

/// What is kept in order.
#[derive(Clone)]
pub(super) struct Housekeeping {
    pub rate_limits: Vec<RateLimits>,
    pub aggregator: Arc<EventAggregator>,
    pub journal: Journal,
    pub api_keys: Option<Arc<ApiKeys>>,
}

impl Core<'_> {
    /// What is done every few seconds for all of it.
    pub fn housekeeping(self, rate_limits: Vec<RateLimits>) -> Housekeeping {
        Housekeeping {
            rate_limits,
            aggregator: self.aggregator,
            journal: self.journal,
            api_keys: self.api_keys,
        }
    }
}

impl Housekeeping {
    /// For ever.
    pub(super) async fn keep(self) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            self.round();
            self.keep_keys().await;
        }
    }

    /// For the last time, before the journal is closed.
    pub(super) async fn finish(&self) {
        self.keep_keys().await;
        self.aggregator.finish();
    }

    async fn keep_keys(&self) {
        if let Some(keys) = &self.api_keys {
            keys.keep().await;
        }
    }

    fn round(&self) {
        for limits in &self.rate_limits {
            limits.evict_idle();
        }
        self.aggregator.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AccessTable;
    use crate::{audit::Entry, audit::Event, clock::Stopwatch, config};

    /// Else every address and caller ever seen would stay in memory.
    #[test]
    fn a_round_forgets_idle_keys_and_tells_what_was_counted() {
        let directory = tempfile::TempDir::new().unwrap();
        let clock = Arc::new(Stopwatch::default());
        let settings = config::load(&config::Sources::default(), &[]).unwrap();
        let journal = Journal::open(&settings.audit, directory.path(), clock.clone()).unwrap();
        let (told, lines) = std::sync::mpsc::channel();
        let housekeeping = Housekeeping {
            rate_limits: vec![
                RateLimits::new(
                    &settings.rate_limit,
                    &AccessTable::new(&[], &[], &[]),
                    &(clock.clone() as _),
                    None,
                )
                .unwrap(),
            ],
            aggregator: Arc::new(EventAggregator::new(move |entry| told.send(entry).unwrap())),
            journal,
            api_keys: None,
        };
        let address = [203, 0, 113, 66].into();
        let handshakes = &housekeeping.rate_limits[0].handshakes;
        handshakes.charge(&address).unwrap();
        let flood = Entry::new(Event::ExcessConnections).from(address);
        housekeeping.aggregator.count(flood.clone());
        housekeeping.round();
        assert_eq!(
            (handshakes.len(), lines.try_recv().unwrap()),
            (1, flood.times(1))
        );
        *clock.0.lock().unwrap() += Duration::from_hours(1);
        housekeeping.round();
        assert_eq!(handshakes.len(), 0);
    }
}
