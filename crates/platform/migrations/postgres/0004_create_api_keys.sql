-- API keys. Of the key itself there is a keyed hash only. A revoked key stays for a while, so that its use is
-- noticed.
CREATE TABLE api_keys (
    id           uuid        NOT NULL PRIMARY KEY,
    owner_issuer text        NOT NULL,
    owner        text        NOT NULL,
    name         text        NOT NULL,
    permissions  text        NOT NULL, -- names, with a space between two
    roles        text        NOT NULL, -- of the owner when it was made; the same form
    networks     text        NOT NULL, -- the same form; empty: any
    hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);

CREATE INDEX api_keys_of_owner ON api_keys (owner_issuer, owner, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_in_use ON api_keys (id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_revoked_of_owner ON api_keys (owner_issuer, owner, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_by_end ON api_keys (expires_at);
