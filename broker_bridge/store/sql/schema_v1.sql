-- Shadows, version 1. `name` is '' for the classic shadow. A row whose document is NULL is a tombstone.
CREATE TABLE shadow (
    thing TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    document BLOB,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (thing, name)
);

CREATE INDEX shadow_tombstone ON shadow (written_at) WHERE document IS NULL;

PRAGMA user_version = 1;
