//! The statements, written once for every engine: `$1` is understood by both SQLite and PostgreSQL.
//!
//! Values are bound, never pasted: there is no place for an injection to stand (ASVS 1.2.4).

macro_rules! columns {
    () => {
        "id, owner_issuer, owner, customer_name, customer_email, amount_minor, currency, due_on, \
         memo, status, version, created_at, updated_at"
    };
}

pub(super) const INSERT: &str = concat!(
    "INSERT INTO invoices (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
);

// Four lists, because a condition that may be absent keeps the planner from using an index. Each is
// a range of one index, read from its end.
pub(super) const LIST_OWN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
);
pub(super) const LIST_OWN_BY_STATUS: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE owner_issuer = $1 AND owner = $2 AND id < $3 AND status = $5",
    " ORDER BY id DESC LIMIT $4"
);
pub(super) const LIST_ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE id < $1 ORDER BY id DESC LIMIT $2"
);
pub(super) const LIST_ALL_BY_STATUS: &str = concat!(
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
pub(super) const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM invoices WHERE id = $1 AND ",
    visible!("$2", "$3")
);
// Identity, owner and created_at never change, so no statement can change them.
pub(super) const UPDATE: &str = concat!(
    "UPDATE invoices SET customer_name = $5, customer_email = $6, amount_minor = $7, currency = $8,",
    " due_on = $9, memo = $10, status = $11, version = version + 1, updated_at = $12",
    " WHERE id = $1 AND version = $4 AND ",
    visible!("$2", "$3")
);
pub(super) const DELETE: &str = concat!(
    "DELETE FROM invoices WHERE id = $1 AND version = $4 AND ",
    visible!("$2", "$3")
);

// The caller's own key, if it is too old to count; and some others, but not all that a busy day left:
// whoever comes next must not pay for it.
pub(super) const FORGET_KEY: &str = "DELETE FROM invoice_idempotency_keys \
    WHERE owner_issuer = $1 AND owner = $2 AND key = $3 AND created_at < $4";
pub(super) const FORGET_SOME_KEYS: &str = "DELETE FROM invoice_idempotency_keys \
    WHERE (owner_issuer, owner, key) IN (SELECT owner_issuer, owner, key \
    FROM invoice_idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT 100)";
// Nothing, when the owner has all that one may have. The row is the owner's lock: of two creations at
// once, the second one sees what the first one has made. Triggers count (`0003_create_invoice_owners`).
pub(super) const HAS_ROOM: &str = "INSERT INTO invoice_owners (owner_issuer, owner) VALUES ($1, $2) \
    ON CONFLICT (owner_issuer, owner) DO UPDATE SET invoices = invoice_owners.invoices \
    WHERE invoice_owners.invoices < $3 AND invoice_owners.idempotency_keys <= $3";

// The primary key makes the race: of two attempts with one key, one inserts.
pub(super) const CLAIM_KEY: &str = "INSERT INTO invoice_idempotency_keys \
    (owner_issuer, owner, key, fingerprint, invoice_id, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
pub(super) const FIND_KEY: &str = "SELECT fingerprint, invoice_id, created_at FROM invoice_idempotency_keys \
    WHERE owner_issuer = $1 AND owner = $2 AND key = $3";
