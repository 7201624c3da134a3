//! Certificates are renewed while the service runs, and said to expire before they do.
//!
//! Both listeners are looked at every few seconds, and at once when an operator sends SIGHUP. Each change that
//! is taken up or refused is on record, because somebody who replaces a certificate decides who is trusted.
//!
//! Controls: TL-07

use std::{pin::pin, sync::Arc};

use futures_util::future::{Either, select};
use time::{Duration, OffsetDateTime};

use super::signals::Hangups;
use crate::{
    audit::{Entry, Event, Journal},
    clock::Clock,
    config,
    data_dir::DataDir,
    tls::{Change, Reloader},
};

/// What is looked at, and who is told.
pub(super) struct Renewal {
    pub listeners: [Listener; 2],
    pub data_dir: DataDir,
    pub journal: Journal,
    pub clock: Arc<dyn Clock>,
    pub settings: config::Tls,
}

/// A listener as it is looked at.
pub(super) struct Listener {
    name: &'static str,
    tls: Reloader,
    warned: Option<OffsetDateTime>,
}

/// Whose certificate `healthcheck` compares.
const ADMIN: &str = "admin";

impl Listener {
    pub fn public(tls: Reloader) -> Self {
        Self::named("public", tls)
    }

    pub fn admin(tls: Reloader) -> Self {
        Self::named(ADMIN, tls)
    }

    fn named(name: &'static str, tls: Reloader) -> Self {
        Self {
            name,
            tls,
            warned: None,
        }
    }
}

impl Renewal {
    /// For ever.
    pub async fn keep(mut self, mut hangups: Hangups) {
        let mut ticks = tokio::time::interval(self.settings.reload_interval);
        loop {
            let asked = {
                let (asked, tick) = (pin!(hangups.next()), pin!(ticks.tick()));
                matches!(select(asked, tick).await, Either::Left(_))
            };
            self.round(asked);
        }
    }

    fn round(&mut self, asked: bool) {
        let mut changed = false;
        for listener in &mut self.listeners {
            if let Some(change) = listener.tls.look(asked) {
                changed = true;
                told(&self.journal, &self.data_dir, listener, &change);
            }
            let left = listener.tls.live().now().expires - self.clock.now().unix_timestamp();
            let days = Duration::seconds(left).whole_days();
            let soon = days < self.settings.warn_days_before_expiry.into();
            let now = self.clock.now();
            let said = listener.warned.is_some_and(|at| now - at < Duration::DAY);
            if soon && !said {
                listener.warned = Some(now);
                let event = Entry::new(Event::TlsCertificateExpiry);
                self.journal.point(event.on("listener", listener.name));
                tracing::warn!(
                    listener = listener.name,
                    days,
                    "the certificate expires soon: renew it"
                );
            }
        }
        if asked && !changed {
            tracing::info!("SIGHUP: no file of TLS has changed");
        }
    }
}

fn told(journal: &Journal, data_dir: &DataDir, listener: &Listener, change: &Change) {
    let name = listener.name;
    let record = |event| journal.point(Entry::new(event).on("listener", name));
    match change {
        Change::Taken => {
            record(Event::TlsReloadOk);
            tracing::info!(listener = name, "the files of TLS have changed: taken up");
            if name == ADMIN {
                let (served, data_dir) = (listener.tls.live().now(), data_dir.clone());
                // It waits for other processes that prepare the directory, and this thread follows revocations.
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = data_dir.publish_certificate(&served.certificate) {
                        tracing::error!(%error, "healthcheck does not know the new certificate");
                    }
                });
            }
        }
        Change::Refused(error) => {
            record(Event::TlsReloadFail);
            tracing::error!(
                listener = name,
                %error,
                "the files of TLS have changed and are of no use: those before them stay in force"
            );
        }
    }
}
