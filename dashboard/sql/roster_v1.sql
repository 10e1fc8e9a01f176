-- The roster: which thing holds which slot of the room.
CREATE TABLE IF NOT EXISTS roster (
  slot INTEGER PRIMARY KEY,
  thing TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('present', 'left', 'removed')),
  sim INTEGER NOT NULL DEFAULT 0,
  joined_ms INTEGER NOT NULL
) STRICT;

-- What the presenter set for the room, e.g. the join code.
CREATE TABLE IF NOT EXISTS room_settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
