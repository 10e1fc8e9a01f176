"""What a room was set to, by name, as JSON in `rooms.db`: what is in force again after a restart."""

import sqlite3
from typing import Any

import orjson
import structlog

from dashboard.database import DatabaseError, RoomDatabase

_log = structlog.get_logger(__name__)


class KeptSettings:
    """Values of one room, each kept whole."""

    def __init__(self, database: RoomDatabase) -> None:
        self._database = database

    async def read(self, name: str) -> Any:
        """What was kept last; None for nothing. Raises `DatabaseError`."""
        rows = await self._database.read("SELECT value FROM room_settings WHERE name = ?", (name,))
        return orjson.loads(rows[0][0]) if rows else None

    async def keep(self, name: str, value: object) -> None:
        """Keep it. A disk that does not take it costs what a restart would know, and no more."""
        text = orjson.dumps(value).decode()
        try:
            await self._database.write("INSERT OR REPLACE INTO room_settings VALUES (?, ?)", (name, text))
        except (DatabaseError, sqlite3.Error) as error:
            _log.warning("a setting is not kept", setting=name, error=str(error))
