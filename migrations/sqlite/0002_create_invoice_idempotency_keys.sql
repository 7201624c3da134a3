-- What a client's Idempotency-Key made, so that asking again does not make it twice.
-- No foreign key: the answer outlives an invoice that was deleted since.
CREATE TABLE invoice_idempotency_keys (
    owner_issuer   TEXT NOT NULL,
    owner          TEXT NOT NULL,
    key            TEXT NOT NULL,
    fingerprint    BLOB NOT NULL CHECK (length(fingerprint) = 32), -- SHA-256 of the request's content
    invoice_id     BLOB NOT NULL CHECK (length(invoice_id) = 16),
    created_at     TEXT NOT NULL,
    PRIMARY KEY (owner_issuer, owner, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX invoice_idempotency_keys_by_age ON invoice_idempotency_keys (created_at);
