//! What a request leaves in the audit journal.
//!
//! The stages of an operation call this, not the handlers: a handler that had to remember would forget
//! (ASVS 16.3.3; CONTROLS LO-01, LO-03). A change is on record before its handler runs, or does not
//! happen. What only a handler knows it says through [`Notes`].

use actix_web::{
    Error, HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::Data,
};
use uuid::Uuid;

use super::{
    client_address, notes::Notes, problem::Problem, rate_limit::Policy, request_id, rule::Access,
    tally::Tally,
};
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
pub(super) struct Record {
    pub request: HttpRequest,
    pub operation: Recorded,
    /// Finds the caller: most requests leave no line, and need none.
    pub caller: fn(&HttpRequest) -> Option<Actor>,
}

impl Record {
    /// Records that the caller may not do this, or not yet.
    pub fn denied(&self, problem: &Problem) {
        let event = match problem {
            Problem::Forbidden(_) => Event::AuthzFail,
            // Whoever is here has been authenticated: it was not recent, or not strong, enough.
            Problem::Unauthenticated(_) => Event::AuthnStepUpRequired,
            _ => return,
        };
        self.refusal(event);
    }

    /// Counts a caller that has used a quota up.
    pub fn exceeded(&self, problem: &Problem) {
        if let (Problem::QuotaExceeded(exceeded), Some(tally)) = (problem, self.tally()) {
            let policy = exceeded.policy.name();
            tally.count(Event::ExcessRateLimitExceeded, policy, self.actor());
        }
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
        if let Some(tally) = self.tally() {
            tally.count(event, self.operation.action, self.actor());
        }
    }

    fn actor(&self) -> Option<Actor> {
        (self.caller)(&self.request)
    }

    fn tally(&self) -> Option<&Data<Tally>> {
        self.request.app_data::<Data<Tally>>()
    }

    /// A line for the first few refusals of a caller, a number for the others.
    fn refusal(&self, event: Event) {
        let action = self.operation.action;
        let tally = self.tally();
        if tally.is_none_or(|tally| tally.is_first(event, action, self.actor())) {
            self.point(event, None);
        }
    }

    /// Puts a change on record, so that it may be made; of a read, whether it may be at the moment.
    ///
    /// # Errors
    /// 503 when the journal cannot be written.
    pub async fn begin(&self) -> Result<Option<Attempt>, Problem> {
        let journal = journal(&self.request)?;
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
        let noted = Notes::taken_from(&self.request);
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
        if let Some(reason) = noted.reason.or_else(|| reason(status)) {
            attempt.now(|entry| entry.because(reason));
        }
        match status {
            StatusCode::FORBIDDEN => self.refusal(Event::AuthzPropertyFail),
            StatusCode::CONFLICT => self.refusal(Event::SequenceFail),
            _ => {}
        }
        attempt.answered(status.as_u16());
    }

    fn point(&self, event: Event, count: Option<u64>) {
        if let Ok(journal) = journal(&self.request) {
            let entry = self.entry(event);
            journal.point(match count {
                Some(count) => entry.count(count),
                None => entry,
            });
        }
    }

    fn entry(&self, event: Event) -> Entry {
        let entry = entry(&self.request, event).action(self.operation.action);
        let entry = match self.actor() {
            Some(actor) => entry.by(actor),
            None => entry,
        };
        // Before its type has read it, an id is any text that the client likes.
        let id = self.request.match_info().get("id");
        match id.and_then(|id| Uuid::try_parse(id).ok()) {
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
    let entry = Entry::new(event).request(request_id::of(request));
    match client_address::of(request) {
        Some(address) => entry.from(address),
        None => entry,
    }
}

/// Counts an event of the client that this request comes from.
pub fn count(request: &HttpRequest, event: Event, reason: &'static str) {
    let address = client_address::of(request).map(client_address::bucket);
    if let (Some(tally), Some(address)) = (request.app_data::<Data<Tally>>(), address) {
        tally.count(event, reason, address);
    }
}

/// Counts what is refused before an operation sees it.
pub(super) fn refused(request: &HttpRequest, error: Option<&Error>, status: StatusCode) {
    let (event, reason) = match status {
        // Bare: it comes from the limiter of addresses. The others count for themselves.
        StatusCode::TOO_MANY_REQUESTS if error.is_none() => {
            (Event::ExcessRateLimitExceeded, Policy::Address.name())
        }
        StatusCode::METHOD_NOT_ALLOWED => (Event::MaliciousProtocol, "method"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Event::MaliciousProtocol, "media_type"),
        StatusCode::NOT_FOUND if request.match_pattern().is_none() => {
            (Event::MaliciousExcess404, "no_such_path")
        }
        _ => return,
    };
    count(request, event, reason);
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
