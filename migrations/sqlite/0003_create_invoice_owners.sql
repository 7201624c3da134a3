-- What each owner has, so that the bound on it costs one row to check and not a count of all of them.
-- Triggers count, whoever writes: this service, or an operator who tidies up by hand.
CREATE TABLE invoice_owners (
    owner_issuer     TEXT    NOT NULL,
    owner            TEXT    NOT NULL,
    invoices         INTEGER NOT NULL DEFAULT 0,
    idempotency_keys INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (owner_issuer, owner)
) STRICT, WITHOUT ROWID;

INSERT INTO invoice_owners (owner_issuer, owner, invoices, idempotency_keys)
SELECT owner_issuer, owner, sum(invoices), sum(idempotency_keys)
FROM (
    SELECT owner_issuer, owner, 1 AS invoices, 0 AS idempotency_keys FROM invoices
    UNION ALL
    SELECT owner_issuer, owner, 0, 1 FROM invoice_idempotency_keys
)
GROUP BY owner_issuer, owner;

CREATE TRIGGER invoices_count_insert AFTER INSERT ON invoices BEGIN
    INSERT INTO invoice_owners (owner_issuer, owner, invoices)
    VALUES (new.owner_issuer, new.owner, 1)
    ON CONFLICT (owner_issuer, owner) DO UPDATE SET invoices = invoices + 1;
END;

CREATE TRIGGER invoices_count_delete AFTER DELETE ON invoices BEGIN
    UPDATE invoice_owners SET invoices = invoices - 1
    WHERE owner_issuer = old.owner_issuer AND owner = old.owner;
END;

CREATE TRIGGER invoices_count_change_of_owner AFTER UPDATE OF owner_issuer, owner ON invoices BEGIN
    UPDATE invoice_owners SET invoices = invoices - 1
    WHERE owner_issuer = old.owner_issuer AND owner = old.owner;
    INSERT INTO invoice_owners (owner_issuer, owner, invoices)
    VALUES (new.owner_issuer, new.owner, 1)
    ON CONFLICT (owner_issuer, owner) DO UPDATE SET invoices = invoices + 1;
END;

CREATE TRIGGER invoice_idempotency_keys_count_insert AFTER INSERT ON invoice_idempotency_keys BEGIN
    INSERT INTO invoice_owners (owner_issuer, owner, idempotency_keys)
    VALUES (new.owner_issuer, new.owner, 1)
    ON CONFLICT (owner_issuer, owner) DO UPDATE SET idempotency_keys = idempotency_keys + 1;
END;

CREATE TRIGGER invoice_idempotency_keys_count_delete AFTER DELETE ON invoice_idempotency_keys BEGIN
    UPDATE invoice_owners SET idempotency_keys = idempotency_keys - 1
    WHERE owner_issuer = old.owner_issuer AND owner = old.owner;
END;
