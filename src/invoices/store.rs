//! What the operations ask of a store. Every engine keeps this contract: `tests/store` runs the
//! same suite against each.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::model::{Invoice, InvoiceId, Status};
use platform::{auth::Identity, db::StoreError, http::request::page::Cursor};

/// Whose invoices a caller may see. It is part of each query, not a check after it: a row that the
/// caller may not know of is never loaded (API1:2023).
#[derive(Debug, Clone)]
pub enum VisibleTo {
    /// Those of one owner.
    Owner(Identity),
    /// All of them.
    Everyone,
}

/// Which part of a list is asked for; newest first.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// Rows at the most.
    pub limit: u32,
    /// Begin after this row.
    pub after: Option<Cursor>,
    pub status: Option<Status>,
}

/// A client's name for one creation.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub key: String,
    /// SHA-256 of what is to be created.
    pub fingerprint: [u8; 32],
    /// Keys made before this are forgotten.
    pub forget_before: OffsetDateTime,
}

/// How a creation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    Created,
    /// The same attempt created this one before.
    Repeated {
        id: InvoiceId,
        at: OffsetDateTime,
    },
    /// The key was used for something else.
    KeyReused,
    /// The owner has as many invoices, or remembered keys, as one may have.
    OwnerFull,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Done,
    /// The version that was expected is not there, or no longer: nothing was changed.
    Outdated,
}

/// Keeps invoices. Every change is one transaction: all of it happens, durably, or nothing.
#[async_trait]
pub trait InvoiceStore: Send + Sync {
    /// Adds an invoice, unless this owner's `attempt` has been seen before, or the owner has as many
    /// as the store lets one owner have. Both are decided in the transaction that adds it, so that
    /// creations at the same time cannot pass together.
    async fn create(
        &self,
        invoice: &Invoice,
        attempt: Option<&Attempt>,
    ) -> Result<Creation, StoreError>;

    /// One page.
    async fn list(
        &self,
        visible_to: &VisibleTo,
        page: PageRequest,
    ) -> Result<Vec<Invoice>, StoreError>;

    /// One invoice, if it may be seen.
    async fn find(
        &self,
        visible_to: &VisibleTo,
        id: InvoiceId,
    ) -> Result<Option<Invoice>, StoreError>;

    /// Replaces version `invoice.version - 1` by `invoice`.
    async fn update(
        &self,
        visible_to: &VisibleTo,
        invoice: &Invoice,
    ) -> Result<Written, StoreError>;

    /// Removes that version.
    async fn delete(
        &self,
        visible_to: &VisibleTo,
        id: InvoiceId,
        version: i64,
    ) -> Result<Written, StoreError>;
}
