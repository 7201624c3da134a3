//! The sample resource. Delete this folder and write your own beside it.
//!
//! An editor drafts an invoice; it is theirs, and to everybody else it does not exist. An approver,
//! who sees all of them, issues it, and never their own. From then on nobody changes its content.
//! `model` and `values` keep those rules, `http` and `body` are the operations and what they read and
//! write, `store` is what they ask for, `sql` and `row` are the answer.

mod body;
mod example;
mod http;
mod model;
mod row;
mod sql;
mod store;
mod values;

pub use body::InvoiceResponse;
pub use model::{Content, Invoice, InvoiceId, Status};
pub use sql::SqliteInvoices;
pub use store::{Attempt, Creation, InvoiceStore, PageRequest, VisibleTo, Written};

pub use values::{AmountMinor, Currency, CustomerEmail, CustomerName, DueOn, Memo, Money};

use std::sync::Arc;

use platform::{
    app::Slice,
    http::routing::route::{API_PREFIX, Resource},
};

const COLLECTION: &str = "/invoices";
const ITEM: &str = "/invoices/{id}";

/// Invoices, as the service lists them.
pub const SLICE: Slice = Slice {
    routes,
    stores: |pool, settings, stores| {
        let bound = settings.per_owner.rows;
        stores.add::<dyn InvoiceStore>(Arc::new(SqliteInvoices::new(pool.clone(), bound)));
    },
    example: Some(example::EXAMPLE),
    ..Slice::NONE
};

/// The operations on invoices.
fn routes() -> Vec<Resource> {
    vec![
        Resource::at(COLLECTION)
            .get(
                "invoices_list",
                "List the invoices that the caller may see, newest first.",
                http::list,
            )
            .post("invoices_create", "Draft an invoice.", http::create),
        Resource::at(ITEM)
            .get("invoices_read", "Read an invoice.", http::read)
            .put(
                "invoices_replace",
                "Replace the content of a draft of one's own.",
                http::replace,
            )
            .patch(
                "invoices_change",
                "Change the content of a draft of one's own, or move another's invoice on.",
                http::change,
            )
            .delete(
                "invoices_delete",
                "Delete a draft of one's own.",
                http::delete,
            ),
    ]
}

fn collection_path() -> String {
    format!("{API_PREFIX}{COLLECTION}")
}
