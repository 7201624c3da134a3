-- Counts the changes of the two tables below. Each change raises it in its own transaction, so a process
-- asks one row whether another process has changed anything.
CREATE TABLE containment_changes (
    only_row bigint NOT NULL PRIMARY KEY CHECK (only_row = 1),
    version  bigint NOT NULL
);

INSERT INTO containment_changes (only_row, version) VALUES (1, 0);

-- Who is restricted, how, and until when. A restriction never changes: it is lifted, or it expires.
CREATE TABLE restrictions (
    id            uuid        NOT NULL PRIMARY KEY,
    target        text        NOT NULL,
    issuer        text        NOT NULL, -- empty where the target has none
    name          text        NOT NULL,
    action        text        NOT NULL,
    per_minute    bigint,
    reason        text        NOT NULL,
    ticket        text        NOT NULL,
    author_issuer text        NOT NULL,
    author        text        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);

-- What is no longer believed. `version` is that of the change that made it: a process reads on from the last
-- one that it knows.
CREATE TABLE revocations (
    id            uuid        NOT NULL PRIMARY KEY,
    version       bigint      NOT NULL UNIQUE,
    target        text        NOT NULL,
    issuer        text        NOT NULL,
    name          text        NOT NULL, -- empty where the target is the issuer
    issued_before timestamptz NOT NULL,
    reason        text        NOT NULL,
    ticket        text        NOT NULL,
    author_issuer text        NOT NULL,
    author        text        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz -- NULL: what it matches can still be made
);

CREATE INDEX revocations_by_end ON revocations (expires_at);
