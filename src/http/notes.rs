//! What only a handler knows about its request, for the journal.

use std::{cell::RefCell, fmt::Display, rc::Rc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use super::{describe::Input, problem::Problem};
use crate::audit::Event;

/// What a handler knows and nobody else: an argument like any other.
#[derive(Debug, Clone, Default)]
pub struct Notes(Rc<RefCell<Noted>>);

#[derive(Debug, Default)]
pub(super) struct Noted {
    pub event: Option<Event>,
    pub object: Option<String>,
    pub reason: Option<&'static str>,
    pub of_others: u64,
}

impl Notes {
    /// The object that was made.
    pub fn made(&self, id: impl Display) {
        self.0.borrow_mut().object = Some(id.to_string());
    }

    /// The change was made by an earlier request of the same name.
    pub fn repeated(&self) {
        self.0.borrow_mut().reason = Some("repeated");
    }

    /// What this change is, more exactly than its method says.
    pub fn is_a(&self, event: Event) {
        self.0.borrow_mut().event = Some(event);
    }

    /// So many of the objects that the answer shows are somebody else's.
    pub fn shows_of_others(&self, count: usize) {
        self.0.borrow_mut().of_others = count as u64;
    }

    pub(super) fn taken_from(request: &HttpRequest) -> Noted {
        let extensions = request.extensions();
        let notes = extensions.get::<Self>();
        notes.map(|notes| notes.0.take()).unwrap_or_default()
    }
}

impl FromRequest for Notes {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let notes = Self::default();
        request.extensions_mut().insert(notes.clone());
        std::future::ready(Ok(notes))
    }
}

/// Nothing that a client sends.
impl Input for Notes {}
