//! The state of the database, on record: one event when it becomes unusable, one when it is usable again.
//!
//! Requests find out by themselves and answer 503. This looks also when there are none, and when the database
//! does not even refuse: a request that waits for it ends by its own deadline and finds no fault.
//!
//! Controls: CC-02, ER-05

use std::{pin::pin, time::Duration};

use futures_util::future::select;

use crate::{
    audit::{Entry, Event, Journal, Reason},
    db::{Connections, Fault},
};

/// Between two looks. The database is usable again when nothing has failed for as long.
const EVERY: Duration = Duration::from_secs(2);

/// Who puts the state of the database on record.
pub(super) struct DatabaseRecord {
    pub database: Connections,
    pub journal: Journal,
}

impl DatabaseRecord {
    /// For ever.
    pub async fn keep(self) {
        let (looks, record) = (pin!(self.look()), pin!(self.record()));
        select(looks, record).await;
    }

    async fn look(&self) {
        loop {
            tokio::time::sleep(EVERY).await;
            self.database.look().await;
        }
    }

    async fn record(&self) {
        let mut state = self.database.fault();
        if state.borrow().is_some() {
            state.mark_changed();
        }
        while state.changed().await.is_ok() {
            let fault = *state.borrow_and_update();
            let event = if let Some(fault) = fault {
                tracing::error!("the database {fault}");
                Entry::new(Event::DatabaseFail).because(reason(fault))
            } else {
                tracing::warn!("the database can be used again");
                Entry::new(Event::DatabaseOk)
            };
            self.journal.point(event);
        }
    }
}

/// How a fault is called in the journal and in the metrics.
pub(super) fn reason(fault: Fault) -> Reason {
    match fault {
        Fault::Silent => Reason::DatabaseSilent,
        Fault::Locked => Reason::DatabaseLocked,
        Fault::NotPermitted => Reason::DatabaseClosed,
        Fault::ReadOnly => Reason::DatabaseReadOnly,
        Fault::Full => Reason::DatabaseFull,
        Fault::Disk => Reason::DatabaseDisk,
        Fault::CannotOpen => Reason::DatabaseCannotOpen,
        Fault::Memory => Reason::DatabaseMemory,
        Fault::Moved => Reason::DatabaseMoved,
        Fault::Damaged => Reason::DatabaseDamaged,
        Fault::NoRight => Reason::DatabaseNoRight,
        Fault::Standby => Reason::DatabaseStandby,
        Fault::Refused => Reason::DatabaseRefused,
        Fault::Tls => Reason::DatabaseTls,
    }
}
