-- What a client's Idempotency-Key made, so that asking again does not make it twice. A key is of one
-- caller and one resource. No foreign key: the answer outlives a row that was deleted since.
CREATE TABLE idempotency_keys (
    resource     text        NOT NULL,
    owner_issuer text        NOT NULL,
    owner        text        NOT NULL,
    key          text        NOT NULL,
    fingerprint  bytea       NOT NULL CHECK (octet_length(fingerprint) = 32), -- SHA-256 of the request's content
    object_id    uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (resource, owner_issuer, owner, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_of_owner_by_age
    ON idempotency_keys (resource, owner_issuer, owner, created_at);

-- Old keys of many owners are forgotten with one statement, so triggers count them.
CREATE FUNCTION idempotency_keys_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO rows_of_owners (resource, owner_issuer, owner, idempotency_keys)
        VALUES (new.resource, new.owner_issuer, new.owner, 1)
        ON CONFLICT (resource, owner_issuer, owner)
        DO UPDATE SET idempotency_keys = rows_of_owners.idempotency_keys + 1;
    ELSE
        UPDATE rows_of_owners SET idempotency_keys = idempotency_keys - 1
        WHERE resource = old.resource AND owner_issuer = old.owner_issuer AND owner = old.owner;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER idempotency_keys_count_insert AFTER INSERT ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION idempotency_keys_count();
CREATE TRIGGER idempotency_keys_count_delete AFTER DELETE ON idempotency_keys
    FOR EACH ROW EXECUTE FUNCTION idempotency_keys_count();
