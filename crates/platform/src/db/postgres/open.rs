//! How connections are made: where to, with which password, how long a statement may take.

use std::str::FromStr;

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::listener::listen;
use crate::{
    config::Database,
    db::{
        notifications::Heard,
        unusable::{self, Unusable},
    },
};

/// Opens the pool and checks that the database answers; then follows what other processes change.
///
/// # Errors
/// When the URL is wrong or the database cannot be reached.
pub async fn connect(
    settings: &Database,
) -> Result<(PgPool, tokio::sync::watch::Receiver<Heard>), Unusable> {
    let options = with_timeouts(options(settings.url(), settings)?, settings);
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // A question before each statement costs a round trip; what can be tried again on another
        // connection is.
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await
        .map_err(|error| unusable::of_postgres(&place(&options), None, error))?;
    Ok((pool, listen(options)))
}

/// Where a URL leads, and whose certificates are believed there.
///
/// # Errors
/// When the URL cannot be read; the URL itself is not repeated, because it may carry a password.
pub fn options(url: &str, settings: &Database) -> Result<PgConnectOptions, Unusable> {
    let options = PgConnectOptions::from_str(url).map_err(|_| Unusable::url())?;
    Ok(match settings.ca_file() {
        Some(file) => options.ssl_root_cert(file),
        None => options,
    })
}

/// A statement, a lock and an idle transaction end by themselves: a client that has gone would hold them for
/// ever.
fn with_timeouts(options: PgConnectOptions, settings: &Database) -> PgConnectOptions {
    let seconds = |time: std::time::Duration| format!("{}s", time.as_secs());
    let options = if settings.row_level_security {
        options
    } else {
        // The policies of the tables stay, and let everything through.
        options.options([("app.scope", "everyone")])
    };
    options.options([
        ("statement_timeout", seconds(settings.statement_timeout)),
        ("lock_timeout", seconds(settings.lock_timeout)),
        (
            "idle_in_transaction_session_timeout",
            seconds(settings.idle_in_transaction_timeout),
        ),
    ])
}

/// Server and database, without user and password.
pub fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(socket) => format!("{}/{database}", socket.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}
