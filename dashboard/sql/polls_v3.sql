-- What each round of an anonymous poll was compared with, in that order: the next view must not tell fewer than
-- five phones apart beside those before it. See dashboard/poll_comparisons.py.
CREATE TABLE poll_comparisons (
  n         INTEGER PRIMARY KEY AUTOINCREMENT,
  poll_id   TEXT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
  key       TEXT NOT NULL,                -- the ballot key: a poll's round
  dimension TEXT NOT NULL                 -- a fact's name, or a poll's id
) STRICT;
