//! Rows as the database has them, parsed like any other input: somebody else may have written them.

use sqlx::FromRow;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    model::{Content, Invoice, InvoiceId, Status},
    store::Written,
    values::{AmountMinor, Currency, CustomerEmail, CustomerName, DueOn, Memo, Money},
};
use crate::{auth::Identity, db::StoreError, parse::Parse};

/// A row as the database has it.
#[derive(FromRow)]
pub struct InvoiceRow {
    id: Uuid,
    owner_issuer: String,
    owner: String,
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
        fn parse<T: Parse<str>>(raw: &str, column: &'static str) -> Result<T, StoreError> {
            T::parse(raw).map_err(|_| StoreError::Corrupt(column))
        }
        let amount = AmountMinor::parse(&row.amount_minor);
        Ok(Self {
            id: InvoiceId(row.id),
            owner: Identity {
                issuer: row.owner_issuer.into(),
                subject: row.owner.into(),
            },
            content: Content {
                customer_name: parse::<CustomerName>(&row.customer_name, "customer_name")?,
                customer_email: parse::<CustomerEmail>(&row.customer_email, "customer_email")?,
                money: Money {
                    amount: amount.map_err(|_| StoreError::Corrupt("amount_minor"))?,
                    currency: parse::<Currency>(&row.currency, "currency")?,
                },
                due_on: DueOn(row.due_on),
                memo: row
                    .memo
                    .map(|memo| parse::<Memo>(&memo, "memo"))
                    .transpose()?,
            },
            status: Status::named(&row.status).ok_or(StoreError::Corrupt("status"))?,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
