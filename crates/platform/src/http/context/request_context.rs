//! What is known about one request while it is served.
//!
//! It lies in the request's extensions as one value, so that a reader sees here what a request carries
//! and who puts it there. Two more things come with a request and are not in it: the state of its
//! connection, which outlives the request (`listener/gate`), and the limits and stores that all
//! requests share (application data, `app/shared.rs`).

use std::{
    any::Any,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{HttpMessage, HttpRequest};
use uuid::Uuid;

use crate::{
    audit::{Actor, Event, Reason},
    http::rate_limit::QuotaUsage,
};

/// An authenticated caller, as the journal needs it. `auth` has the rest: a rule gets its own type back.
pub trait Caller: Any + Send + Sync {
    /// The caller's name in the journal.
    fn actor(&self) -> Actor;
}

/// One request. Each field says who writes it.
pub struct RequestContext {
    /// Made with the context, by the outermost layer (`telemetry`). A client cannot choose it.
    pub id: Uuid,
    /// When the request arrived; by the same layer.
    pub started: Instant,
    /// The caller whose token was believed, by `auth::authenticate`. Rules, quotas and the
    /// journal read it. A request outside of `/v1` has none.
    pub caller: Option<Arc<dyn Caller>>,
    /// What the request used of the caller's quotas, by `auth::charge_quotas`. `auth::write_quotas`
    /// takes it out and writes the `RateLimit` fields. `routing/pipeline` adds the operation's class.
    pub quota: Option<QuotaUsage>,
    /// Whether what the caller does goes on record, by `containment::enforce` and `OperationGuard`.
    pub watched: bool,
    /// What only the handler knows, through its argument `AuditDetails`; read when it has ended.
    pub audit: Details,
}

/// What a handler adds to the journal's line about its request.
#[derive(Debug, Default)]
pub struct Details {
    pub(crate) event: Option<Event>,
    pub(crate) object: Option<String>,
    pub(crate) reason: Option<Reason>,
    /// Stays when the others have been read: detection counts it.
    pub(crate) of_others: u64,
}

impl RequestContext {
    fn new(id: Uuid) -> Self {
        Self {
            id,
            started: Instant::now(),
            caller: None,
            quota: None,
            watched: false,
            audit: Details::default(),
        }
    }

    /// Puts a new context into the request that has this id.
    pub fn begin(request: &HttpRequest, id: Uuid) {
        request.extensions_mut().insert(Self::new(id));
    }

    /// How long ago the request arrived.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Reads the context; nothing outside of the layer that makes it.
    pub fn read<T>(request: &HttpRequest, read: impl FnOnce(&Self) -> T) -> Option<T> {
        request.extensions().get().map(read)
    }

    /// Changes the context. A request that has none yet, in a composition without the outermost layer,
    /// gets one whose id is nil.
    pub fn write<T>(request: &HttpRequest, write: impl FnOnce(&mut Self) -> T) -> T {
        let mut extensions = request.extensions_mut();
        if let Some(context) = extensions.get_mut() {
            return write(context);
        }
        let mut context = Self::new(Uuid::nil());
        let written = write(&mut context);
        extensions.insert(context);
        written
    }
}
