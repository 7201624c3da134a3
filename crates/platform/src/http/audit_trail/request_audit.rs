//! What a request leaves in the audit journal.
//!
//! The stages of an operation call this, not the handlers: a handler that had to remember would
//! forget (ASVS 16.3.3). A change is on record before its handler runs, or does not happen. What
//! only a handler knows it adds through `AuditDetails`.
//!
//! Controls: LO-01, LO-03

use actix_web::{
    Error, HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web::Data,
};
use uuid::Uuid;

use super::aggregator::EventAggregator;
use crate::audit::{Actor, AuditAttempt, Entry, Event, Journal, Reason};
use crate::http::{
    context::{RequestContext, client_address, operator, received, request_id, shared},
    contract::access::Access,
    problem::Problem,
    rate_limit::Policy,
};
use crate::spans::{self, Work};

/// An operation as the journal sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditSpec {
    /// The operation's id.
    pub action: &'static str,
    /// What it does to its object; nothing for those that only read.
    pub change: Option<Event>,
    pub access: Access,
}

impl AuditSpec {
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

/// The requests of a listener are those of operators, so all of them are on record, reads too; data of that
/// listener. Who looks at whose keys and restrictions is as telling as who changes them.
pub struct OfOperators;

/// One request of an operation, on its way to the journal.
pub(crate) struct RequestAudit {
    pub request: HttpRequest,
    pub operation: AuditSpec,
}

impl RequestAudit {
    /// Puts on record what a problem is that a stage before the handler refuses with.
    pub fn refused(&self, error: &Error) {
        let problem = error.as_error::<Problem>();
        let (event, reason) = problem.map_or((None, None), Problem::event);
        self.observe(event, reason, problem.and_then(Problem::extraneous));
        self.of_operator(error.as_response_error().status_code(), reason);
    }

    /// Puts on record what an operator asked for and no attempt says.
    fn of_operator(&self, status: StatusCode, reason: Option<Reason>) {
        let is_recorded = self.request.app_data::<Data<OfOperators>>().is_some();
        if is_recorded && self.operation.access != Access::Anyone {
            let entry = because(self.entry(Event::AuthzAdmin), reason);
            self.point(self.took(entry).status(status.as_u16()));
        }
    }

    /// A line for the first few denials of a caller and a number for the others; a number for what may
    /// be a mistake, and many of it intent.
    fn observe(&self, event: Option<Event>, reason: Option<Reason>, member: Option<&str>) {
        let Some(event) = event else { return };
        let aggregator = self.request.app_data::<Data<EventAggregator>>();
        match event {
            Event::AuthzFail
            | Event::AuthzPropertyFail
            | Event::AuthnStepUpRequired
            | Event::MaliciousExtraneous
            | Event::SequenceFail => {
                if aggregator
                    .is_none_or(|aggregator| aggregator.admit_line(self.counted(event, reason)))
                {
                    let line = because(self.entry(event), reason);
                    self.point(match member {
                        Some(member) => line.on("member", member),
                        None => line,
                    });
                }
            }
            // The layer `finish` records it, with those that no operation has seen.
            Event::UnexpectedError => {}
            _ => {
                if let Some(aggregator) = aggregator {
                    aggregator.count(self.counted(event, reason));
                }
            }
        }
    }

    /// What is counted together.
    fn counted(&self, event: Event, reason: Option<Reason>) -> Entry {
        let entry = because(Entry::new(event).action(self.operation.action), reason);
        let entry = of_connection(entry, &self.request);
        match self.actor() {
            Some(actor) => entry.by(actor),
            None => from_bucket(entry, &self.request),
        }
    }

    fn actor(&self) -> Option<Actor> {
        let actor = |context: &RequestContext| Some(context.caller.as_ref()?.actor());
        RequestContext::read(&self.request, actor).flatten()
    }

    /// Puts a change on record, so that it may be made; of a read, whether it may be at the moment.
    ///
    /// # Errors
    /// 503 when the journal cannot be written.
    pub async fn begin(&self) -> Result<Option<AuditAttempt>, Problem> {
        let journal = journal(&self.request)?;
        match self.operation.change {
            Some(event) => {
                let waits = spans::child(Work::Wait("journal"));
                let attempt = journal.attempt(self.entry(event)).await;
                drop(waits);
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
    pub fn end(&self, attempt: Option<AuditAttempt>, response: &HttpResponse) {
        let details = RequestContext::write(&self.request, |context| {
            let details = std::mem::take(&mut context.audit);
            context.audit.of_others = details.of_others;
            details
        });
        let problem = response.error().and_then(|error| error.as_error());
        let (event, reason) = problem.map_or((None, None), Problem::event);
        // What the rule lets a caller do and a handler does not is about the object.
        let property = event.filter(|event| *event == Event::AuthzFail);
        let event = property.map(|_| Event::AuthzPropertyFail).or(event);
        self.observe(event, reason, problem.and_then(Problem::extraneous));
        let status = response.status();
        let Some(mut attempt) = attempt else {
            if status.is_success() && details.of_others > 0 {
                self.point(self.entry(Event::SensitiveRead).times(details.of_others));
            }
            self.of_operator(status, reason);
            return;
        };
        if let Some(event) = details.event {
            attempt = attempt.turned_out(event);
        }
        if let Some(id) = details.object {
            attempt = attempt.now(|entry| entry.on(self.kind(), id));
        }
        if let Some(reason) = details.reason.or(reason) {
            attempt = attempt.now(|entry| entry.because(reason));
        }
        let attempt = attempt.now(|entry| self.took(entry));
        attempt.answered(status.as_u16());
    }

    fn took(&self, entry: Entry) -> Entry {
        match RequestContext::read(&self.request, RequestContext::age) {
            Some(duration) => entry.took(duration),
            None => entry,
        }
    }

    fn point(&self, entry: Entry) {
        if let Ok(journal) = journal(&self.request) {
            journal.point(entry);
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

    /// `orders` of `orders_delete`.
    fn kind(&self) -> &'static str {
        let action = self.operation.action;
        action.rsplit_once('_').map_or(action, |(kind, _)| kind)
    }
}

/// An event of this request, with its id and the client's address.
#[must_use]
pub fn entry(request: &HttpRequest, event: Event) -> Entry {
    let entry = Entry::new(event).request(request_id::of(request));
    let entry = of_connection(entry.received(received::of(request)), request);
    match client_address::of(request) {
        Some(address) => entry.from(address),
        None => entry,
    }
}

/// Counts an event of the client that this request comes from.
pub fn count(request: &HttpRequest, event: Event, reason: Reason) {
    if let Some(aggregator) = request.app_data::<Data<EventAggregator>>() {
        let entry = of_connection(Entry::new(event).because(reason), request);
        aggregator.count(from_bucket(entry, request));
    }
}

/// Counts what is refused before an operation sees it.
pub(crate) fn refused(request: &HttpRequest, error: Option<&Error>, status: StatusCode) {
    let problem = error.and_then(|error| error.as_error::<Problem>());
    let (event, reason) = match problem {
        Some(problem @ Problem::MethodNotAllowed(_)) => problem.event(),
        Some(problem @ Problem::NotFound) if request.match_pattern().is_none() => {
            (problem.event().0, Some(Reason::NoSuchPath))
        }
        // Bare: it comes from the limiter of addresses.
        None if status == StatusCode::TOO_MANY_REQUESTS => (
            Some(Event::ExcessRateLimitExceeded),
            Some(Policy::Address.reason()),
        ),
        // `RequestAudit` and `authenticate` count what they refuse.
        _ => return,
    };
    if let (Some(event), Some(reason)) = (event, reason) {
        count(request, event, reason);
    }
}

fn because(entry: Entry, reason: Option<Reason>) -> Entry {
    match reason {
        Some(reason) => entry.because(reason),
        None => entry,
    }
}

/// `entry` with the operator whose connection it is, at a listener that knows one.
fn of_connection(entry: Entry, request: &HttpRequest) -> Entry {
    match operator::of(request) {
        Some(operator) => entry.over(operator),
        None => entry,
    }
}

/// `entry` of the address that quotas and floods are counted by.
pub(crate) fn from_bucket(entry: Entry, request: &HttpRequest) -> Entry {
    match client_address::of(request).map(client_address::bucket) {
        Some(address) => entry.from(address),
        None => entry,
    }
}

/// The journal; without one nothing is changed.
///
/// # Errors
/// 500 when `app` has not shared one.
pub fn journal(request: &HttpRequest) -> Result<&Journal, Problem> {
    shared::<Journal>(request).map(Data::get_ref)
}
