-- An invoice belongs to its owner: the subject of a token together with the issuer that vouches for
-- it, because two issuers may both know an "alice".
CREATE TABLE invoices (
    id             uuid        NOT NULL PRIMARY KEY, -- UUIDv7: sorts by time
    owner_issuer   text        NOT NULL,
    owner          text        NOT NULL,
    customer_name  text        NOT NULL,
    customer_email text        NOT NULL,
    amount_minor   bigint      NOT NULL CHECK (amount_minor > 0),
    currency       text        NOT NULL CHECK (length(currency) = 3),
    due_on         date        NOT NULL,
    memo           text,
    status         text        NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void')),
    version        bigint      NOT NULL CHECK (version > 0),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

-- A page is a range of one of these, newest first: its cost does not depend on what lies before it.
CREATE INDEX invoices_of_owner ON invoices (owner_issuer, owner, id);
CREATE INDEX invoices_of_owner_by_status ON invoices (owner_issuer, owner, status, id);
CREATE INDEX invoices_by_status ON invoices (status, id);

-- The second line behind the condition of each statement: a statement that forgets it sees nothing of others.
-- `app.scope` is set before a connection is used, and who sets none sees no row. FORCE: the owner of the table too.
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY invoices_of_the_caller ON invoices USING (
    current_setting('app.scope', true) = 'everyone'
    OR (current_setting('app.scope', true) = 'owner'
        AND owner_issuer = current_setting('app.owner_issuer', true)
        AND owner = current_setting('app.owner', true))
);
