-- What each owner has of each resource, so that the bound on it costs one row to check and not a count
-- of all rows. The store counts rows in the transaction that makes or removes one.
CREATE TABLE rows_of_owners (
    resource         text   NOT NULL,
    owner_issuer     text   NOT NULL,
    owner            text   NOT NULL,
    rows             bigint NOT NULL DEFAULT 0,
    idempotency_keys bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (resource, owner_issuer, owner)
);
