-- What was asked of the room by text, voice or Echo, and what came of it.
CREATE TABLE IF NOT EXISTS asked (
  id       INTEGER PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  way      TEXT NOT NULL CHECK (way IN ('text', 'voice', 'echo')),
  said     TEXT NOT NULL,
  language TEXT NOT NULL,
  intent   TEXT,                          -- NULL: not understood
  slots    TEXT NOT NULL,                 -- JSON object
  speech   TEXT NOT NULL
) STRICT;
