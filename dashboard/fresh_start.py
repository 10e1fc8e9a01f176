"""Start fresh: the room is archived, and an empty one is there under the same code, QR and presenter token.

One transaction in `rooms.db` is the moment at which the old room ends. Before it nothing is changed; what
follows (recordings, scene, shadows of phones) is noted in the same transaction, and the next run does it
if this one crashes. So there is always one room, the old or the new.
"""

import asyncio
from datetime import UTC, datetime
from typing import Final

import orjson
import structlog

from broker_bridge.client import ClientError
from broker_bridge.transport.port import TransportError
from dashboard.archive import Archive
from dashboard.database import RoomDatabase, Statement
from dashboard.feed.recorder import Recorder
from dashboard.live_room import LiveRoom
from dashboard.polling import Polling
from dashboard.roster import Roster

SETTING: Final = "starting_fresh"
RETRY_S: Final = 1.0
"""Seconds until what is left of the old room is cleared away again, after broker or bridge did not do it."""
ANSWER_S: Final = 5.0
"""Seconds that the presenter waits for the empty room; it is empty in any case."""
_TABLES: Final = (
    "SELECT name FROM sqlite_master "
    "WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'schema_version'"
)

_log = structlog.get_logger(__name__)


class AlreadyRunning(Exception):
    """The room is being started fresh just now."""


class FreshStart:
    """Ends rooms. `resume` once at start, before anything is served; `stop` at the end."""

    def __init__(
        self,
        archive: Archive,
        database: RoomDatabase,
        roster: Roster,
        live_room: LiveRoom,
        polling: Polling,
        recorder: Recorder,
    ) -> None:
        self._archive = archive
        self._database = database
        self._roster = roster
        self._room = live_room
        self._polling = polling
        self._recorder = recorder
        self._running = asyncio.Lock()
        self._clearing: asyncio.Task[None] | None = None

    async def resume(self) -> None:
        """Go on where a crash stopped the last one, if it did. Raises `OSError` and `DatabaseError`."""
        await asyncio.to_thread(self._archive.drop_partial)
        rows = await self._database.read("SELECT value FROM room_settings WHERE name = ?", (SETTING,))
        if rows:
            await asyncio.to_thread(self._archive.drop_recordings)
            self._clear(int(orjson.loads(rows[0][0])["scene"]))

    async def stop(self) -> None:
        """Stop clearing; the next run goes on. Idempotent."""
        if self._clearing is not None:
            self._clearing.cancel()
            await asyncio.gather(self._clearing, return_exceptions=True)

    async def start(self) -> str:
        """Archive the room and open an empty one; the name of the folder in `archive/`.

        Raises `AlreadyRunning`, and `DatabaseError` when nothing was changed.
        """
        if self._running.locked() or (self._clearing is not None and not self._clearing.done()):
            raise AlreadyRunning
        async with self._running:
            name = f"{self._room.code}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
            scene = self._room.own.scene_version

            async def end_the_old_room() -> None:
                await self._archive.keep(name, self._database, self._polling)
                await self._database.write_many(await self._statements(scene))

            await self._room.begin_anew(
                lambda: self._polling.begin_anew(lambda: self._roster.begin_anew(end_the_old_room))
            )
            _log.info("the room starts fresh", room=self._room.code, archive=name)
            await asyncio.wait([self._clear(scene)], timeout=ANSWER_S)
        return name

    async def _statements(self, scene: int) -> list[Statement]:
        tables = [name for (name,) in await self._database.read(_TABLES)]
        return [
            ("PRAGMA defer_foreign_keys = ON", ()),
            *((f'DELETE FROM "{table}"', ()) for table in tables),  # noqa: S608 - names of our own tables
            ("INSERT INTO room_settings (name, value) VALUES (?, ?)", (SETTING, f'{{"scene":{scene}}}')),
        ]

    def _clear(self, scene: int) -> "asyncio.Task[None]":
        self._clearing = asyncio.create_task(self._until_clear(scene), name="clears the old room away")
        return self._clearing

    async def _until_clear(self, scene: int) -> None:
        while True:
            try:
                await self._room.clear_away(scene)
                # Only now: a recording that began earlier would begin with the old scene.
                self._recorder.begin_anew(self._archive.drop_recordings)
                await self._database.write("DELETE FROM room_settings WHERE name = ?", (SETTING,))
            except (ClientError, TransportError, TimeoutError) as error:
                _log.warning("the old room is not cleared away yet", room=self._room.code, error=str(error))
                await asyncio.sleep(RETRY_S)
            else:
                return
