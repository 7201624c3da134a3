//! What the operations read and write: the DTOs. They are the allow-list of members, in both
//! directions: what is not here cannot be set and is not shown (API3:2023).

use platform::{
    http::Problem,
    slice::{
        CalendarDate, Change, Currency, Member, Owned, Removable, SubjectName, Timestamp, rule,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{
    AmountMinor, CustomerEmail, CustomerName, Invoice, InvoiceId, Memo, Money, Status,
};

/// The content of an invoice, as its owner writes it.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceContent {
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CustomerName)]
    customer_name: Member<CustomerName>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CustomerEmail)]
    customer_email: Member<CustomerEmail>,
    /// In the minor unit of the currency: 1999 and EUR are 19.99 euros.
    #[validate(custom(function = "rule"))]
    #[schema(value_type = AmountMinor)]
    amount_minor: Member<AmountMinor>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Currency)]
    currency: Member<Currency>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CalendarDate)]
    due_on: Member<CalendarDate>,
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<Memo>)]
    memo: Option<Member<Memo>>,
}

/// A change of some members (RFC 7396). `memo: null` removes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1)]
pub struct InvoicePatch {
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CustomerName)]
    customer_name: Change<CustomerName>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CustomerEmail)]
    customer_email: Change<CustomerEmail>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = AmountMinor)]
    amount_minor: Change<AmountMinor>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Currency)]
    currency: Change<Currency>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = CalendarDate)]
    due_on: Change<CalendarDate>,
    #[serde(default)]
    #[validate(custom(function = "rule"))]
    #[schema(value_type = Option<Memo>)]
    memo: Removable<Memo>,
    #[serde(default)]
    #[schema(value_type = Status)]
    pub status: Change<Status>,
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceResponse {
    id: InvoiceId,
    /// The subject whose it is.
    owner: SubjectName,
    customer_name: CustomerName,
    customer_email: CustomerEmail,
    amount_minor: AmountMinor,
    currency: Currency,
    due_on: CalendarDate,
    #[schema(required = true)]
    memo: Option<Memo>,
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl InvoiceContent {
    /// An invoice with this content.
    pub(super) fn in_state(self, status: Status) -> Result<Invoice, Problem> {
        Ok(Invoice {
            customer_name: self.customer_name.value()?,
            customer_email: self.customer_email.value()?,
            money: Money {
                amount: self.amount_minor.value()?,
                currency: self.currency.value()?,
            },
            due_on: self.due_on.value()?,
            memo: self.memo.map(Member::value).transpose()?,
            status,
        })
    }
}

impl InvoicePatch {
    /// Whether more than the state is to change.
    pub(super) const fn changes_content(&self) -> bool {
        self.customer_name.is_there()
            || self.customer_email.is_there()
            || self.amount_minor.is_there()
            || self.currency.is_there()
            || self.due_on.is_there()
            || self.memo.is_there()
    }

    /// `now` with the changes.
    pub(super) fn merged_into(self, now: Invoice) -> Result<Invoice, Problem> {
        Ok(Invoice {
            customer_name: self.customer_name.or(now.customer_name)?,
            customer_email: self.customer_email.or(now.customer_email)?,
            money: Money {
                amount: self.amount_minor.or(now.money.amount)?,
                currency: self.currency.or(now.money.currency)?,
            },
            due_on: self.due_on.or(now.due_on)?,
            memo: self.memo.or(now.memo)?,
            status: self.status.or(now.status)?,
        })
    }
}

impl From<Owned<Invoice>> for InvoiceResponse {
    fn from(row: Owned<Invoice>) -> Self {
        let Invoice {
            customer_name,
            customer_email,
            money,
            due_on,
            memo,
            status,
        } = row.content;
        Self {
            id: row.id,
            owner: SubjectName(row.owner.subject.to_string()),
            customer_name,
            customer_email,
            amount_minor: money.amount,
            currency: money.currency,
            due_on,
            memo,
            status,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}
