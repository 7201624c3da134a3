//! Keeps the connection to the server, on a thread of its own: makes it, runs it, and makes it again.
//!
//! A thread that serves requests must not wait for a server that is away, and a thread that tidies tables must not
//! make a server look as if it were. The pause between two attempts doubles
//! (`sending/backoff.rs`). Each loss is one line in the journal, and so is each return.

use std::{io, sync::Arc, thread, time::Duration};

use futures_util::future::{Either, select};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    connection::{Driver, Server},
    link::Link,
    outage::Fault,
    script::Gcra,
};
use crate::{
    audit::{Entry, Event, Journal},
    sending::Backoff,
};

/// Between two attempts to reach the server: from, to.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// A connection that lasts so long has ended the outage before it: the next pause is the shortest.
const STEADY: Duration = Duration::from_secs(30);

pub(super) struct Keeper {
    pub server: Server,
    pub script: Arc<Gcra>,
    pub link: Arc<Link>,
    /// What requests found out; ends with the store.
    pub losses: mpsc::UnboundedReceiver<(u64, Fault)>,
    pub journal: Journal,
}

impl Keeper {
    /// Starts the thread, and waits until the first attempt has ended.
    ///
    /// # Errors
    /// When there is no thread.
    pub async fn start(self) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (first, attempted) = oneshot::channel();
        thread::Builder::new()
            .name("quotas".to_owned())
            .spawn(move || runtime.block_on(self.keep(first)))?;
        attempted.await.ok();
        Ok(())
    }

    /// Until the store is dropped.
    async fn keep(mut self, first: oneshot::Sender<()>) {
        let mut first = Some(first);
        let mut pauses = Backoff::new(PAUSE);
        let mut is_away = false;
        for number in 0.. {
            let fault = match self.server.connect(&self.script).await {
                Ok((connection, driver)) => {
                    self.link.set(Some((number, connection)));
                    if is_away {
                        self.record_back();
                    }
                    is_away = false;
                    first.take().map(|first| first.send(()));
                    let since = Instant::now();
                    let Some(fault) = self.run(number, driver).await else {
                        return;
                    };
                    self.link.set(None);
                    if since.elapsed() >= STEADY {
                        pauses.reset();
                    }
                    fault
                }
                Err(fault) => fault,
            };
            if is_away {
                tracing::debug!(%fault, "the server of the shared quotas is still away");
            } else {
                self.record_lost(&fault);
            }
            is_away = true;
            first.take().map(|first| first.send(()));
            tokio::time::sleep(pauses.pause()).await;
            if self.losses.is_closed() {
                return;
            }
        }
    }

    /// Runs the connection; why it is of no use any more. Nothing when the store is gone.
    async fn run(&mut self, number: u64, driver: Driver) -> Option<Fault> {
        let told = Box::pin(async {
            loop {
                match self.losses.recv().await? {
                    (of, fault) if of == number => return Some(fault),
                    // About a connection that has ended since.
                    _ => {}
                }
            }
        });
        match select(driver, told).await {
            Either::Left(_) => Some(Fault::Closed),
            Either::Right((told, _)) => told,
        }
    }

    fn record_lost(&self, fault: &Fault) {
        let place = self.place();
        tracing::error!(server = %place, %fault, "the server of the shared quotas is away");
        let lost = Entry::new(Event::QuotaSyncFail).on("quota_server", place);
        self.journal.point(lost);
    }

    fn record_back(&self) {
        let place = self.place();
        tracing::info!(server = %place, "the server of the shared quotas is back");
        let back = Entry::new(Event::QuotaSyncOk).on("quota_server", place);
        self.journal.point(back);
    }

    /// Host and port, without user and password.
    fn place(&self) -> String {
        let place = &self.server.place;
        format!("{}:{}", place.host, place.port)
    }
}
