-- API keys. Of the key itself there is a keyed hash only. A revoked key stays for a while, so that its use is
-- noticed.
CREATE TABLE api_keys (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    owner_issuer TEXT NOT NULL,
    owner        TEXT NOT NULL,
    name         TEXT NOT NULL,
    permissions  TEXT NOT NULL, -- names, with a space between two
    roles        TEXT NOT NULL, -- of the owner when it was made; the same form
    networks     TEXT NOT NULL, -- the same form; empty: any
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at   TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_of_owner ON api_keys (owner_issuer, owner, id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_in_use ON api_keys (id) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_revoked_of_owner ON api_keys (owner_issuer, owner, id) WHERE revoked_at IS NOT NULL;
CREATE INDEX api_keys_by_end ON api_keys (expires_at);
