//! What the operations read and write: the DTOs. They are the allow-list of members, in both
//! directions: what is not here cannot be set and is not shown (API3:2023).
//!
//! Controls: AZ-06, AZ-07

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::{
    model::{Content, Invoice, InvoiceId, Status},
    values::{AmountMinor, Currency, CustomerEmail, CustomerName, DueOn, Memo, Money},
};
use platform::{
    http::{
        problem::{Problem, Violation},
        request::page::{self, Cursor, MAX_LIMIT},
    },
    parse::{Invalid, Parse, rule},
};

/// The content of an invoice, as its owner writes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InvoiceContent)]
pub struct ContentRequest {
    #[validate(custom(function = "rule::<str, CustomerName>"))]
    #[schema(value_type = CustomerName)]
    customer_name: String,
    #[validate(custom(function = "rule::<str, CustomerEmail>"))]
    #[schema(value_type = CustomerEmail)]
    customer_email: String,
    /// In the minor unit of the currency: 1999 and EUR are 19.99 euros.
    #[validate(custom(function = "amount"))]
    #[schema(value_type = AmountMinor)]
    amount_minor: i64,
    #[validate(custom(function = "rule::<str, Currency>"))]
    #[schema(value_type = Currency)]
    currency: String,
    #[validate(custom(function = "rule::<str, DueOn>"))]
    #[schema(value_type = DueOn)]
    due_on: String,
    #[validate(custom(function = "rule::<str, Memo>"))]
    #[schema(value_type = Option<Memo>)]
    memo: Option<String>,
}

/// A change of some members (RFC 7396). `memo: null` removes it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "changes_something"))]
#[schema(as = InvoicePatch, min_properties = 1)]
pub struct ChangeRequest {
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, CustomerName>"))]
    #[schema(value_type = CustomerName, required = false)]
    customer_name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, CustomerEmail>"))]
    #[schema(value_type = CustomerEmail, required = false)]
    customer_email: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "amount"))]
    #[schema(value_type = AmountMinor, required = false)]
    amount_minor: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, Currency>"))]
    #[schema(value_type = Currency, required = false)]
    currency: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, DueOn>"))]
    #[schema(value_type = DueOn, required = false)]
    due_on: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = "rule::<str, Memo>"))]
    #[schema(value_type = Option<Memo>)]
    #[expect(
        clippy::option_option,
        reason = "absent, null and text are three things here"
    )]
    memo: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Status, required = false)]
    pub status: Option<Status>,
}

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceResponse {
    id: InvoiceId,
    /// The subject whose it is.
    #[schema(max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F-\\x9F]+$")]
    owner: String,
    #[schema(value_type = CustomerName)]
    customer_name: String,
    #[schema(value_type = CustomerEmail)]
    customer_email: String,
    #[schema(value_type = AmountMinor)]
    amount_minor: i64,
    #[schema(value_type = Currency)]
    currency: &'static str,
    #[schema(value_type = DueOn)]
    due_on: String,
    #[schema(value_type = Option<Memo>, required = true)]
    memo: Option<String>,
    status: Status,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(max_length = 35)]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(max_length = 35)]
    updated_at: OffsetDateTime,
}

/// One page of invoices, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvoicePage)]
pub struct InvoicePageResponse {
    #[schema(max_items = 100)]
    pub items: Vec<InvoiceResponse>,
    /// The cursor of the next page; null on the last.
    #[schema(value_type = Option<Cursor>, required = true)]
    pub next_cursor: Option<String>,
}

/// Which page of which invoices.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// How many at the most.
    #[serde(default, deserialize_with = "page::digits")]
    #[validate(range(min = 1, max = MAX_LIMIT))]
    #[param(value_type = u32, required = false, minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[param(value_type = Cursor, required = false, inline)]
    pub cursor: Option<Cursor>,
    /// Only invoices in this state.
    #[param(value_type = Status, required = false, inline)]
    pub status: Option<Status>,
}

impl ContentRequest {
    pub fn content(self) -> Result<Content, Problem> {
        Ok(Content {
            customer_name: parse("customer_name", self.customer_name.as_str())?,
            customer_email: parse("customer_email", self.customer_email.as_str())?,
            money: Money {
                amount: parse("amount_minor", &self.amount_minor)?,
                currency: parse("currency", self.currency.as_str())?,
            },
            due_on: parse("due_on", self.due_on.as_str())?,
            memo: self
                .memo
                .map(|memo| parse("memo", memo.as_str()))
                .transpose()?,
        })
    }
}

/// Names the content as it is kept, so that a key that is sent again with other content is noticed.
pub fn fingerprint(content: &Content) -> [u8; 32] {
    let members = (
        content.customer_name.as_str(),
        content.customer_email.as_str(),
        content.money.amount.get(),
        content.money.currency.code(),
        content.due_on.0.to_julian_day(),
        content.memo.as_ref().map(Memo::as_str),
    );
    let text = serde_json::to_vec(&members).unwrap_or_default();
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(digest(&SHA256, &text).as_ref());
    fingerprint
}

impl ChangeRequest {
    pub fn changes_content(&self) -> bool {
        self.customer_name.is_some()
            || self.customer_email.is_some()
            || self.amount_minor.is_some()
            || self.currency.is_some()
            || self.due_on.is_some()
            || self.memo.is_some()
    }

    pub fn merged_into(&self, content: &Content) -> Result<Content, Problem> {
        let mut merged = content.clone();
        if let Some(name) = &self.customer_name {
            merged.customer_name = parse("customer_name", name.as_str())?;
        }
        if let Some(email) = &self.customer_email {
            merged.customer_email = parse("customer_email", email.as_str())?;
        }
        if let Some(amount) = &self.amount_minor {
            merged.money.amount = parse("amount_minor", amount)?;
        }
        if let Some(currency) = &self.currency {
            merged.money.currency = parse("currency", currency.as_str())?;
        }
        if let Some(due_on) = &self.due_on {
            merged.due_on = parse("due_on", due_on.as_str())?;
        }
        if let Some(memo) = &self.memo {
            let memo = memo.as_ref().map(|memo| parse("memo", memo.as_str()));
            merged.memo = memo.transpose()?;
        }
        Ok(merged)
    }
}

impl From<Invoice> for InvoiceResponse {
    fn from(invoice: Invoice) -> Self {
        let Content {
            customer_name,
            customer_email,
            money,
            due_on,
            memo,
        } = invoice.content;
        Self {
            id: invoice.id,
            owner: invoice.owner.subject.to_string(),
            customer_name: customer_name.into_string(),
            customer_email: customer_email.into_string(),
            amount_minor: money.amount.get(),
            currency: money.currency.code(),
            due_on: due_on.0.to_string(),
            memo: memo.map(Memo::into_string),
            status: invoice.status,
            created_at: invoice.created_at,
            updated_at: invoice.updated_at,
        }
    }
}

fn parse<Raw: ?Sized, T: Parse<Raw>>(member: &'static str, raw: &Raw) -> Result<T, Problem> {
    T::parse(raw).map_err(|Invalid(code)| {
        Problem::Unprocessable(vec![Violation::new(format!("/{member}"), code)])
    })
}

/// A change of nothing would make a new version without asking for any permission.
fn changes_something(change: &ChangeRequest) -> Result<(), ValidationError> {
    if change.changes_content() || change.status.is_some() {
        Ok(())
    } else {
        Err(ValidationError::new("empty"))
    }
}

/// `validator` hands numbers over by value.
fn amount(raw: i64) -> Result<(), ValidationError> {
    rule::<i64, AmountMinor>(&raw)
}

/// A member that is there: `null` is then a value like any other, and not "leave it as it is".
fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
