//! The store of invoices, written once: a macro gives each engine's connections the one implementation.
//!
//! The statements are in `statements.rs`. Each method is one piece of work with one connection
//! ([`ConnectionCache::run`]), and each change is one transaction.

mod statements;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{Connection, Pool, Sqlite};
use uuid::Uuid;

use self::statements::{
    CLAIM_KEY, DELETE, FIND, FIND_KEY, FORGET_KEY, FORGET_SOME_KEYS, HAS_ROOM, INSERT, LIST_ALL,
    LIST_ALL_BY_STATUS, LIST_OWN, LIST_OWN_BY_STATUS, UPDATE,
};
use super::{
    model::{Invoice, InvoiceId},
    row::{InvoiceRow, KeyRow, written},
    store::{Attempt, Creation, InvoiceStore, PageRequest, VisibleTo, Written},
    values::Memo,
};
use platform::db::{ConnectionCache, StoreError, Unique};

/// The unique constraints of these tables, and what a violation of each is called.
const UNIQUE: &[Unique] = &[Unique {
    constraint: "invoices_pkey",
    columns: "invoices.id",
    code: "id_taken",
}];

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
        pub struct $name {
            connections: ConnectionCache<$database>,
            max_of_owner: u32,
        }

        impl $name {
            /// A store that keeps `max_of_owner` invoices of one owner at most, and so many of the
            /// owner's idempotency keys.
            #[must_use]
            pub fn new(pool: Pool<$database>, max_of_owner: u32) -> Self {
                let connections = ConnectionCache::new(pool, UNIQUE);
                Self { connections, max_of_owner }
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
                self.connections
                    .run(async |connection| {
                        // A transaction of SQLite becomes a writer with its first statement, so that
                        // one is a write: a reader that turns writer later can lose the race and
                        // must start again. What ends before the commit is rolled back.
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
                                return Ok(before.used_again(attempt));
                            }
                        }
                        let room = sqlx::query(HAS_ROOM)
                            .bind(&*owner.issuer)
                            .bind(&*owner.subject)
                            .bind(i64::from(self.max_of_owner))
                            .execute(&mut *transaction)
                            .await?;
                        if room.rows_affected() == 0 {
                            return Ok(Creation::OwnerFull);
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
                        Ok(Creation::Created)
                    })
                    .await
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
                let rows: Vec<InvoiceRow> = self
                    .connections
                    .run(async |connection| query.fetch_all(connection).await)
                    .await?;
                rows.into_iter().map(Invoice::try_from).collect()
            }

            async fn find(
                &self,
                visible_to: &VisibleTo,
                id: InvoiceId,
            ) -> Result<Option<Invoice>, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let query = sqlx::query_as(FIND).bind(id.0).bind(issuer).bind(owner);
                let row: Option<InvoiceRow> = self
                    .connections
                    .run(async |connection| query.fetch_optional(connection).await)
                    .await?;
                row.map(Invoice::try_from).transpose()
            }

            async fn update(
                &self,
                visible_to: &VisibleTo,
                invoice: &Invoice,
            ) -> Result<Written, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let content = &invoice.content;
                let query = sqlx::query(UPDATE)
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
                    .bind(invoice.updated_at);
                let done = self
                    .connections
                    .run(async |connection| query.execute(connection).await)
                    .await?;
                Ok(written(done.rows_affected()))
            }

            async fn delete(
                &self,
                visible_to: &VisibleTo,
                id: InvoiceId,
                version: i64,
            ) -> Result<Written, StoreError> {
                let (issuer, owner) = visible_to.bound();
                let query = sqlx::query(DELETE)
                    .bind(id.0)
                    .bind(issuer)
                    .bind(owner)
                    .bind(version);
                let done = self
                    .connections
                    .run(async |connection| query.execute(connection).await)
                    .await?;
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
