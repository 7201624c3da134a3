-- Counts the changes of the two tables below. Each change raises it in its own transaction, so a process
-- asks one row whether another process has changed anything.
CREATE TABLE containment_changes (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO containment_changes (only_row, version) VALUES (1, 0);

-- Who is restricted, how, and until when. A restriction never changes: it is lifted, or it expires.
CREATE TABLE restrictions (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    target        TEXT NOT NULL,
    issuer        TEXT NOT NULL, -- empty where the target has none
    name          TEXT NOT NULL,
    action        TEXT NOT NULL,
    per_minute    INTEGER,
    reason        TEXT NOT NULL,
    ticket        TEXT NOT NULL,
    author_issuer TEXT NOT NULL,
    author        TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    expires_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is no longer believed. `version` is that of the change that made it: a process reads on from the last
-- one that it knows.
CREATE TABLE revocations (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    version       INTEGER NOT NULL UNIQUE,
    target        TEXT    NOT NULL,
    issuer        TEXT    NOT NULL,
    name          TEXT    NOT NULL, -- empty where the target is the issuer
    issued_before TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    ticket        TEXT    NOT NULL,
    author_issuer TEXT    NOT NULL,
    author        TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    expires_at    TEXT    -- NULL: what it matches can still be made
) STRICT, WITHOUT ROWID;

CREATE INDEX revocations_by_end ON revocations (expires_at);
