//! What only a handler knows about its request, for the journal.

use std::fmt::Display;

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use crate::audit::{Event, Reason};
use crate::http::{
    context::{Details, RequestContext},
    contract::describe::Input,
    problem::Problem,
};

/// Lets a handler add details to the journal's line about its request: an argument like any other.
#[derive(Debug, Clone)]
pub struct AuditDetails(HttpRequest);

impl AuditDetails {
    /// The object that was made.
    pub fn created(&self, id: impl Display) {
        self.add(|details| details.object = Some(id.to_string()));
    }

    /// The change was made by an earlier request with the same idempotency key.
    pub fn repeated(&self) {
        self.add(|details| details.reason = Some(Reason::Repeated));
    }

    /// What this change is, more exactly than its method says.
    pub fn set_event(&self, event: Event) {
        self.add(|details| details.event = Some(event));
    }

    /// How many of the objects that the answer shows belong to other callers.
    pub fn rows_of_others(&self, count: usize) {
        if count > 0 {
            self.add(|details| details.of_others = count as u64);
        }
    }

    fn add(&self, add: impl FnOnce(&mut Details)) {
        RequestContext::write(&self.0, |context| add(&mut context.audit));
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
