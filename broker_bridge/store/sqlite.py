"""Shadows in a SQLite file: WAL, commits where they are quickest, and a copy in memory for reading.

Rules of this file:
- an item enters the copy only after its commit, so that nobody sees what a crash could take back;
- the compare-and-set is done by the database, so that two processes on one file are safe: who loses gets
  `VersionTaken`, and reads the file, not the copy, from then on for that shadow;
- `synchronous = NORMAL`: a commit survives the death of the process. The death of the machine may take the
  last commits with it, never the file's consistency.
"""

import sqlite3
from collections.abc import Collection, Sequence
from importlib import resources
from pathlib import Path

from broker_bridge.shadow.item import Item
from broker_bridge.store.port import Change, StoreUnavailable, VersionTaken
from broker_bridge.store.sqlite_registry import SqliteRegistry, SqliteRetainedTimes
from broker_bridge.store.writer import SqliteWriter
from broker_bridge.wire.topics import ShadowId

SCHEMA_VERSION = 2
BUSY_TIMEOUT_SECONDS = 5.0
"""How long to wait for another process's transaction."""
COPY_ITEMS = 200_000
"""Items in memory, newest kept: 20 shadows for each of 10,000 phones; about 400 MB if each had 2 KB, 100 MB
as phones are. What is not in the copy is read from the file."""

_INSERT = "INSERT INTO shadow VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
_UPDATE = (
    "UPDATE shadow SET version = ?, document = ?, written_at = ? WHERE thing = ? AND name = ? AND version = ?"
)


class SqliteStore:
    """A `ShadowStore` in one file, made with its folder when missing."""

    def __init__(self, path: Path) -> None:
        self.registry = SqliteRegistry(self._thread)
        self.retained = SqliteRetainedTimes(self._thread)
        self._path = path
        self._copy: dict[ShadowId, Item] = {}
        self._complete = False
        self._writer: SqliteWriter | None = None

    async def open(self) -> None:
        """Open or create the file and fill the copy. Raises `StoreUnavailable`."""
        if self._writer is not None:
            return
        writer = SqliteWriter(self._connect, name="shadow-store-writer")
        try:
            await writer.start()
            rows = await writer.run(_newest)
        except StoreUnavailable as error:
            await writer.stop()
            raise StoreUnavailable(f"cannot keep shadows in {self._path}: {error}") from error
        self._copy = dict(rows)
        self._complete = len(rows) < COPY_ITEMS
        self._writer = writer

    async def close(self) -> None:
        """Finish what was accepted and close the file."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.stop()
        self._copy.clear()

    async def load(self, shadow: ShadowId) -> Item | None:
        """The item, from memory where it is there."""
        item = self._copy.get(shadow)
        if item is not None or (self._complete and self._writer is not None):
            return item
        item = await self._thread().run(lambda connection: _load(connection, shadow))
        if item is not None:
            self._copy_items([(shadow, item)])
        return item

    async def save(self, shadow: ShadowId, item: Item, *, expected_version: int) -> None:
        """Write durably, or raise `VersionTaken`."""
        if await self.save_all([Change(shadow, item, expected_version)]):
            raise VersionTaken(f"{shadow} is no longer at version {expected_version}")

    async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
        """Write in one transaction."""
        taken = await self._thread().write(lambda connection: _save(connection, changes))
        if taken:
            self._complete = (
                False  # Somebody else writes to this file: a miss in the copy proves nothing any more.
            )
            for shadow in taken:
                self._copy.pop(shadow, None)
        self._copy_items([(shadow, item) for shadow, item, _ in changes if shadow not in taken])
        return taken

    async def purge(self, shadow: ShadowId) -> None:
        """Forget the item altogether."""
        await self._thread().run(
            lambda connection: connection.execute(
                "DELETE FROM shadow WHERE thing = ? AND name = ?", (shadow.thing, shadow.name or "")
            )
        )
        self._copy.pop(shadow, None)

    async def purge_tombstones(self, *, written_before: int) -> int:
        """Forget old tombstones."""
        gone = await self._thread().run(lambda connection: _purge_tombstones(connection, written_before))
        for shadow in gone:
            self._copy.pop(shadow, None)
        return len(gone)

    async def things(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Names of things with a living shadow, sorted."""
        query = (
            "SELECT DISTINCT thing FROM shadow"
            " WHERE thing > ? AND document IS NOT NULL ORDER BY thing LIMIT ?"
        )
        return await self._thread().run(
            lambda connection: [thing for (thing,) in connection.execute(query, (after, limit))]
        )

    async def shadows_of(self, thing: str) -> Sequence[tuple[ShadowId, Item]]:
        """The living shadows of a thing, classic first."""
        query = "SELECT * FROM shadow WHERE thing = ? AND document IS NOT NULL ORDER BY name"
        return await self._thread().run(lambda connection: _items(connection.execute(query, (thing,))))

    async def ping(self) -> None:
        """Raise `StoreUnavailable` unless the file can be written to now."""
        await self._thread().run(
            lambda connection: connection.execute("SELECT 1 FROM shadow LIMIT 1").fetchone()
        )

    def _thread(self) -> SqliteWriter:
        if self._writer is None:
            raise StoreUnavailable("the store is not open")
        return self._writer

    def _copy_items(self, items: Sequence[tuple[ShadowId, Item]]) -> None:
        self._copy.update(items)
        while len(self._copy) > COPY_ITEMS:
            del self._copy[next(iter(self._copy))]
            self._complete = False

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            _upgrade(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _upgrade(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreUnavailable(
            f"the file has schema {version}, this Shadowroom knows {SCHEMA_VERSION}: use a newer Shadowroom"
        )
    folder = resources.files("broker_bridge.store").joinpath("sql")
    for step in range(version + 1, SCHEMA_VERSION + 1):
        schema = folder.joinpath(f"schema_v{step}.sql").read_text("utf-8")
        connection.executescript(f"BEGIN IMMEDIATE;\n{schema}\nCOMMIT;")


def _save(connection: sqlite3.Connection, changes: Sequence[Change]) -> set[ShadowId]:
    taken = set()
    for shadow, item, expected in changes:
        key = (shadow.thing, shadow.name or "")
        content = (item.version, item.document, item.written_at)
        if expected == 0:
            cursor = connection.execute(_INSERT, key + content)
        else:
            cursor = connection.execute(_UPDATE, content + key + (expected,))
        if cursor.rowcount != 1:
            taken.add(shadow)
    return taken


def _load(connection: sqlite3.Connection, shadow: ShadowId) -> Item | None:
    query = "SELECT * FROM shadow WHERE thing = ? AND name = ?"
    items = _items(connection.execute(query, (shadow.thing, shadow.name or "")))
    return items[0][1] if items else None


def _newest(connection: sqlite3.Connection) -> list[tuple[ShadowId, Item]]:
    return _items(connection.execute("SELECT * FROM shadow ORDER BY written_at DESC LIMIT ?", (COPY_ITEMS,)))


def _purge_tombstones(connection: sqlite3.Connection, written_before: int) -> list[ShadowId]:
    query = "DELETE FROM shadow WHERE document IS NULL AND written_at < ? RETURNING thing, name"
    return [ShadowId(thing, name or None) for thing, name in connection.execute(query, (written_before,))]


def _items(rows: sqlite3.Cursor) -> list[tuple[ShadowId, Item]]:
    return [
        (ShadowId(thing, name or None), Item(version, document, written_at))
        for thing, name, version, document, written_at in rows
    ]
