-- Polls of every kind: what was asked is one JSON object, and what was answered is kept by phone from the lock on.
-- Polls from before are drafts again; what had been counted for them is not kept.

CREATE TABLE polls_before AS SELECT * FROM polls;
DROP TABLE poll_ballots;
DROP TABLE poll_counts;
DROP TABLE polls;

CREATE TABLE polls (
  id         TEXT PRIMARY KEY,
  room       TEXT NOT NULL,
  position   INTEGER NOT NULL,            -- the order that the presenter gave them
  draft      TEXT NOT NULL,               -- JSON object, see dashboard/rooms/poll_drafts.py
  state      TEXT NOT NULL CHECK (state IN ('draft', 'open', 'locked', 'revealed')),
  round      INTEGER NOT NULL CHECK (round >= 1),
  shown      INTEGER NOT NULL CHECK (shown IN (0, 1)),  -- 1: the poll that the phones see
  created_ms INTEGER NOT NULL,
  opened_ms  INTEGER,                     -- when this round was opened first
  closes_at  INTEGER                      -- while open with a timer: when it ends
) STRICT;

CREATE UNIQUE INDEX polls_one_open ON polls (room) WHERE state = 'open';
CREATE UNIQUE INDEX polls_one_shown ON polls (room) WHERE shown = 1;

INSERT INTO polls
SELECT id, room, rowid,
       json_object('kind', kind, 'question', question, 'language', language, 'anonymous', json(iif(anonymous, 'true', 'false')),
                   'options', iif(kind = 'single', json(options), NULL)),
       'draft', round + (state <> 'draft'), 0, created_ms, NULL, NULL
FROM polls_before;
DROP TABLE polls_before;

-- The answers frozen in the transaction that locked the poll: filters and reports are made of them. In an anonymous
-- poll a thing is kept as a keyed hash, whose key is in secrets/.
CREATE TABLE poll_answers (
  poll_id TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
  thing   TEXT NOT NULL,
  answer  TEXT NOT NULL,                  -- JSON object, the fields of dashboard.rooms.answers.Answer
  PRIMARY KEY (poll_id, thing)
) STRICT, WITHOUT ROWID;

-- What the presenter decided about the audience's texts, in order.
CREATE TABLE poll_decisions (
  n       INTEGER PRIMARY KEY AUTOINCREMENT,
  poll_id TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
  key     TEXT NOT NULL,                  -- the ballot key: a poll's round
  entry   TEXT NOT NULL,
  act     TEXT NOT NULL,
  text    TEXT,
  things  TEXT NOT NULL                   -- JSON array: whom a ban stops
) STRICT;
