//! What a caller says about an event.
//!
//! An event and a reason are of closed lists and an action is `&'static str`, so that text of a
//! client cannot become one by accident. What a client can choose, a subject and an object's id, is
//! bounded and escaped where the line is made: `line.rs`. There is no member for a token, a header
//! or a body.
//!
//! Controls: LO-06

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{event::Event, reason::Reason, received::Received};

/// Characters of a text that a client can choose; the rest is cut off, and an ellipsis says so.
pub const MAX_TEXT: usize = 256;

/// The kind of object that a process names when it opens a journal: itself.
pub(super) const INSTANCE: &str = "instance";

/// Who did it: a subject, and the issuer that vouches for it (docs/adr/0006).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    pub issuer: Arc<str>,
    pub subject: Arc<str>,
    /// The program that it was done with (`client_id`).
    pub client: Option<Arc<str>>,
    /// Who acted for the subject (`act`, RFC 8693).
    pub acting_party: Option<Arc<str>>,
    /// The API key that it was done with, by its id.
    pub api_key: Option<Arc<str>>,
    /// How strongly the subject had authenticated, in the issuer's words (`acr`).
    pub acr: Option<Arc<str>>,
}

/// What it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Object {
    pub kind: &'static str,
    pub id: String,
}

/// How much went over the wire, of a caller who is watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Exchange {
    pub request_bytes: Option<u64>,
    pub response_bytes: Option<u64>,
}

/// One event, as its cause describes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    pub(super) event: Event,
    pub(super) action: Option<&'static str>,
    pub(super) request_id: Option<Uuid>,
    pub(super) received: Option<Box<Received>>,
    pub(super) actor: Option<Actor>,
    pub(super) operator: Option<Arc<str>>,
    pub(super) object: Option<Object>,
    pub(super) address: Option<IpAddr>,
    pub(super) reason: Option<Reason>,
    pub(super) status: Option<u16>,
    pub(super) duration: Option<Duration>,
    pub(super) count: Option<u64>,
    pub(super) exchange: Option<Exchange>,
}

impl Entry {
    #[must_use]
    pub fn new(event: Event) -> Self {
        Self {
            event,
            action: None,
            request_id: None,
            received: None,
            actor: None,
            operator: None,
            object: None,
            address: None,
            reason: None,
            status: None,
            duration: None,
            count: None,
            exchange: None,
        }
    }

    /// The operation's id in the route table.
    #[must_use]
    pub fn action(mut self, id: &'static str) -> Self {
        self.action = Some(id);
        self
    }

    /// The request that it is part of.
    #[must_use]
    pub fn request(mut self, id: Uuid) -> Self {
        self.request_id = Some(id);
        self
    }

    /// How that request was received.
    #[must_use]
    pub fn received(mut self, request: Received) -> Self {
        self.received = Some(Box::new(request));
        self
    }

    /// The authenticated caller.
    #[must_use]
    pub fn by(mut self, actor: Actor) -> Self {
        self.actor = Some(actor);
        self
    }

    /// The name on the certificate of the connection: whose machine it was.
    #[must_use]
    pub fn over(mut self, operator: Arc<str>) -> Self {
        self.operator = Some(operator);
        self
    }

    /// What it is done to.
    #[must_use]
    pub fn on(self, kind: &'static str, id: impl fmt::Display) -> Self {
        // One more than a line shows, so that the line says that it is cut.
        let id = id.to_string().chars().take(MAX_TEXT + 1).collect();
        Self {
            object: Some(Object { kind, id }),
            ..self
        }
    }

    /// The client's address.
    #[must_use]
    pub fn from(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Why.
    #[must_use]
    pub fn because(mut self, reason: Reason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// The status of the response.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// How long the request took.
    #[must_use]
    pub fn took(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// How much went over the wire.
    #[must_use]
    pub fn exchange(mut self, exchange: Exchange) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// Whether an authenticated caller is named.
    #[must_use]
    pub fn has_actor(&self) -> bool {
        self.actor.is_some()
    }

    /// Whether it says neither who it was nor from where.
    #[must_use]
    pub fn is_nameless(&self) -> bool {
        self.actor.is_none() && self.address.is_none()
    }

    /// The same without who it was and from where.
    #[must_use]
    pub fn nameless(self) -> Self {
        Self {
            actor: None,
            address: None,
            ..self
        }
    }

    /// What happened.
    #[must_use]
    pub fn event(&self) -> Event {
        self.event
    }

    /// Why, where it says so.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Who did it.
    #[must_use]
    pub fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// What it was done to.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        self.object.as_ref()
    }

    /// The request that it is part of.
    #[must_use]
    pub fn request_id(&self) -> Option<Uuid> {
        self.request_id
    }

    /// How many it stands for, where it says so.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// How many of them this one entry stands for.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }
}

/// Where in its life an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// It is about to be tried.
    Attempt,
    /// How the attempt ended.
    Outcome,
    /// It is over as it is noticed.
    Point,
}

/// How an attempt can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Success,
    /// Refused by a rule: nothing was changed.
    Deny,
    /// It failed.
    Error,
    Panic,
}

impl Outcome {
    /// What a response's status says: 2xx succeeded, 4xx was refused, all else failed.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Success,
            400..=499 => Self::Deny,
            _ => Self::Error,
        }
    }
}
