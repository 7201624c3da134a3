//! What a problem is to the audit journal: one table, like those of its status and its words.
//!
//! Decided where a request is refused, one place would forget what another records. `RequestAudit`
//! records the problems of an operation, with its caller; the layer `finish` those that no operation has
//! seen, with the address.
//!
//! Controls: LO-01, LO-03

use super::{Problem, Violation};
use crate::audit::{Event, Reason};

impl Problem {
    /// The event that the problem is, unless honest clients meet it every day, and the reason that its
    /// line and the outcome of an attempt give.
    #[rustfmt::skip]
    pub(crate) fn event(&self) -> (Option<Event>, Option<Reason>) {
        match self {
            Self::Malformed(found) if found.is_empty() => (Some(Event::MaliciousProtocol), Some(Reason::Malformed)),
            Self::Malformed(found) if has(found, "unknown_member") => (Some(Event::MaliciousExtraneous), Some(Reason::UnknownMember)),
            Self::Malformed(found) if has(found, "unexpected_query") => (Some(Event::InputValidationFail), Some(Reason::UnexpectedQuery)),
            Self::Malformed(_) => (Some(Event::InputValidationFail), Some(Reason::Malformed)),
            Self::CredentialsTwice => (Some(Event::MaliciousProtocol), Some(Reason::Malformed)),
            Self::Unauthenticated(_) => (Some(Event::AuthnStepUpRequired), Some(Reason::NotRecent)),
            Self::Forbidden(_) => (Some(Event::AuthzFail), Some(Reason::NotPermitted)),
            Self::ForeignOrigin => (Some(Event::MaliciousCors), Some(Reason::ForeignOrigin)),
            Self::NotFound => (Some(Event::MaliciousExcess404), Some(Reason::NotFound)),
            Self::MethodNotAllowed(_) => (Some(Event::MaliciousProtocol), Some(Reason::Method)),
            Self::RequestTimeout => (Some(Event::MaliciousProtocol), Some(Reason::TooSlow)),
            Self::Conflict(_) => (Some(Event::SequenceFail), Some(Reason::WrongState)),
            // Many of one caller are how taken names are found out.
            Self::AlreadyExists(_) => (Some(Event::InputValidationFail), Some(Reason::AlreadyExists)),
            Self::LimitReached(_) => (Some(Event::ExcessOwnerLimit), Some(Reason::LimitReached)),
            Self::PreconditionFailed => (None, Some(Reason::Outdated)),
            Self::ContentTooLarge => (Some(Event::InputValidationFail), Some(Reason::TooLarge)),
            Self::TargetTooLong => (Some(Event::MaliciousProtocol), Some(Reason::TargetTooLong)),
            Self::UnsupportedMediaType(_) => (Some(Event::MaliciousProtocol), Some(Reason::MediaType)),
            Self::ExpectationFailed => (Some(Event::MaliciousProtocol), Some(Reason::Expectation)),
            Self::Misdirected => (Some(Event::MaliciousProtocol), Some(Reason::Misdirected)),
            Self::Unprocessable(_) => (Some(Event::InputValidationFail), Some(Reason::Invalid)),
            Self::QuotaExceeded(exceeded) => (Some(Event::ExcessRateLimitExceeded), Some(exceeded.policy.reason())),
            Self::HeadTooLarge => (Some(Event::MaliciousProtocol), Some(Reason::HeadTooLarge)),
            Self::NotImplemented => (Some(Event::MaliciousProtocol), Some(Reason::TransferCoding)),
            Self::Unavailable(_) => (None, Some(Reason::Failed)),
            Self::Internal(_) => (Some(Event::UnexpectedError), Some(Reason::Failed)),
            Self::Other(status) if status.is_server_error() => (Some(Event::UnexpectedError), Some(Reason::Failed)),
            Self::NotReady(_) | Self::NotAcceptable | Self::PreflightRefused | Self::PreconditionRequired | Self::Other(_) => (None, None),
        }
    }

    /// Where a member is that nobody asked for: its name, and never its value.
    pub(crate) fn extraneous(&self) -> Option<&str> {
        let Self::Malformed(found) = self else {
            return None;
        };
        let mut found = found.iter();
        let unknown = found.find(|violation| violation.code == "unknown_member");
        unknown.map(|violation| &*violation.pointer)
    }
}

fn has(found: &[Violation], code: &str) -> bool {
    found.iter().any(|violation| violation.code == code)
}
