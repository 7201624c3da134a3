//! What is done every few seconds, on the thread that serves no requests.

use std::{sync::Arc, time::Duration};

use futures_util::future::join;
use tokio::time::timeout;

use super::{core::Core, rate_limits::RateLimits};
use crate::{
    api_keys::ApiKeys,
    audit::{Entry, Event, Journal},
    http::audit_trail::aggregator::EventAggregator,
};

/// Housekeeping interval. It bounds the memory of idle limiter keys and the delay of aggregated events.
const EVERY: Duration = Duration::from_secs(5);

/// The database may take so long at the end.
const LAST: Duration = Duration::from_secs(2);

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
    /// For ever. A database that does not answer holds up the keys and nothing else.
    pub(super) async fn keep(self) {
        let rounds = every(async || self.round());
        join(rounds, every(async || self.keep_keys().await)).await;
    }

    /// For the last time: the journal is closed whether the database answers or not.
    pub(super) async fn finish(&self) {
        self.aggregator.finish();
        self.journal.point(Entry::new(Event::SysShutdown));
        self.journal.close().await;
        if timeout(LAST, self.keep_keys()).await.is_err() {
            tracing::warn!("the last uses of API keys are lost: the database does not answer");
        }
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

async fn every(mut work: impl AsyncFnMut()) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        work().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::AccessTable;
    use crate::{clock::Stopwatch, config};

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
