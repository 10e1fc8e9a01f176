"""Polls in `rooms.db`: rows to polls and back. Every change is one transaction."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

import orjson
import structlog

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.rooms.answers import Answer
from dashboard.rooms.moderation import Act, Decision
from dashboard.rooms.poll import Poll, PollState
from dashboard.rooms.poll_errors import BadPoll, PollUnavailable
from dashboard.rooms.poll_parsing import parse_draft

_UPSERT = """
INSERT INTO polls (id, room, position, draft, state, round, shown, created_ms, opened_ms, closes_at)
VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET position = excluded.position, draft = excluded.draft, state = excluded.state,
  round = excluded.round, opened_ms = excluded.opened_ms, closes_at = excluded.closes_at
"""
_COLUMNS = "id, draft, state, round, shown, created_ms, opened_ms, closes_at"
_ANSWERS = """
INSERT INTO poll_answers SELECT ?, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)
"""

_log = structlog.get_logger(__name__)

Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that is known of a room's polls at start."""

    polls: Sequence[Poll]
    """In the presenter's order."""
    shown: str | None
    """The id of the poll that phones see."""
    frozen: dict[str, dict[str, Answer]]
    """Poll id → thing → answer, for the polls that are locked or revealed."""
    decisions: list[Decision]
    """In the order in which they were made."""
    compared: dict[str, list[str]]
    """Ballot key → what the poll was compared with, in that order."""


class PollRecords:
    """The polls of one room on disk. Writing raises `PollUnavailable` when the disk says no."""

    def __init__(self, database: RoomDatabase, room: str, key: str) -> None:
        """`key` is the room's secret: without it the file does not tell who gave an anonymous answer."""
        self._database = database
        self._room = room
        self._key = key.encode()

    async def load(self, things: Iterable[str]) -> Loaded:
        """All polls of the room with their frozen answers and decisions. `things` are the room's phones."""
        members = [*things]
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM polls WHERE room = ? ORDER BY position, created_ms",  # noqa: S608 - our own columns
            (self._room,),
        )
        polls = [poll for row in rows if (poll := _poll(row)) is not None]
        known = {poll.id for poll in polls}
        shown = next((row[0] for row in rows if row[4] and row[0] in known), None)
        frozen = {
            poll.id: await self._frozen(poll, members)
            for poll in polls
            if poll.state in (PollState.LOCKED, PollState.REVEALED)
        }
        decided = await self._database.read(
            "SELECT key, entry, act, text, things FROM poll_decisions ORDER BY n"
        )
        decisions = [
            Decision(key, tuple(entries.split()), Act(act), text, tuple(orjson.loads(things)))
            for key, entries, act, text, things in decided
        ]
        compared: dict[str, list[str]] = {}
        for key, dimension in await self._database.read(
            "SELECT key, dimension FROM poll_comparisons ORDER BY n"
        ):
            compared.setdefault(key, []).append(dimension)
        return Loaded(polls, shown, frozen, decisions, compared)

    async def save(
        self, poll: Poll, position: int, *, shown: str | None, frozen: Mapping[str, Answer] | None
    ) -> None:
        """Write a poll, which poll is shown, and its frozen answers (None: none), all or nothing."""
        draft = orjson.dumps(poll.draft.model_dump(exclude_none=True)).decode()
        row = (poll.id, self._room, position, draft, str(poll.state), poll.round)
        statements: list[Statement] = [
            ("UPDATE polls SET shown = 0 WHERE room = ? AND shown = 1", (self._room,)),
            (_UPSERT, (*row, poll.created_ms, poll.opened_ms, poll.closes_at)),
            ("UPDATE polls SET shown = 1 WHERE id = ?", (shown,)),
            ("DELETE FROM poll_answers WHERE poll_id = ?", (poll.id,)),
            ("DELETE FROM poll_decisions WHERE poll_id = ? AND key <> ?", (poll.id, poll.ballot_key)),
        ]
        if frozen:
            # One statement, however many phones voted: the rows travel as one JSON array.
            pairs = [
                [self._veiled(poll, thing), orjson.dumps(_as_json(answer)).decode()]
                for thing, answer in frozen.items()
            ]
            statements.append((_ANSWERS, (poll.id, orjson.dumps(pairs).decode())))
        await self._write(statements)

    async def show(self, poll_id: str | None) -> None:
        """Which poll the phones see."""
        await self._write(
            [
                ("UPDATE polls SET shown = 0 WHERE room = ? AND shown = 1", (self._room,)),
                ("UPDATE polls SET shown = 1 WHERE id = ?", (poll_id,)),
            ]
        )

    async def put_in_order(self, ids: Sequence[str]) -> None:
        """The presenter's order."""
        await self._write(
            [("UPDATE polls SET position = ? WHERE id = ?", (n, one)) for n, one in enumerate(ids)]
        )

    async def delete(self, ids: Sequence[str]) -> None:
        """Polls with all that was answered and decided."""
        await self._write([("DELETE FROM polls WHERE id = ?", (one,)) for one in ids])

    async def decide(self, poll: Poll, decision: Decision) -> None:
        """Append to the log of decisions."""
        things = orjson.dumps(decision.things).decode()
        entries = " ".join(decision.entries)
        row = (poll.id, decision.key, entries, str(decision.act), decision.text, things)
        columns = "poll_id, key, entry, act, text, things"
        await self._write([(f"INSERT INTO poll_decisions ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)])  # noqa: S608

    async def compared(self, poll: Poll, dimension: str) -> None:
        """The poll was compared with this in its present round."""
        row = (poll.id, poll.ballot_key, dimension)
        await self._write([("INSERT INTO poll_comparisons (poll_id, key, dimension) VALUES (?, ?, ?)", row)])

    async def undo(self, key: str) -> None:
        """Take the last decision about this poll away."""
        last = "DELETE FROM poll_decisions WHERE n = (SELECT max(n) FROM poll_decisions WHERE key = ?)"
        await self._write([(last, (key,))])

    async def _write(self, statements: Sequence[Statement]) -> None:
        try:
            await self._database.write_many(statements)
        except (sqlite3.Error, DatabaseError) as error:
            raise PollUnavailable(f"The poll could not be saved ({error}): try again.") from error

    async def _frozen(self, poll: Poll, members: Iterable[str]) -> dict[str, Answer]:
        rows = await self._database.read(
            "SELECT thing, answer FROM poll_answers WHERE poll_id = ?", (poll.id,)
        )
        known = {self._veiled(poll, thing): thing for thing in members}
        return {known.get(name, name): _answer(orjson.loads(answer)) for name, answer in rows}

    def _veiled(self, poll: Poll, thing: str) -> str:
        """The name under which an answer is kept: for an anonymous poll not the thing's."""
        if not poll.draft.anonymous:
            return thing
        return blake2b(f"{poll.id} {thing}".encode(), key=self._key[:64], digest_size=16).hexdigest()


def _as_json(answer: Answer) -> dict[str, Any]:
    return {name: value for name, value in asdict(answer).items() if value not in (None, (), 0)} | (
        {"number": answer.number} if answer.number is not None else {}
    )


def _answer(body: Mapping[str, Any]) -> Answer:
    lists = {name: tuple(body.get(name, ())) for name in ("labels", "texts", "upvotes")}
    return Answer(**lists, number=body.get("number"), at=body.get("at"), delay=body.get("delay", 0))


def _poll(row: tuple[Any, ...]) -> Poll | None:
    identity, draft, state, round_, _shown, created_ms, opened_ms, closes_at = row
    try:
        parsed = parse_draft(orjson.loads(draft))
    except BadPoll as error:
        _log.error("a saved poll cannot be read and is left out", poll=identity, error=str(error))
        return None
    return Poll(identity, parsed, PollState(state), round_, created_ms, opened_ms, closes_at)
