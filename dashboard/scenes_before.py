"""The scenes before the one that is shown, for undo: kept in `rooms.db`, so that a restart knows them."""

import sqlite3
from collections import deque
from typing import Any, Final

import orjson
import structlog

from dashboard.database import DatabaseError, RoomDatabase

UNDO_MAX: Final = 20
"""Scenes that can be taken back: more than anybody remembers on stage."""
_NAME: Final = "scenes_before"

_log = structlog.get_logger(__name__)


class ScenesBefore:
    """A stack of scenes, `UNDO_MAX` at most. `load` once before use."""

    def __init__(self, database: RoomDatabase) -> None:
        self._database = database
        self._scenes: deque[dict[str, Any]] = deque(maxlen=UNDO_MAX)

    def __bool__(self) -> bool:
        """True when there is a scene to go back to."""
        return bool(self._scenes)

    @property
    def newest(self) -> dict[str, Any]:
        """The scene to go back to. Raises `IndexError` when there is none."""
        return self._scenes[-1]

    async def load(self) -> None:
        """Read what an earlier run kept. Raises `DatabaseError`."""
        for (kept,) in await self._database.read("SELECT value FROM room_settings WHERE name = ?", (_NAME,)):
            self._scenes.extend(orjson.loads(kept))

    async def add(self, scene: dict[str, Any]) -> None:
        """This one was shown until now."""
        self._scenes.append(scene)
        await self._keep()

    async def take_back(self) -> None:
        """The newest is shown again."""
        self._scenes.pop()
        await self._keep()

    async def forget(self) -> None:
        """There is none any more."""
        self._scenes.clear()
        await self._keep()

    async def _keep(self) -> None:
        """A disk that does not take it costs the undo after a restart, and not the scene."""
        kept = orjson.dumps([*self._scenes]).decode()
        try:
            await self._database.write("INSERT OR REPLACE INTO room_settings VALUES (?, ?)", (_NAME, kept))
        except (DatabaseError, sqlite3.Error) as error:
            _log.warning("the scenes before are not kept", error=str(error))
