//! The statements, written once for every engine (`$1` is understood by both SQLite and PostgreSQL),
//! and the one implementation that a macro gives each engine's pool.
//!
//! Values are bound, never pasted: there is no place for an injection to stand (ASVS 1.2.4).

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, Pool, Sqlite};
use uuid::Uuid;

use super::{
    model::{Invoice, InvoiceId},
    row::{InvoiceRow, KeyRow, written},
    store::{Attempt, Creation, InvoiceStore, PageRequest, VisibleTo, Written},
    values::Memo,
};
use crate::db::{Kept, StoreError};

macro_rules! columns {
    () => {
        "id, owner_issuer, owner, customer_name, customer_email, amount_minor, currency, due_on, \
         memo, status, version, created_at, updated_at"
    };
}

const INSERT: &str = concat!(
    "INSERT INTO invoices (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);

// Four lists, because a condition that may be absent keeps the planner from using an index. Each is
// a range of one index, read from its end.
const LIST_OWN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
);
const LIST_OWN_BY_STATUS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 AND status = $5",
    " ORDER BY id DESC LIMIT $4"
);
const LIST_ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE id < $1 ORDER BY id DESC LIMIT $2"
);
const LIST_ALL_BY_STATUS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE id < $1 AND status = $3 ORDER BY id DESC LIMIT $2"
);

// One row by its key; the owner is no search condition but a veto, so it may be absent.
macro_rules! visible {
    ($issuer:literal, $owner:literal) => {
        concat!(
            "(CAST(",
            $issuer,
            " AS TEXT) IS NULL OR (owner_issuer = ",
            $issuer,
            " AND owner = ",
            $owner,
            "))"
        )
    };
}
const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE id = $1 AND ",
    visible!("$2", "$3")
);
// Identity, owner and created_at never change, so no statement can change them.
const UPDATE: &str = concat!(
    "UPDATE invoices SET customer_name = $5, customer_email = $6, amount_minor = $7, currency = $8,",
    " due_on = $9, memo = $10, status = $11, version = version + 1, updated_at = $12",
    " WHERE id = $1 AND version = $4 AND ",
    visible!("$2", "$3")
);
const DELETE: &str = concat!(
    "DELETE FROM invoices WHERE id = $1 AND version = $4 AND ",
    visible!("$2", "$3")
);

// The caller's own key, if it is too old to count; and some others, but not all that a busy day left:
// whoever comes next must not pay for it.
const FORGET_KEY: &str = "DELETE FROM invoice_idempotency_keys \
    WHERE owner_issuer = $1 AND owner = $2 AND key = $3 AND created_at < $4";
const FORGET_SOME_KEYS: &str = "DELETE FROM invoice_idempotency_keys \
    WHERE (owner_issuer, owner, key) IN (SELECT owner_issuer, owner, key \
    FROM invoice_idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT 100)";
// The primary key makes the race: of two attempts with one key, one inserts.
const CLAIM_KEY: &str = "INSERT INTO invoice_idempotency_keys \
    (owner_issuer, owner, key, fingerprint, invoice_id, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
const FIND_KEY: &str = "SELECT fingerprint, invoice_id, created_at FROM invoice_idempotency_keys \
    WHERE owner_issuer = $1 AND owner = $2 AND key = $3";

impl VisibleTo {
    /// What the `visible!` condition is bound to: nothing, for a caller who sees everything.
    fn bound(&self) -> (Option<Arc<str>>, Option<Arc<str>>) {
        match self {
            Self::Owner(owner) => (Some(owner.issuer.clone()), Some(owner.subject.clone())),
            Self::Everyone => (None, None),
        }
    }
}

/// The store of one engine.
macro_rules! invoice_store {
    ($(#[$doc:meta])* $name:ident, $database:ty) => {
        $(#[$doc])*
        pub struct $name(Kept<$database>);

        impl $name {
            #[must_use]
            pub fn new(pool: Pool<$database>) -> Self {
                Self(Kept::new(pool))
            }
        }

        #[async_trait]
        impl InvoiceStore for $name {
            async fn create(
                &self,
                invoice: &Invoice,
                attempt: Option<&Attempt>,
            ) -> Result<Creation, StoreError> {
                let Invoice { owner, content, .. } = invoice;
                // A transaction of SQLite becomes a writer with its first statement, so that one is a
                // write: a reader that turns writer later can lose the race and must start again.
                let mut connection = self.0.connection().await?;
                let mut transaction = connection.begin().await?;
                if let Some(attempt) = attempt {
                    sqlx::query(FORGET_KEY)
                        .bind(&*owner.issuer)
                        .bind(&*owner.subject)
                        .bind(&attempt.key)
                        .bind(attempt.forget_before)
                        .execute(&mut *transaction)
                        .await?;
                    sqlx::query(FORGET_SOME_KEYS)
                        .bind(attempt.forget_before)
                        .execute(&mut *transaction)
                        .await?;
                    let claimed = sqlx::query(CLAIM_KEY)
                        .bind(&*owner.issuer)
                        .bind(&*owner.subject)
                        .bind(&attempt.key)
                        .bind(attempt.fingerprint.as_slice())
                        .bind(invoice.id.0)
                        .bind(invoice.created_at)
                        .execute(&mut *transaction)
                        .await?;
                    if claimed.rows_affected() == 0 {
                        let before: KeyRow = sqlx::query_as(FIND_KEY)
                            .bind(&*owner.issuer)
                            .bind(&*owner.subject)
                            .bind(&attempt.key)
                            .fetch_one(&mut *transaction)
                            .await?;
                        let same = before.fingerprint == attempt.fingerprint;
                        let repeated = Creation::Repeated {
                            id: InvoiceId(before.invoice_id),
                            at: before.created_at,
                        };
                        return Ok(if same { repeated } else { Creation::KeyReused });
                    }
                }
                sqlx::query(INSERT)
                    .bind(invoice.id.0)
                    .bind(&*owner.issuer)
                    .bind(&*owner.subject)
                    .bind(content.customer_name.as_str())
                    .bind(content.customer_email.as_str())
                    .bind(content.money.amount.get())
                    .bind(content.money.currency.code())
                    .bind(content.due_on.0)
                    .bind(content.memo.as_ref().map(Memo::as_str))
                    .bind(invoice.status.name())
                    .bind(invoice.version)
                    .bind(invoice.created_at)
                    .bind(invoice.updated_at)
                    .execute(&mut *transaction)
                    .await?;
                transaction.commit().await?;
                connection.keep();
                Ok(Creation::Created)
            }

            async fn list(
                &self,
                visible_to: &VisibleTo,
                page: PageRequest,
            ) -> Result<Vec<Invoice>, StoreError> {
                // The first page begins below the greatest id there can be.
                let below = page.after.map_or(Uuid::max(), |cursor| cursor.0);
                let limit = i64::from(page.limit);
                let query = match (visible_to, page.status) {
                    (VisibleTo::Owner(_), None) => sqlx::query_as(LIST_OWN),
                    (VisibleTo::Owner(_), Some(_)) => sqlx::query_as(LIST_OWN_BY_STATUS),
                    (VisibleTo::Everyone, None) => sqlx::query_as(LIST_ALL),
                    (VisibleTo::Everyone, Some(_)) => sqlx::query_as(LIST_ALL_BY_STATUS),
                };
                let query = match visible_to {
                    VisibleTo::Owner(owner) => query.bind(&*owner.issuer).bind(&*owner.subject),
                    VisibleTo::Everyone => query,
                };
                let query = query.bind(below).bind(limit);
                let query = match page.status {
                    Some(status) => query.bind(status.name()),
                    None => query,
                };
                let mut connection = self.0.connection().await?;
                let rows: Vec<InvoiceRow> = query.fetch_all(&mut *connection).await?;
                connection.keep();
                rows.into_iter().map(Invoice::try_from).collect()
            }

            async fn find(
                &self,
                visible_to: &VisibleTo,
                id: InvoiceId,
            ) -> Result<Option<Invoice>, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let mut connection = self.0.connection().await?;
                let row: Option<InvoiceRow> = sqlx::query_as(FIND)
                    .bind(id.0)
                    .bind(issuer)
                    .bind(owner)
                    .fetch_optional(&mut *connection)
                    .await?;
                connection.keep();
                row.map(Invoice::try_from).transpose()
            }

            async fn update(
                &self,
                visible_to: &VisibleTo,
                invoice: &Invoice,
            ) -> Result<Written, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let content = &invoice.content;
                let mut connection = self.0.connection().await?;
                let done = sqlx::query(UPDATE)
                    .bind(invoice.id.0)
                    .bind(issuer)
                    .bind(owner)
                    .bind(invoice.version - 1)
                    .bind(content.customer_name.as_str())
                    .bind(content.customer_email.as_str())
                    .bind(content.money.amount.get())
                    .bind(content.money.currency.code())
                    .bind(content.due_on.0)
                    .bind(content.memo.as_ref().map(Memo::as_str))
                    .bind(invoice.status.name())
                    .bind(invoice.updated_at)
                    .execute(&mut *connection)
                    .await?;
                connection.keep();
                Ok(written(done.rows_affected()))
            }

            async fn delete(
                &self,
                visible_to: &VisibleTo,
                id: InvoiceId,
                version: i64,
            ) -> Result<Written, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let mut connection = self.0.connection().await?;
                let done = sqlx::query(DELETE)
                    .bind(id.0)
                    .bind(issuer)
                    .bind(owner)
                    .bind(version)
                    .execute(&mut *connection)
                    .await?;
                connection.keep();
                Ok(written(done.rows_affected()))
            }
        }
    };
}

invoice_store! {
    /// Invoices in SQLite.
    SqliteInvoices, Sqlite
}

#[cfg(test)]
mod plans;
