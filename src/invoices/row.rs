//! Rows as the database has them, parsed like any other input: somebody else may have written them.

use std::sync::Arc;

use sqlx::FromRow;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    model::{Content, Invoice, InvoiceId, Status},
    store::{Attempt, Creation, Written},
    values::{AmountMinor, Currency, CustomerEmail, CustomerName, DueOn, Memo, Money},
};
use platform::{
    auth::Identity,
    db::StoreError,
    parse::{Invalid, Parse},
};

/// A row as the database has it.
#[derive(FromRow)]
pub struct InvoiceRow {
    id: Uuid,
    owner_issuer: Arc<str>,
    owner: Arc<str>,
    customer_name: String,
    customer_email: String,
    amount_minor: i64,
    currency: String,
    due_on: Date,
    memo: Option<String>,
    status: String,
    version: i64,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

#[derive(FromRow)]
pub struct KeyRow {
    pub fingerprint: Vec<u8>,
    pub invoice_id: Uuid,
    pub created_at: OffsetDateTime,
}

impl KeyRow {
    /// What the key of this row is to an attempt that uses it again.
    pub fn used_again(self, attempt: &Attempt) -> Creation {
        if self.fingerprint == attempt.fingerprint {
            Creation::Repeated {
                id: InvoiceId(self.invoice_id),
                at: self.created_at,
            }
        } else {
            Creation::KeyReused
        }
    }
}

/// What a change of one row came to.
pub fn written(rows: u64) -> Written {
    if rows == 1 {
        Written::Done
    } else {
        Written::Outdated
    }
}

impl TryFrom<InvoiceRow> for Invoice {
    type Error = StoreError;

    fn try_from(row: InvoiceRow) -> Result<Self, StoreError> {
        fn sound<T>(parsed: Result<T, Invalid>, column: &'static str) -> Result<T, StoreError> {
            parsed.map_err(|_| StoreError::Corrupt(column))
        }
        let name = CustomerName::try_from(row.customer_name);
        let email = CustomerEmail::try_from(row.customer_email);
        Ok(Self {
            id: InvoiceId(row.id),
            owner: Identity {
                issuer: row.owner_issuer,
                subject: row.owner,
            },
            content: Content {
                customer_name: sound(name, "customer_name")?,
                customer_email: sound(email, "customer_email")?,
                money: Money {
                    amount: sound(AmountMinor::parse(&row.amount_minor), "amount_minor")?,
                    currency: sound(Currency::parse(row.currency.as_str()), "currency")?,
                },
                due_on: DueOn(row.due_on),
                memo: row
                    .memo
                    .map(|memo| sound(Memo::try_from(memo), "memo"))
                    .transpose()?,
            },
            status: Status::named(&row.status).ok_or(StoreError::Corrupt("status"))?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
