//! What only a handler knows about its request, for the journal.

use std::fmt::Display;

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use crate::audit::{Event, Reason};
use crate::http::{contract::describe::Input, problem::Problem};

/// What a handler knows and nobody else: an argument like any other. It stays with the request, once
/// there is something.
#[derive(Debug, Clone)]
pub struct AuditDetails(HttpRequest);

#[derive(Debug, Default)]
pub(crate) struct Details {
    pub event: Option<Event>,
    pub object: Option<String>,
    pub reason: Option<Reason>,
    pub of_others: u64,
}

impl AuditDetails {
    /// The object that was made.
    pub fn made(&self, id: impl Display) {
        self.note(|details| details.object = Some(id.to_string()));
    }

    /// The change was made by an earlier request of the same name.
    pub fn repeated(&self) {
        self.note(|details| details.reason = Some(Reason::Repeated));
    }

    /// What this change is, more exactly than its method says.
    pub fn is_a(&self, event: Event) {
        self.note(|details| details.event = Some(event));
    }

    /// So many of the objects that the answer shows are somebody else's.
    pub fn shows_of_others(&self, count: usize) {
        if count > 0 {
            self.note(|details| details.of_others = count as u64);
        }
    }

    pub(crate) fn taken_from(request: &HttpRequest) -> Details {
        request.extensions_mut().remove().unwrap_or_default()
    }

    fn note(&self, note: impl FnOnce(&mut Details)) {
        let mut details = Self::taken_from(&self.0);
        note(&mut details);
        self.0.extensions_mut().insert(details);
    }
}

impl FromRequest for AuditDetails {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(request.clone())))
    }
}

/// Nothing that a client sends.
impl Input for AuditDetails {}
