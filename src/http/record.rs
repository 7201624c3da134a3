//! What a request leaves in the audit journal.
//!
//! The stages of an operation call this, not the handlers: a handler that had to remember would forget
//! (ASVS 16.3.3; CONTROLS LO-01, LO-03). A change is on record before its handler runs, or does not
//! happen. What only a handler knows it says through [`Notes`].

use std::{cell::RefCell, fmt::Display, rc::Rc};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{Method, StatusCode},
    web::Data,
};
use tracing_actix_web::RequestId;
use uuid::Uuid;

use super::{client_address, describe::Input, problem::Problem, rule::Access, tally::Tally};
use crate::audit::{Actor, Attempt, Entry, Event, Journal};

/// An operation as the journal sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded {
    /// The operation's id.
    pub action: &'static str,
    /// What it does to its object; nothing for those that only read.
    pub change: Option<Event>,
    pub access: Access,
}

impl Recorded {
    pub fn new(action: &'static str, method: &Method, access: Access) -> Self {
        let change = match *method {
            Method::GET => None,
            Method::POST => Some(Event::SensitiveCreate),
            Method::DELETE => Some(Event::SensitiveDelete),
            _ => Some(Event::SensitiveUpdate),
        };
        Self {
            action,
            change,
            access,
        }
    }
}

/// One request of an operation, on its way to the journal.
pub(super) struct Record<'r> {
    pub request: &'r HttpRequest,
    pub operation: Recorded,
    pub actor: Option<Actor>,
}

impl Record<'_> {
    /// Records that the caller may not do this, or not yet.
    pub fn denied(&self, problem: &Problem) {
        let event = match problem {
            Problem::Forbidden(_) => Event::AuthzFail,
            // Whoever is here has been authenticated: it was not recent, or not strong, enough.
            Problem::Unauthenticated(_) => Event::AuthnStepUpRequired,
            _ => return,
        };
        self.point(event, None);
    }

    /// Counts an input that could not be read, and one with members that nobody asked for.
    pub fn misread(&self, error: &Error) {
        let problem = error.as_error::<Problem>();
        if let Some(Problem::Malformed(found)) = problem
            && found
                .iter()
                .any(|violation| violation.code == "unknown_member")
        {
            self.count(Event::MaliciousExtraneous);
        }
        self.failed(error.as_response_error().status_code());
    }

    /// Counts what one caller may do by mistake, and many of it by intent.
    pub fn failed(&self, status: StatusCode) {
        let event = match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                Event::InputValidationFail
            }
            StatusCode::NOT_FOUND => Event::MaliciousExcess404,
            _ => return,
        };
        self.count(event);
    }

    fn count(&self, event: Event) {
        if let Some(tally) = self.request.app_data::<Data<Tally>>() {
            tally.count(event, self.operation.action, self.actor.clone());
        }
    }

    /// Puts a change on record, so that it may be made; of a read, whether it may be at the moment.
    ///
    /// # Errors
    /// 503 when the journal cannot be written.
    pub async fn begin(&self) -> Result<Option<Attempt>, Problem> {
        let journal = journal(self.request)?;
        match self.operation.change {
            Some(event) => {
                let attempt = journal.attempt(self.entry(event)).await;
                attempt
                    .map(Some)
                    .map_err(|error| Problem::Unavailable(error.into()))
            }
            None if self.operation.access == Access::Anyone => Ok(None),
            None => {
                let allowed = journal.may_read();
                allowed.map_err(|error| Problem::Unavailable(error.into()))?;
                Ok(None)
            }
        }
    }

    /// Records how it ended.
    pub fn end(&self, attempt: Option<Attempt>, response: &HttpResponse) {
        let status = response.status();
        let noted = Notes::taken_from(self.request);
        self.failed(status);
        let Some(mut attempt) = attempt else {
            if status.is_success() && noted.of_others > 0 {
                self.point(Event::SensitiveRead, Some(noted.of_others));
            }
            return;
        };
        if let Some(event) = noted.event {
            attempt.turned_out(event);
        }
        if let Some(id) = noted.object {
            attempt.now(|entry| entry.on(self.kind(), id));
        }
        if let Some(reason) = reason(status) {
            attempt.now(|entry| entry.because(reason));
        }
        match status {
            StatusCode::FORBIDDEN => self.point(Event::AuthzPropertyFail, None),
            StatusCode::CONFLICT => self.point(Event::SequenceFail, None),
            _ => {}
        }
        attempt.answered(status.as_u16());
    }

    fn point(&self, event: Event, count: Option<u64>) {
        if let Ok(journal) = journal(self.request) {
            let entry = self.entry(event);
            journal.point(match count {
                Some(count) => entry.count(count),
                None => entry,
            });
        }
    }

    fn entry(&self, event: Event) -> Entry {
        let entry = entry(self.request, event).action(self.operation.action);
        let entry = match self.actor.clone() {
            Some(actor) => entry.by(actor),
            None => entry,
        };
        match self.request.match_info().get("id") {
            Some(id) => entry.on(self.kind(), id),
            None => entry,
        }
    }

    /// `invoices` of `invoices_delete`.
    fn kind(&self) -> &'static str {
        let action = self.operation.action;
        action.rsplit_once('_').map_or(action, |(kind, _)| kind)
    }
}

/// An event of this request, with its id and the client's address.
#[must_use]
pub fn entry(request: &HttpRequest, event: Event) -> Entry {
    let entry = Entry::new(event).request(request_id(request));
    match client_address::of(request) {
        Some(address) => entry.from(address),
        None => entry,
    }
}

/// The id that the log, the journal and the client know a request by.
#[must_use]
pub fn request_id(request: &HttpRequest) -> Uuid {
    let id = request.extensions().get::<RequestId>().copied();
    id.map_or_else(Uuid::nil, |id| *id)
}

/// The journal; without one nothing is changed.
///
/// # Errors
/// 500 when `app` has not shared one.
pub fn journal(request: &HttpRequest) -> Result<&Journal, Problem> {
    let journal = request.app_data::<Data<Journal>>();
    let missing = || Problem::Internal("no audit journal configured".into());
    journal.map(|journal| &***journal).ok_or_else(missing)
}

/// Why an attempt did not succeed.
fn reason(status: StatusCode) -> Option<&'static str> {
    Some(match status.as_u16() {
        403 => "not_permitted",
        404 => "not_found",
        409 => "wrong_state",
        412 => "outdated",
        422 => "invalid",
        500.. => "failed",
        _ => return None,
    })
}

/// What a handler knows and nobody else: an argument like any other.
#[derive(Debug, Clone, Default)]
pub struct Notes(Rc<RefCell<Noted>>);

#[derive(Debug, Default)]
struct Noted {
    event: Option<Event>,
    object: Option<String>,
    of_others: u64,
}

impl Notes {
    /// The object that was made.
    pub fn made(&self, id: impl Display) {
        self.0.borrow_mut().object = Some(id.to_string());
    }

    /// What this change is, more exactly than its method says.
    pub fn is_a(&self, event: Event) {
        self.0.borrow_mut().event = Some(event);
    }

    /// So many of the objects that the answer shows are somebody else's.
    pub fn shows_of_others(&self, count: usize) {
        self.0.borrow_mut().of_others = count as u64;
    }

    fn taken_from(request: &HttpRequest) -> Noted {
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
