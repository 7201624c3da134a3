-- What a client's Idempotency-Key made, so that asking again does not make it twice. A key is of one
-- caller and one resource. No foreign key: the answer outlives a row that was deleted since.
CREATE TABLE idempotency_keys (
    resource     TEXT NOT NULL,
    owner_issuer TEXT NOT NULL,
    owner        TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  BLOB NOT NULL CHECK (length(fingerprint) = 32), -- SHA-256 of the request's content
    object_id    BLOB NOT NULL CHECK (length(object_id) = 16),
    created_at   TEXT NOT NULL,
    PRIMARY KEY (resource, owner_issuer, owner, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_owner_by_age
    ON idempotency_keys (resource, owner_issuer, owner, created_at);

-- Old keys of many owners are forgotten with one statement, so triggers count them.
CREATE TRIGGER idempotency_keys_count_insert AFTER INSERT ON idempotency_keys BEGIN
    INSERT INTO rows_of_owners (resource, owner_issuer, owner, idempotency_keys)
    VALUES (new.resource, new.owner_issuer, new.owner, 1)
    ON CONFLICT (resource, owner_issuer, owner) DO UPDATE SET idempotency_keys = idempotency_keys + 1;
END;

CREATE TRIGGER idempotency_keys_count_delete AFTER DELETE ON idempotency_keys BEGIN
    UPDATE rows_of_owners SET idempotency_keys = idempotency_keys - 1
    WHERE resource = old.resource AND owner_issuer = old.owner_issuer AND owner = old.owner;
END;
