-- What each owner has of each resource, so that the bound on it costs one row to check and not a count
-- of all rows. The store counts rows in the transaction that makes or removes one.
CREATE TABLE rows_of_owners (
    resource         TEXT    NOT NULL,
    owner_issuer     TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    rows             INTEGER NOT NULL DEFAULT 0,
    idempotency_keys INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (resource, owner_issuer, owner)
) STRICT, WITHOUT ROWID;
