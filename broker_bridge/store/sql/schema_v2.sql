-- Version 2: registered things, and when retained messages were last changed. `attributes` is a JSON object.
CREATE TABLE thing (
    name TEXT PRIMARY KEY,
    attributes TEXT NOT NULL,
    thing_type TEXT,
    version INTEGER NOT NULL CHECK (version > 0)
) WITHOUT ROWID;

CREATE TABLE retained (
    topic TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    modified_at_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX retained_age ON retained (modified_at_ms);

PRAGMA user_version = 2;
