//! The sample resource. `just remove-sample` takes it out; `just new-resource orders` writes yours.
//!
//! An editor drafts an invoice and owns it; callers without `invoices:read_any` see only their own
//! invoices. An approver sees all invoices and issues those of other owners. The content of an issued
//! invoice never changes.
//!
//! Read `model` for what an invoice is, `http` for what may be done with it and in which order it is
//! checked, `body` for what is read and written, and `sql` for the statements.

mod body;
mod http;
mod model;
mod sql;

use model::Invoice;
use platform::{Example, Slice, http::Resource};

/// Invoices, as the service lists them.
pub const SLICE: Slice = Slice {
    example: Some(EXAMPLE),
    ..Slice::of::<Invoice>(routes)
};

/// The operations on invoices.
fn routes() -> Vec<Resource> {
    vec![
        Resource::at("/invoices")
            .get(
                "invoices_list",
                "List the invoices that the caller may see, newest first.",
                http::list,
            )
            .post("invoices_create", "Draft an invoice.", http::create),
        Resource::at("/invoices/{id}")
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

/// Lines to try invoices with: `serve` prints them in profile dev, and they work when they are pasted.
const EXAMPLE: Example = Example {
    role: "editor",
    lines: r#"
BODY='{"customer_name":"Ada Lovelace","customer_email":"ada@example.com","amount_minor":1999,"currency":"EUR","due_on":"2030-01-31"}'
api $URL/invoices --json "$BODY"                         # 201, with Location and ETag
ID=$(api $URL/invoices --json "$BODY" | sed -n 's/^location: .*[/]//p' | tr -d '\r')
api $URL/invoices/$ID                                    # 200
api $URL/invoices/$ID -X DELETE                          # 428: say which version you read
api $URL/invoices/$ID -X DELETE -H 'If-Match: "7"'       # 412: not that one
api $URL/invoices/$ID -X DELETE -H 'If-Match: "1"'       # 204
api $URL/invoices/$ID                                    # 404
api $URL/invoices --json '{"amount_minor":0}'            # 400: what is missing
api $URL/invoices --json "${BODY/1999/0}"                # 422: which rule is broken
api $URL/invoices -X DELETE                              # 405, with Allow
"#,
};
