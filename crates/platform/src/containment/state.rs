//! What holds in this process, how it is changed, and how it follows the other processes.
//!
//! A change holds with the next request here, and within a second in each process on the same database: PostgreSQL
//! tells them, on SQLite they ask. When the database cannot be read, what was known last goes on to hold: forgetting it
//! would set a suspect free. When it cannot be read at the start, there is no start.
//!
//! Controls: SE-01, SE-03, SE-05

mod expire;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Mutex;
use uuid::Uuid;

use super::{
    current::Current,
    detection::Detection,
    follow::follow,
    model::{NewRestriction, NewRevocation, RevocationTarget},
    restriction::{Restriction, RestrictionId},
    revocation::{Lifetimes, Revocation, RevocationId},
    snapshot::Snapshot,
    store::{Changes, Store},
};
use crate::{
    audit::{Entry, Event, Journal},
    auth::{self, Principal},
    clock::Clock,
    config,
    db::{Connections, StoreError},
    http::problem::Problem,
};

/// How often the counter of changes is asked although changes are told: a message can be lost on the way.
const EVERY_ANYWAY: Duration = Duration::from_secs(2);
/// A page of networks from a threat list is not for one instance to hold.
const MAX_RESTRICTIONS: usize = 1000;
/// Fifty megabytes; revoke the subject or the client before that.
pub(super) const MAX_TOKENS: usize = 1_000_000;
/// Subjects, clients, issuers and signing keys: each change copies them.
const MAX_NAMES: usize = 10_000;

/// The restrictions and revocations that hold.
pub struct Containment {
    pub(super) current: Current,
    /// The version of `current`. Who changes anything holds it.
    known: Mutex<i64>,
    /// When the database said last what holds, in milliseconds of [`Clock::elapsed`].
    synchronised: AtomicU64,
    failing: AtomicBool,
    /// For how long changes of callers go on without synchronisation.
    resynchronise_within: Duration,
    forgotten: AtomicU64,
    /// Who revokes a token that came in the clear holds it: each is revoked once, and on record once.
    pub(super) exposed: Mutex<()>,
    store: Store,
    /// The rules by which callers are contained without an operator.
    pub(super) detection: Detection,
    pub(super) journal: Journal,
    pub(super) clock: Arc<dyn Clock>,
    issuers: Vec<String>,
}

impl Containment {
    /// Reads what holds, and follows it from then on.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open(
        connections: &Connections,
        settings: &config::Settings,
        journal: Journal,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StoreError> {
        let lifetimes = Lifetimes::of(&settings.auth);
        let issuers = settings.auth.issuers.iter();
        let containment = Arc::new(Self {
            current: Current::default(),
            known: Mutex::new(0),
            synchronised: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            resynchronise_within: settings.database.resynchronise_within,
            forgotten: AtomicU64::new(0),
            exposed: Mutex::default(),
            store: Store::new(connections, clock.clone(), lifetimes),
            detection: Detection::new(&settings.detection, &clock),
            journal,
            clock,
            issuers: issuers.map(|one| one.issuer.clone()).collect(),
        });
        containment.read_all().await?;
        let follower = Arc::downgrade(&containment);
        tokio::task::spawn_local(follow(connections.heard(), async move |told| {
            let Some(containment) = follower.upgrade() else {
                return false;
            };
            if told || containment.unsynchronised_for() >= EVERY_ANYWAY {
                containment.round().await;
            }
            true
        }));
        Ok(containment)
    }

    /// Whether tokens of this issuer are believed here: a name of another one is a slip.
    #[must_use]
    pub fn knows_issuer(&self, name: &str) -> bool {
        self.issuers.iter().any(|issuer| issuer == name)
    }

    /// For how long the database has not said what holds.
    #[must_use]
    pub fn unsynchronised_for(&self) -> Duration {
        let last = Duration::from_millis(self.synchronised.load(Ordering::Acquire));
        self.clock.elapsed().saturating_sub(last)
    }

    /// Whether nothing is to be changed on what was known last: the database does not say what holds, and has
    /// not for too long.
    pub(super) fn is_out_of_date(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
            && self.unsynchronised_for() > self.resynchronise_within
    }

    /// All restrictions, oldest first.
    #[must_use]
    pub fn restrictions(&self) -> Vec<Arc<Restriction>> {
        self.snapshot().restrictions.clone()
    }

    /// Restricts what the restriction names, from the next request on.
    ///
    /// # Errors
    /// 409 when there are as many restrictions as there may be; 503 when the database cannot be used: then
    /// nothing has changed.
    pub async fn restrict(&self, new: &NewRestriction) -> Result<Arc<Restriction>, Problem> {
        let mut known = self.known.lock().await;
        let now = self.clock.now();
        let id = RestrictionId::at(now);
        let made = self
            .store
            .restrict(*known, (id, now), new, MAX_RESTRICTIONS);
        let changes = made.await?;
        let changes = changes.ok_or_else(|| Problem::limit_reached("too_many_restrictions"))?;
        self.apply(&mut known, changes);
        let restrictions = self.restrictions();
        let made = restrictions.into_iter().find(|one| one.id == id);
        made.ok_or_else(|| Problem::Internal("the new restriction does not hold".into()))
    }

    /// Lifts a restriction.
    ///
    /// # Errors
    /// 404 when there is none of this id; 503 when the database cannot be used: then it still holds.
    pub async fn lift(&self, id: RestrictionId) -> Result<(), Problem> {
        let mut known = self.known.lock().await;
        let changes = self.store.lift(*known, id).await?;
        self.apply(&mut known, changes.ok_or(Problem::NotFound)?);
        Ok(())
    }

    /// Revokes what was issued, from the next request on.
    ///
    /// # Errors
    /// 409 when as much is revoked as can be; 503 when the database cannot be used: then nothing has
    /// changed.
    pub async fn revoke(&self, new: &NewRevocation) -> Result<Revocation, Problem> {
        let mut known = self.known.lock().await;
        let (tokens, names) = self.snapshot().revocations();
        let is_token = new.target == RevocationTarget::Token;
        if (is_token && tokens >= MAX_TOKENS) || (!is_token && names >= MAX_NAMES) {
            return Err(Problem::limit_reached("too_many_revocations"));
        }
        let now = self.clock.now();
        let id = RevocationId::at(now);
        let changes = self.store.revoke(*known, (id, now), new).await?;
        let missing = || Problem::Internal("the new revocation is not there".into());
        self.apply(&mut known, changes.ok_or_else(missing)?);
        self.revocation(id).await
    }

    /// One revocation.
    ///
    /// # Errors
    /// 404 when there is none of this id; 503 when the database cannot be used.
    pub async fn revocation(&self, id: RevocationId) -> Result<Revocation, Problem> {
        let found = self.store.revocation(id).await?;
        found.ok_or(Problem::NotFound)
    }

    /// So many revocations below an id, newest first.
    ///
    /// # Errors
    /// 503 when the database cannot be used.
    pub async fn revocations(&self, below: Uuid, limit: i64) -> Result<Vec<Revocation>, Problem> {
        Ok(self.store.revocations(below, limit).await?)
    }

    /// The version at which this caller is not revoked, read now: for [`super::is_at`].
    ///
    /// # Errors
    /// 401 when the caller is revoked; 503 when the database cannot be used.
    pub async fn version_without(&self, caller: &Principal) -> Result<i64, Problem> {
        self.synchronise().await?;
        let known = self.known.lock().await;
        if self.snapshot().revokes(caller) {
            return Err(Problem::Unauthenticated(auth::invalid_token()));
        }
        Ok(*known)
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.current.snapshot()
    }

    /// Lets what was read hold. A restriction that is known already stays the one that counts its hits.
    fn apply(&self, known: &mut i64, changes: Changes) {
        let current = self.snapshot();
        let of_id = |one: &Arc<Restriction>| (one.id.uuid(), one.clone());
        let mut kept: HashMap<Uuid, _> = current.restrictions.iter().map(of_id).collect();
        let restrictions = changes.restrictions.into_iter();
        let restrictions =
            restrictions.map(|new| kept.remove(&new.id.uuid()).unwrap_or_else(|| new.into()));
        self.current
            .publish(current.next(restrictions.collect(), &changes.revocations));
        *known = changes.version;
        self.mark_synchronised();
    }

    fn mark_synchronised(&self) {
        let now = u64::try_from(self.clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.synchronised.store(now, Ordering::Release);
        self.failing.store(false, Ordering::Relaxed);
    }

    async fn read_all(&self) -> Result<(), StoreError> {
        let mut known = self.known.lock().await;
        let changes = self.store.changes(0).await?;
        self.apply(&mut known, changes);
        Ok(())
    }

    /// Reads what other processes have changed.
    async fn synchronise(&self) -> Result<(), StoreError> {
        let mut known = self.known.lock().await;
        let version = self.store.version().await?;
        if version == *known {
            self.mark_synchronised();
            return Ok(());
        }
        // An older database than the one that was known: a backup was restored. What was revoked since
        // goes on to hold here.
        let since = if version < *known { 0 } else { *known };
        let changes = self.store.changes(since).await?;
        self.apply(&mut known, changes);
        Ok(())
    }

    /// One look at the database. What was known last goes on to hold when it fails, and the first failure
    /// is put on record.
    async fn round(&self) {
        let done = match self.synchronise().await {
            Ok(()) => self.expire().await,
            failed => failed,
        };
        if let Err(error) = done
            && !self.failing.swap(true, Ordering::Relaxed)
        {
            tracing::error!(%error, "restrictions and revocations cannot be read: the last known hold");
            self.journal.point(Entry::new(Event::ContainSyncFail));
        }
    }
}
