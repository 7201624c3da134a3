//! Hears what other processes on the database have changed.
//!
//! A listener that loses its connection may have missed a change, so its return counts as one: who follows
//! reads everything anew.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::sync::watch;

use crate::db::notifications::{CHANNEL, Heard};

/// Between two attempts to connect.
const PAUSE: Duration = Duration::from_secs(1);

/// Listens on a connection of its own, for as long as anybody follows.
pub fn listen(options: PgConnectOptions) -> watch::Receiver<Heard> {
    let (sender, receiver) = watch::channel(Heard::default());
    tokio::spawn(async move {
        let heard = Box::pin(hear(options, &sender));
        futures_util::future::select(heard, Box::pin(sender.closed())).await;
    });
    receiver
}

/// For ever.
async fn hear(options: PgConnectOptions, heard: &watch::Sender<Heard>) {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options);
    loop {
        if let Ok(mut listener) = PgListener::connect_with(&pool).await {
            // A reconnection is to be told, so it is made here.
            listener.eager_reconnect(false);
            if listener.listen(CHANNEL).await.is_ok() {
                note(heard, true);
                while let Ok(Some(_)) = listener.try_recv().await {
                    note(heard, true);
                }
                tracing::warn!("changes of other replicas are not heard: they are asked for");
            }
        }
        note(heard, false);
        tokio::time::sleep(PAUSE).await;
    }
}

fn note(heard: &watch::Sender<Heard>, listening: bool) {
    heard.send_modify(|heard| {
        heard.listening = listening;
        heard.changes = heard.changes.wrapping_add(1);
    });
}
