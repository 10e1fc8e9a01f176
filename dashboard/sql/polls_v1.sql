-- Polls: the questions, their states, and what was counted when a poll was locked.
-- While a poll is open its ballots are only in the phones' shadows; here is what a shadow cannot hold.

CREATE TABLE IF NOT EXISTS polls (
  id         TEXT PRIMARY KEY,
  room       TEXT NOT NULL,
  kind       TEXT NOT NULL,
  question   TEXT NOT NULL,
  options    TEXT NOT NULL,               -- JSON array of strings, in the order shown
  language   TEXT NOT NULL,
  anonymous  INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
  state      TEXT NOT NULL CHECK (state IN ('draft', 'open', 'locked', 'revealed')),
  round      INTEGER NOT NULL CHECK (round >= 1),
  shown      INTEGER NOT NULL CHECK (shown IN (0, 1)),  -- 1: the poll that the phones see
  created_ms INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX IF NOT EXISTS polls_one_open ON polls (room) WHERE state = 'open';
CREATE UNIQUE INDEX IF NOT EXISTS polls_one_shown ON polls (room) WHERE shown = 1;

-- The count frozen in the transaction that locked the poll. For an anonymous poll nothing else is kept.
CREATE TABLE IF NOT EXISTS poll_counts (
  poll_id TEXT NOT NULL REFERENCES polls (id),
  round   INTEGER NOT NULL,
  option  TEXT NOT NULL,
  ballots INTEGER NOT NULL CHECK (ballots >= 0),
  PRIMARY KEY (poll_id, round, option)
) STRICT, WITHOUT ROWID;

-- Who chose what, for polls that are not anonymous only.
CREATE TABLE IF NOT EXISTS poll_ballots (
  poll_id TEXT NOT NULL REFERENCES polls (id),
  round   INTEGER NOT NULL,
  thing   TEXT NOT NULL,
  option  TEXT NOT NULL,
  PRIMARY KEY (poll_id, round, thing)
) STRICT, WITHOUT ROWID;
