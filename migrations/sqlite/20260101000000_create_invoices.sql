-- An invoice belongs to its owner: the subject of a token together with the issuer that vouches for
-- it, because two issuers may both know an "alice".
CREATE TABLE invoices (
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16), -- UUIDv7: sorts by time
    owner_issuer   TEXT    NOT NULL,
    owner          TEXT    NOT NULL,
    customer_name  TEXT    NOT NULL,
    customer_email TEXT    NOT NULL,
    amount_minor   INTEGER NOT NULL CHECK (amount_minor > 0),
    currency       TEXT    NOT NULL CHECK (length(currency) = 3),
    due_on         TEXT    NOT NULL,
    memo           TEXT,
    status         TEXT    NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
    version        INTEGER NOT NULL CHECK (version > 0),
    created_at     TEXT    NOT NULL,
    updated_at     TEXT    NOT NULL
) STRICT;

-- A page is a range of one of these, newest first: its cost does not depend on what lies before it.
CREATE INDEX invoices_of_owner ON invoices (owner_issuer, owner, id);
CREATE INDEX invoices_of_owner_by_status ON invoices (owner_issuer, owner, status, id);
CREATE INDEX invoices_by_status ON invoices (status, id);
