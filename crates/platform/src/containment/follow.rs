//! When to look at the database: as soon as another process tells of a change, and often where nobody tells.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::sync::watch;

use crate::db::{Heard, changed};

/// How often the counter of changes is asked, where nobody tells.
const EVERY: Duration = Duration::from_millis(400);

/// Calls `look` until it returns false. It gets whether there is a reason to look: a change was told, or nobody
/// tells.
pub(super) async fn follow(
    mut heard: watch::Receiver<Heard>,
    mut look: impl AsyncFnMut(bool) -> bool,
) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        let told = {
            let (change, tick) = (pin!(changed(&mut heard)), pin!(ticks.tick()));
            matches!(select(change, tick).await, Either::Left(_))
        };
        let listening = heard.borrow().listening;
        if !look(told || !listening).await {
            return;
        }
    }
}
