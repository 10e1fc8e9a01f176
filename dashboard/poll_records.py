"""Polls in `rooms.db`: rows to polls and back. Every change of a poll is one transaction."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.rooms.poll import Poll, PollDraft, PollState, PollUnavailable
from dashboard.rooms.tally import Tally

_UPSERT = """
INSERT INTO polls (id, room, kind, question, options, language, anonymous, state, round, shown, created_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, round = excluded.round
"""
_FROZEN = """
INSERT INTO {} SELECT ?, ?, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
"""
_COLUMNS = "id, kind, question, options, language, anonymous, state, round, shown, created_ms"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that is known of a room's polls at start."""

    polls: Sequence[Poll]
    """In the order of their creation."""
    shown: str | None
    """The id of the poll that phones see."""
    frozen: dict[str, Tally]
    """Poll id → what was counted, for the polls that are locked or revealed."""


class PollRecords:
    """The polls of one room on disk. Writing raises `PollUnavailable` when the disk says no."""

    def __init__(self, database: RoomDatabase, room: str) -> None:
        self._database = database
        self._room = room

    async def load(self) -> Loaded:
        """All polls of the room with their frozen counts."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM polls WHERE room = ? ORDER BY created_ms, rowid",  # noqa: S608 - our own columns
            (self._room,),
        )
        polls = [_poll(row) for row in rows]
        shown = next((row[0] for row in rows if row[8]), None)
        frozen = {
            poll.id: await self._frozen(poll)
            for poll in polls
            if poll.state in (PollState.LOCKED, PollState.REVEALED)
        }
        return Loaded(polls, shown, frozen)

    async def save(self, poll: Poll, *, shown: str | None, frozen: Tally | None) -> None:
        """Write a poll, which poll is shown, and its frozen count (None: there is none), all or nothing."""
        draft = poll.draft
        options = orjson.dumps(draft.options).decode()
        statements: list[tuple[str, Sequence[Any]]] = [
            ("UPDATE polls SET shown = 0 WHERE room = ? AND shown = 1", (self._room,)),
            (
                _UPSERT,
                (
                    *(poll.id, self._room, draft.kind, draft.question, options, draft.language),
                    *(int(draft.anonymous), str(poll.state), poll.round, poll.created_ms),
                ),
            ),
            ("UPDATE polls SET shown = 1 WHERE id = ?", (shown,)),
            ("DELETE FROM poll_counts WHERE poll_id = ?", (poll.id,)),
            ("DELETE FROM poll_ballots WHERE poll_id = ?", (poll.id,)),
        ]
        if frozen is not None:
            statements += _frozen_rows(poll, frozen)
        try:
            await self._database.write_many(statements)
        except (sqlite3.Error, DatabaseError) as error:
            raise PollUnavailable(f"The poll could not be saved ({error}): try again.") from error

    async def _frozen(self, poll: Poll) -> Tally:
        where = (poll.id, poll.round)
        counted = await self._database.read(
            "SELECT option, ballots FROM poll_counts WHERE poll_id = ? AND round = ?", where
        )
        choices = await self._database.read(
            "SELECT thing, option FROM poll_ballots WHERE poll_id = ? AND round = ?", where
        )
        return Tally({**dict.fromkeys(poll.draft.options, 0), **dict(counted)}, dict(choices))


def _frozen_rows(poll: Poll, frozen: Tally) -> list[tuple[str, Sequence[Any]]]:
    """Two statements, however many phones voted: the rows travel as one JSON array."""
    rows: list[tuple[str, Sequence[Any]]] = []
    for table, values in (("poll_counts", frozen.counts), ("poll_ballots", frozen.choices)):
        pairs = orjson.dumps([list(pair) for pair in values.items()]).decode()
        rows.append((_FROZEN.format(table), (poll.id, poll.round, pairs)))
    return rows


def _poll(row: tuple[Any, ...]) -> Poll:
    identity, kind, question, options, language, anonymous, state, round_, _shown, created_ms = row
    draft = PollDraft(kind, question, tuple(orjson.loads(options)), language, bool(anonymous))
    return Poll(identity, draft, PollState(state), round_, created_ms)
