//! Whether this service can do its work: everything that it stands on, asked at most once a second.
//!
//! An orchestrator asks from every node. An answer that was made for each question would make the
//! question an attack on the database.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::Mutex;

use crate::{clock::Clock, db::Connections, http::problem::Violation};

/// How long an answer is good for.
const KEPT: Duration = Duration::from_secs(1);
/// How long the database may take to answer. It is asked again with the next question.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that the service stands on.
pub struct Check {
    /// Its name, as a JSON pointer.
    pub of: &'static str,
    /// What is wrong with it when `fails` says so.
    pub code: &'static str,
    /// Quick: it is asked on the thread of the request.
    pub fails: Box<dyn Fn() -> bool + Send + Sync>,
}

/// The database, and all else that the service stands on.
pub struct Readiness {
    database: Connections,
    others: Vec<Check>,
    clock: Arc<dyn Clock>,
    stopping: AtomicBool,
    latest: Mutex<Option<(Duration, Vec<Violation>)>>,
}

impl Readiness {
    #[must_use]
    pub fn new(database: Connections, others: Vec<Check>, clock: Arc<dyn Clock>) -> Self {
        Self {
            database,
            others,
            clock,
            stopping: AtomicBool::new(false),
            latest: Mutex::new(None),
        }
    }

    /// From now on it is not ready: requests in flight finish, and no new ones should come.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// What keeps it from working; nothing when it is ready.
    pub async fn faults(&self) -> Vec<Violation> {
        if self.stopping.load(Ordering::Relaxed) {
            return vec![Violation::new("/process", "stopping")];
        }
        // A question that comes meanwhile waits for the same answer.
        let mut latest = self.latest.lock().await;
        let now = self.clock.elapsed();
        let before = latest.take();
        if let Some((at, faults)) = &before
            && now.saturating_sub(*at) < KEPT
        {
            let faults = faults.clone();
            *latest = before;
            return faults;
        }
        let faults = self.look().await;
        if before.is_none_or(|(_, before)| before != faults) {
            let names: Vec<_> = faults.iter().map(|fault| &fault.pointer).collect();
            tracing::info!(not_ready = ?names, "readiness");
        }
        *latest = Some((now, faults.clone()));
        faults
    }

    async fn look(&self) -> Vec<Violation> {
        let answers = tokio::time::timeout(PATIENCE, self.database.ping()).await;
        let database = match answers {
            Ok(Ok(())) => None,
            _ => Some(Violation::new("/database", "no_answer")),
        };
        let failing = self.others.iter().filter(|check| (check.fails)());
        let failing = failing.map(|check| Violation::new(check.of, check.code));
        database.into_iter().chain(failing).collect()
    }
}
