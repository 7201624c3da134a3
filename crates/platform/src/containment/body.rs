//! What operators send and read: the DTOs of containment.

use serde::{Deserialize, Serialize};
use time::Duration;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    Containment,
    model::{
        Action, DurationSeconds, IssuerName, Matched, NewRestriction, NewRevocation, PerMinute,
        Reason, RestrictionTarget, RevocationTarget, TargetName, Ticket,
    },
    operations::Operations,
    restriction::{Restriction, RestrictionId},
    revocation::{Revocation, RevocationId},
};
use crate::{
    auth::Identity,
    http::problem::Problem,
    parse::Invalid,
    slice::{Member, SubjectName, Timestamp, rule},
};

/// A restriction to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRestrictionRequest {
    #[schema(value_type = RestrictionTarget)]
    target: Member<RestrictionTarget>,
    /// Whose subject or client it is; for these two only.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<IssuerName>)]
    issuer: Option<Member<IssuerName>>,
    /// The subject, client id, API key id or operation id (`orders_create`); or a network (`203.0.113.0/24`).
    #[validate(custom(function = "rule"))]
    #[schema(value_type = TargetName)]
    name: Member<TargetName>,
    #[schema(value_type = Action)]
    action: Member<Action>,
    /// Requests a minute of all that the target matches; for `throttle` only.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<PerMinute>)]
    per_minute: Option<Member<PerMinute>>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = DurationSeconds)]
    duration_seconds: Member<DurationSeconds>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Reason)]
    reason: Member<Reason>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Ticket)]
    ticket: Member<Ticket>,
}

/// A revocation to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRevocationRequest {
    #[schema(value_type = RevocationTarget)]
    target: Member<RevocationTarget>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = IssuerName)]
    issuer: Member<IssuerName>,
    /// The token's id (`jti`), subject, client id or key id (`kid`); left out for `issuer`.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<TargetName>)]
    name: Option<Member<TargetName>>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Reason)]
    reason: Member<Reason>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Ticket)]
    ticket: Member<Ticket>,
}

/// A restriction.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Restriction)]
pub struct RestrictionResponse {
    id: RestrictionId,
    target: RestrictionTarget,
    #[schema(required = true, max_length = 255)]
    issuer: Option<String>,
    #[schema(max_length = 255)]
    name: String,
    action: Action,
    #[schema(required = true, minimum = 1, maximum = 6000)]
    per_minute: Option<i64>,
    #[schema(max_length = 500)]
    reason: String,
    #[schema(max_length = 100)]
    ticket: String,
    /// The operator who made it.
    author: SubjectName,
    created_at: Timestamp,
    expires_at: Timestamp,
    /// Requests that it was applied to, in the process that answers.
    #[schema(minimum = 0)]
    hits: u64,
}

/// All restrictions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionList {
    #[schema(max_items = 1000)]
    pub items: Vec<RestrictionResponse>,
}

/// A revocation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revocation)]
pub struct RevocationResponse {
    id: RevocationId,
    target: RevocationTarget,
    #[schema(max_length = 255)]
    issuer: String,
    #[schema(required = true, max_length = 255)]
    name: Option<String>,
    /// What was issued before that is revoked. It does not count for a token and a signing key.
    issued_before: Timestamp,
    #[schema(max_length = 500)]
    reason: String,
    #[schema(max_length = 100)]
    ticket: String,
    /// The operator who made it.
    author: SubjectName,
    created_at: Timestamp,
    /// When nothing that it matches can still be valid; null for a signing key.
    #[schema(required = true)]
    expires_at: Option<Timestamp>,
}

impl CreateRestrictionRequest {
    /// The restriction that is asked for, if it can match anything.
    ///
    /// # Errors
    /// 422 for members that do not go together.
    pub fn restriction(
        self,
        author: &Identity,
        (state, operations): (&Containment, &Operations),
    ) -> Result<NewRestriction, Problem> {
        let (target, action) = (self.target.value()?, self.action.value()?);
        let issuer = self.issuer.map(Member::value).transpose()?;
        let issuer = together("/issuer", target.is_of_an_issuer(), issuer)?;
        if let Some(issuer) = &issuer {
            known(state, issuer)?;
        }
        let per_minute = self.per_minute.map(Member::value).transpose()?;
        let per_minute = together("/per_minute", action == Action::Throttle, per_minute)?;
        let issuer = text(issuer.as_ref().map(IssuerName::as_str));
        let name = text(Some(self.name.value()?.as_str()));
        let matched = target.matched(&issuer, &name);
        let matched = matched.map_err(|Invalid(code)| Problem::unprocessable("/name", code))?;
        if matched == Matched::Operation {
            operations.judge(&name, action)?;
        }
        Ok(NewRestriction {
            target,
            issuer,
            name,
            action,
            per_minute: per_minute.map(PerMinute::get),
            reason: text(Some(self.reason.value()?.as_str())),
            ticket: text(Some(self.ticket.value()?.as_str())),
            author: author.clone(),
            duration: Duration::seconds(self.duration_seconds.value()?.get()),
        })
    }
}

impl CreateRevocationRequest {
    /// The revocation that is asked for, if it can match anything.
    ///
    /// # Errors
    /// 422 for members that do not go together.
    pub fn revocation(
        self,
        author: &Identity,
        state: &Containment,
    ) -> Result<NewRevocation, Problem> {
        let target = self.target.value()?;
        let issuer = self.issuer.value()?;
        known(state, &issuer)?;
        let name = self.name.map(Member::value).transpose()?;
        let name = together("/name", target != RevocationTarget::Issuer, name)?;
        Ok(NewRevocation {
            target,
            issuer: text(Some(issuer.as_str())),
            name: text(name.as_ref().map(TargetName::as_str)),
            reason: text(Some(self.reason.value()?.as_str())),
            ticket: text(Some(self.ticket.value()?.as_str())),
            author: author.clone(),
        })
    }
}

/// A member that is there exactly when another one asks for it.
fn together<T>(pointer: &str, asked: bool, member: Option<T>) -> Result<Option<T>, Problem> {
    match (asked, &member) {
        (true, None) => Err(Problem::unprocessable(pointer, "required_here")),
        (false, Some(_)) => Err(Problem::unprocessable(pointer, "not_used_here")),
        _ => Ok(member),
    }
}

/// An issuer that no token can have is a slip, and would restrict nobody.
fn known(state: &Containment, issuer: &IssuerName) -> Result<(), Problem> {
    if state.knows_issuer(issuer.as_str()) {
        Ok(())
    } else {
        Err(Problem::unprocessable("/issuer", "unknown_issuer"))
    }
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

/// Null for what the target does not have.
fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl From<&Restriction> for RestrictionResponse {
    fn from(one: &Restriction) -> Self {
        Self {
            id: one.id,
            target: one.target,
            issuer: given(&one.issuer),
            name: one.name.clone(),
            action: one.action,
            per_minute: one.per_minute,
            reason: one.reason.clone(),
            ticket: one.ticket.clone(),
            author: SubjectName(one.author.subject.to_string()),
            created_at: Timestamp(one.created_at),
            expires_at: Timestamp(one.expires_at),
            hits: one.hits(),
        }
    }
}

impl From<Revocation> for RevocationResponse {
    fn from(one: Revocation) -> Self {
        Self {
            id: one.id,
            target: one.target,
            name: given(&one.name),
            issuer: one.issuer,
            issued_before: Timestamp(one.issued_before),
            reason: one.reason,
            ticket: one.ticket,
            author: SubjectName(one.author.subject.to_string()),
            created_at: Timestamp(one.created_at),
            expires_at: one.expires_at.map(Timestamp),
        }
    }
}
