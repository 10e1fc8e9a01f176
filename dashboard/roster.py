"""The roster: the slots of a room, in memory for answers and in `rooms.db` before anybody is told."""

import asyncio
import base64
import secrets
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.rooms.slots import Member, Membership, RoomFull, Slots

_INSERT = (
    "INSERT INTO roster (slot, thing, state, sim, joined_ms) SELECT value ->> 0, value ->> 1, value ->> 2, "
    "value ->> 3, value ->> 4 FROM json_each(?)"
)
"""All rows in one statement: SQLite lets go of the interpreter's lock for each, and a busy loop takes
long to give it
back."""
_STATE = "UPDATE roster SET state = ? WHERE thing = ?"
_FORGET = "DELETE FROM roster WHERE thing = ?"
_LOAD = "SELECT slot, thing, state, sim FROM roster ORDER BY slot"
_SETTINGS = "SELECT name, value FROM room_settings"
_SET = "INSERT OR REPLACE INTO room_settings (name, value) VALUES (?, ?)"
_CLEAR = "DELETE FROM room_settings WHERE name = ?"
_CODE, _FROZEN = "join_code", "joins_frozen"


PHONE = "phone-"
"""How the names of phones begin; other things are devices that somebody added."""


class Refusal(StrEnum):
    """Why a phone may not come in."""

    CODE = "wrong_code"
    REMOVED = "removed"
    FULL = "room_full"
    FROZEN = "joins_frozen"


class JoinRefused(Exception):
    """The phone may not come in; the text is for the person who holds it."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message


@dataclass(slots=True)
class _Batch:
    """Members that wait for the same commit."""

    done: "asyncio.Future[None]"
    rows: list[tuple[int, str, str, int, int]] = field(default_factory=list)


class Roster:
    """Things and slots of one room. `load` once before use."""

    def __init__(self, database: RoomDatabase) -> None:
        self._database = database
        self._batch: _Batch | None = None
        self._storing: asyncio.Task[None] | None = None
        self._slots = Slots()
        self._join_code: str | None = None
        self._frozen = False
        self._ending = False
        """A slot that was given now would be of neither room."""

    async def load(self) -> None:
        """Read what the data directory knows: the same room as before. Raises `DatabaseError`."""
        rows = await self._database.read(_LOAD)
        members = (Member(slot, thing, Membership(state), bool(sim)) for slot, thing, state, sim in rows)
        self._slots = Slots(members)
        settings = dict(await self._database.read(_SETTINGS))
        self._join_code = settings.get(_CODE)
        self._frozen = _FROZEN in settings

    @property
    def slots(self) -> Slots:
        """Members by thing and slot, for reading."""
        return self._slots

    @property
    def join_code(self) -> str | None:
        """The code that a new phone must bring; None: anybody may come in."""
        return self._join_code

    async def set_join_code(self, code: str | None) -> None:
        """Ask new phones for a code from now on, or for none. Phones inside stay and come back without it."""
        await self._set(_CODE, code)
        self._join_code = code

    @property
    def frozen(self) -> bool:
        """True while no new phone may come in."""
        return self._frozen

    async def freeze(self, frozen: bool) -> None:
        """Let no new phone in from now on, or let them in again. Phones inside stay and come back."""
        await self._set(_FROZEN, "true" if frozen else None)
        self._frozen = frozen

    @property
    def removed(self) -> list[Member]:
        """The phones that the presenter took out of the room, by slot."""
        return self._slots.removed

    async def _set(self, name: str, value: str | None) -> None:
        await self._database.write(*((_CLEAR, (name,)) if value is None else (_SET, (name, value))))

    async def join(self, thing: str | None, code: str | None, *, sim: bool = False) -> tuple[Member, bool]:
        """Let a phone in: the member, and whether it is new. `thing` is what the phone's token proved.

        Returns when the slot is on disk. A phone that left gets a new thing and slot. Raises
        `JoinRefused` and `DatabaseError`.
        """
        known = self._slots.of_thing(thing) if thing is not None else None
        if known is not None and known.membership is Membership.REMOVED:
            raise JoinRefused(Refusal.REMOVED, "The presenter has removed this phone from the room.")
        if known is not None:
            return known, False
        if self._frozen or self._ending:
            raise JoinRefused(
                Refusal.FROZEN, "The presenter lets no new phones in at the moment. Try again a little later."
            )
        self._check_code(code)
        try:
            member = self._slots.give(_new_thing(), sim=sim)
        except RoomFull as full:
            raise JoinRefused(Refusal.FULL, str(full)) from full
        try:
            await self._store(member)
        except (DatabaseError, sqlite3.Error):
            self._slots.spoil(member.thing)
            raise
        return member, True

    async def leave(self, thing: str) -> Member | None:
        """Forget the phone: its slot is the next newcomer's. The member it was, None when it was not in the
        room; a phone that was removed is kept, or it would come back as another."""
        if not self.admits(thing):
            return None
        await self._database.write(_FORGET, (thing,))
        return self._slots.forget(thing)

    async def set_removed(self, thing: str, removed: bool) -> Member | None:
        """Shut a phone out, or let it come back to its slot; the member if that changed anything."""
        member = self._slots.set_removed(thing, removed)  # at once: nobody gets in while the disk is busy
        if member is not None:
            await self._database.write(_STATE, (member.membership, thing))
        return member

    async def begin_anew(self, empty: Callable[[], Awaitable[None]]) -> None:
        """`empty` takes every row of the database away: then nobody is in the room, and slots begin at 1.

        Nobody may join meanwhile. Raises what `empty` raises, and then nothing was changed.
        """
        self._ending = True
        try:
            if self._storing is not None:
                await self._storing
            await empty()
            self._slots, self._join_code, self._frozen = Slots(), None, False
        finally:
            self._ending = False

    def admits(self, thing: str) -> bool:
        """True while this thing is in the room."""
        member = self._slots.of_thing(thing)
        return member is not None and member.membership is Membership.PRESENT

    async def _store(self, member: Member) -> None:
        """Return when the member is on disk; who joins while a commit runs shares the next one."""
        if self._batch is None:
            self._batch = _Batch(asyncio.get_running_loop().create_future())
        batch = self._batch
        now = time.time_ns() // 1_000_000
        batch.rows.append((member.slot, member.thing, member.membership, int(member.sim), now))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_batches(), name="store who joined")
        await asyncio.shield(batch.done)

    async def _store_batches(self) -> None:
        while (batch := self._batch) is not None:
            self._batch = None
            try:
                await self._database.write(_INSERT, (orjson.dumps(batch.rows).decode(),))
            except (DatabaseError, sqlite3.Error) as error:
                batch.done.set_exception(error)
            else:
                batch.done.set_result(None)

    def _check_code(self, code: str | None) -> None:
        if self._join_code is None:
            return
        if code is None or not secrets.compare_digest(
            code.strip().upper().encode(), self._join_code.encode()
        ):
            raise JoinRefused(Refusal.CODE, "This room asks for a code: type the one on the screen.")


def _new_thing() -> str:
    """`phone-` and 128 random bits: nobody can guess the name of a neighbour's shadow."""
    return PHONE + base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()
