//! What the running service makes of signals.
//!
//! SIGTERM, SIGINT and SIGQUIT stop it in order (`stop.rs`). A second one stops it at once. SIGHUP has the files
//! of TLS read again (`renewal.rs`). SIGXFSZ, which comes when a file has reached the limit on its size, ends
//! nothing: the write that went too far is a failed write, as on a full disk.

use std::{future::pending, io, sync::Arc};

use futures_util::future::select_all;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
};

/// The signals that stop the service, caught from the moment that this is made.
pub(super) struct StopSignals([(&'static str, Signal); 3]);

impl StopSignals {
    /// # Errors
    /// When the system has no room for a handler.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self([
            ("SIGTERM", signal(SignalKind::terminate())?),
            ("SIGINT", signal(SignalKind::interrupt())?),
            ("SIGQUIT", signal(SignalKind::quit())?),
        ]))
    }

    /// Waits for the next one; its name.
    pub(super) async fn next(&mut self) -> &'static str {
        let Self(signals) = self;
        let any = signals.iter_mut().map(|(name, signal)| {
            Box::pin(async {
                signal.recv().await;
                *name
            })
        });
        select_all(any).await.0
    }
}

/// SIGXFSZ, on every system that has it.
const FILE_TOO_LARGE: i32 = 25;

/// From now on neither SIGHUP nor SIGXFSZ ends the process.
///
/// # Errors
/// When the system has no room for a handler.
pub fn outlive_signals() -> io::Result<()> {
    // A handler of this library is never taken away again.
    signal(SignalKind::hangup()).map(drop)?;
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

/// What operators send to have files looked at.
pub(super) enum Hangups {
    Signal(Signal),
    /// In a service that catches no signals.
    Asked(Arc<Notify>),
}

impl Hangups {
    /// # Errors
    /// When the system has no room for a handler.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self::Signal(signal(SignalKind::hangup())?))
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        match self {
            Self::Asked(look) => look.notified().await,
            Self::Signal(signal) => {
                if signal.recv().await.is_none() {
                    pending::<()>().await;
                }
            }
        }
    }
}
