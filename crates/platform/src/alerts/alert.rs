//! What is told: the closed list of events, and the body.
//!
//! The body is for a chat or a pager, which many people read. So it has the subject and the reason from a
//! closed list, and no address, no free text, no token. The journal has the rest, by the request's id.

use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::audit::{Entry, Event, Level, Outcome, Reason};

/// Who decides how many alerts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The state of the service.
    Service,
    /// Who is noticed and contained, by a rule or an operator: callers with many subjects are noticed many times.
    Containment,
    /// A credential in the clear: a caller sends as many as an issuer gives.
    PlainHttp,
}

impl Cause {
    fn of(entry: &Entry) -> Self {
        match entry.event() {
            _ if entry.reason() == Some(Reason::PlainHttp) => Self::PlainHttp,
            Event::ContainDetected
            | Event::ContainApplied
            | Event::ContainRemoved
            | Event::ContainExpired
            | Event::AuthnTokenRevoked => Self::Containment,
            _ => Self::Service,
        }
    }
}

/// One message, the same in each attempt.
#[derive(Debug)]
pub(super) struct Alert {
    /// Tells the receiver that a message is one that it has already.
    pub id: String,
    pub body: Vec<u8>,
    pub cause: Cause,
}

/// The form of Standard Webhooks.
#[derive(Serialize)]
struct Body<'b> {
    r#type: Event,
    timestamp: String,
    data: Data<'b>,
}

#[derive(Serialize)]
struct Data<'d> {
    service: &'static str,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason_code: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<Object<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

#[derive(Serialize)]
struct Subject<'s> {
    iss: &'s str,
    sub: &'s str,
}

#[derive(Serialize)]
struct Object<'o> {
    r#type: &'static str,
    id: &'o str,
}

impl Alert {
    /// The alert that a line is, if it is one: something was detected, somebody was contained or is free
    /// again, the database, the journal, its receiver or containment fails.
    pub fn of(
        entry: &Entry,
        outcome: Option<Outcome>,
        at: OffsetDateTime,
        service: &'static str,
    ) -> Option<Self> {
        let is_told = match entry.event() {
            Event::ContainDetected
            | Event::ContainExpired
            | Event::ContainSyncFail
            | Event::DatabaseFail
            | Event::DatabaseOk
            | Event::SiemSyncFail
            | Event::SiemSyncOk
            | Event::AuditSinkFail
            | Event::AuditGap => true,
            // What an operator or a rule has done: when it is done. What owners do with their own keys is not told:
            // any caller could fill the queue.
            Event::ContainApplied | Event::ContainRemoved | Event::AuthnTokenRevoked => {
                outcome == Some(Outcome::Success)
            }
            _ => false,
        };
        if !is_told {
            return None;
        }
        let subject = entry.actor().map(|actor| Subject {
            iss: &actor.issuer,
            sub: &actor.subject,
        });
        let object = entry.object().map(|object| Object {
            r#type: object.kind,
            id: &object.id,
        });
        let body = Body {
            r#type: entry.event(),
            timestamp: at.format(&Rfc3339).ok()?,
            data: Data {
                service,
                level: entry.event().level(),
                reason_code: entry.reason(),
                subject,
                object,
                request_id: entry.request_id(),
                count: entry.count(),
            },
        };
        Some(Self {
            id: format!("msg_{}", Uuid::now_v7().simple()),
            body: serde_json::to_vec(&body).ok()?,
            cause: Cause::of(entry),
        })
    }
}
