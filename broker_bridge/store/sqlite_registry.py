"""Registered things, and the times of retained messages, in the SQLite file of the shadows."""

import sqlite3
from collections.abc import Callable, Sequence

import orjson

from broker_bridge.store import registry, retained
from broker_bridge.store.registry import RegisteredThing, ThingExists, VersionChanged, same_registration
from broker_bridge.store.retained import Sighting
from broker_bridge.store.writer import SqliteWriter

_FIND = "SELECT name, attributes, thing_type, version FROM thing"


class SqliteRegistry:
    """A `Registry`; two processes may share the file."""

    def __init__(self, thread: Callable[[], SqliteWriter]) -> None:
        """`thread` gives the open store's writer, or raises `StoreUnavailable`."""
        self._thread = thread

    async def create(self, thing: RegisteredThing) -> RegisteredThing:
        """Register."""
        known = await self._thread().run(lambda connection: _create(connection, thing))
        if known is None:
            raise registry.full()
        if not same_registration(known, thing):
            raise ThingExists(thing.name)
        return known

    async def describe(self, name: str) -> RegisteredThing | None:
        """The thing, or None."""
        return await self._thread().run(lambda connection: _describe(connection, name))

    async def page(self, after: str, limit: int) -> Sequence[RegisteredThing]:
        """Things sorted by name."""
        query = f"{_FIND} WHERE name > ? ORDER BY name LIMIT ?"
        return await self._thread().run(
            lambda connection: [_thing(row) for row in connection.execute(query, (after, limit))]
        )

    async def delete(self, name: str, expected_version: int | None = None) -> None:
        """Forget."""
        if not await self._thread().run(lambda connection: _delete(connection, name, expected_version)):
            raise VersionChanged(name)


class SqliteRetainedTimes:
    """`RetainedTimes`."""

    def __init__(self, thread: Callable[[], SqliteWriter]) -> None:
        """`thread` as for the registry."""
        self._thread = thread

    async def seen(self, sightings: Sequence[Sighting], now_ms: int) -> Sequence[int]:
        """When each message was last changed."""
        return await self._thread().run(lambda connection: _seen(connection, sightings, now_ms))

    async def written(self, sighting: Sighting, now_ms: int) -> None:
        """This message was retained now."""
        await self._thread().run(lambda connection: _note(connection, [sighting], now_ms))


def _create(connection: sqlite3.Connection, thing: RegisteredThing) -> RegisteredThing | None:
    """The thing that has the name now; None when there is room for no further one."""
    known = _describe(connection, thing.name)
    if known is not None:
        return known
    (count,) = connection.execute("SELECT count(*) FROM thing").fetchone()
    if count >= registry.THINGS_MAX:
        return None
    attributes = orjson.dumps(dict(thing.attributes)).decode()
    row = (thing.name, attributes, thing.thing_type, thing.version)
    connection.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", row)
    return thing


def _describe(connection: sqlite3.Connection, name: str) -> RegisteredThing | None:
    row = connection.execute(f"{_FIND} WHERE name = ?", (name,)).fetchone()
    return None if row is None else _thing(row)


def _delete(connection: sqlite3.Connection, name: str, expected_version: int | None) -> bool:
    known = _describe(connection, name)
    if known is not None and expected_version not in (None, known.version):
        return False
    connection.execute("DELETE FROM thing WHERE name = ?", (name,))
    return True


def _thing(row: tuple[str, str, str | None, int]) -> RegisteredThing:
    name, attributes, thing_type, version = row
    return RegisteredThing(name, orjson.loads(attributes), thing_type, version)


def _seen(connection: sqlite3.Connection, sightings: Sequence[Sighting], now_ms: int) -> list[int]:
    times, news = [], []
    query = "SELECT modified_at_ms FROM retained WHERE topic = ? AND digest = ?"
    for sighting in sightings:
        known = connection.execute(query, sighting).fetchone()
        times.append(now_ms if known is None else known[0])
        if known is None:
            news.append(sighting)
    _note(connection, news, now_ms)
    return times


def _note(connection: sqlite3.Connection, sightings: Sequence[Sighting], now_ms: int) -> None:
    if not sightings:
        return
    connection.executemany(
        "INSERT OR REPLACE INTO retained VALUES (?, ?, ?)", [(*sighting, now_ms) for sighting in sightings]
    )
    connection.execute(
        "DELETE FROM retained WHERE topic IN"
        " (SELECT topic FROM retained ORDER BY modified_at_ms DESC LIMIT -1 OFFSET ?)",
        (retained.REMEMBERED_MAX,),
    )
