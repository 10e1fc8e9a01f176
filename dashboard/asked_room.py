"""The room as questions see it: the live room, its polls and its log behind `dashboard.ask.port`."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
import structlog

from dashboard.ask.port import LogEntry, RoomRefused, SeenGroup, SeenPhone, SeenPoll
from dashboard.database import DatabaseError, RoomDatabase
from dashboard.kept_settings import KeptSettings
from dashboard.live_room import LiveRoom
from dashboard.polling import Polling
from dashboard.rooms.poll import Poll, PollEvent
from dashboard.rooms.poll_errors import PollError, PollUnavailable

CAPTION_S: Final = 20.0
"""Seconds that an answer stays over a question: time to read three lines twice."""
LOG_MAX: Final = 10_000
"""Lines of the log that are kept: a week of talks with a question a minute."""

_COLUMNS: Final = "at_ms, way, said, language, intent, slots, speech"
_KEEP: Final = f"INSERT INTO asked ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - our own words
_FORGET: Final = "DELETE FROM asked WHERE id <= (SELECT max(id) FROM asked) - ?"
_UNDOS: Final = "spoken_undos"
_NEWEST: Final = f"SELECT {_COLUMNS} FROM asked ORDER BY id DESC LIMIT ?"  # noqa: S608 - our own words

_log = structlog.get_logger(__name__)


class AskedRoom:
    """Fulfils `dashboard.ask.port.AskableRoom`."""

    def __init__(self, live_room: LiveRoom, polling: Polling, database: RoomDatabase) -> None:
        self._live = live_room
        self._polling = polling
        self._database = database
        self._settings = KeptSettings(database)

    async def show(self, command: dict[str, Any]) -> int:
        """As `LiveRoom.set_scene`."""
        return await self._live.set_scene(command)

    async def colour_group(self, fact: str, values: Sequence[str], color: str) -> int:
        """As `LiveRoom.set_group` for each value."""
        version = 0
        for value in values:
            version = await self._live.set_group((fact, value), color)
        return version

    async def kept_undos(self) -> Sequence[Mapping[str, Any]]:
        """As they were kept, see `AskableRoom`."""
        undos: Sequence[Mapping[str, Any]] = await self._settings.read(_UNDOS) or ()
        return undos

    async def keep_undos(self, undos: Sequence[Mapping[str, Any]]) -> None:
        """In the room's settings, which a room that starts fresh has none of."""
        await self._settings.keep(_UNDOS, [*undos])

    async def undo_scene(self) -> bool:
        """As `LiveRoom.undo`."""
        return await self._live.undo() is not None

    def count_by(self, fact: str) -> Mapping[str, int]:
        """Value of a fact → connected phones."""
        return self._live.count_by(fact)

    def phones(self) -> Iterator[SeenPhone]:
        """All phones of the room."""
        for phone in self._live.phones.phones():
            yield SeenPhone(phone.slot, phone.connected is True, phone.facts)

    def connected(self) -> int:
        """Connected phones."""
        return self._live.connected()

    async def point_out(self, slot: int) -> bool:
        """As `LiveRoom.point_out`."""
        return await self._live.point_out(slot) is not None

    def polls(self) -> Sequence[SeenPoll]:
        """All polls."""
        return [self._seen(poll, number) for number, poll in enumerate(self._polling.program.polls(), 1)]

    def poll_shown(self) -> SeenPoll | None:
        """The poll that phones see."""
        shown = self._polling.presenter_poll()
        if shown is None:
            return None
        return next((poll for poll in self.polls() if poll.id == shown["poll_id"]), None)

    async def change_poll(self, poll_id: str, event: str) -> SeenPoll:
        """A `PollEvent`. Raises `RoomRefused`, and `PollUnavailable` when the bridge is away."""
        try:
            await self._polling.change(poll_id, PollEvent(event))
        except PollUnavailable:
            raise
        except PollError as refused:
            raise RoomRefused(str(refused)) from refused
        return next(poll for poll in self.polls() if poll.id == poll_id)

    def answers_by(self, fact: str) -> Mapping[str, SeenGroup] | None:
        """Value of a fact → what its phones answered, but for groups too small to be anonymous."""
        shown = self._polling.presenter_poll()
        if shown is None or shown["state"] != "revealed":
            return None
        grouped = self._polling.views.grouped(self._polling.book.get(shown["poll_id"]), fact)
        return {group["value"]: SeenGroup(group["answered"], group["tally"]) for group in grouped["groups"]}

    def set_caption(self, caption: str | None) -> None:
        """A line over the wall; for a while only when a question has that place."""
        self._live.set_caption(caption)
        if caption is not None and self._polling.presenter_poll() is not None:
            asyncio.get_running_loop().call_later(CAPTION_S, self._take_away, caption)

    def _take_away(self, caption: str) -> None:
        if self._live.caption == caption:
            self._live.set_caption(None)

    async def log(self, entry: LogEntry) -> None:
        """Keep the line; a log that cannot be written is no reason to leave a room without answer."""
        slots = orjson.dumps(dict(entry.slots)).decode()
        row = (entry.at_ms, entry.way, entry.text, entry.language, entry.intent, slots, entry.speech)
        try:
            await self._database.write_many([(_KEEP, row), (_FORGET, (LOG_MAX,))])
        except (DatabaseError, sqlite3.Error) as error:
            _log.warning("a question could not be logged", room=self._live.code, error=str(error))

    async def logged(self, newest: int) -> list[dict[str, Any]]:
        """The newest lines of the log, newest first."""
        rows = await self._database.read(_NEWEST, (newest,))
        names = ("at", "way", "said", "language", "intent", "slots", "speech")
        return [{**dict(zip(names, row, strict=True)), "slots": orjson.loads(row[5])} for row in rows]

    def _seen(self, poll: Poll, number: int) -> SeenPoll:
        described = self._polling.views.describe(poll)
        return SeenPoll(
            id=poll.id,
            number=number,
            question=described["question"],
            options=described["options"],
            state=described["state"],
            answered=described["answered"],
            counts=described["tally"] if described["state"] == "revealed" else {},
        )
