"""The room's database: durable when it says so, and one bad write hurts nobody else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dashboard.database import DatabaseError, RoomDatabase

INSERT = "INSERT INTO roster (slot, thing, state, joined_ms) VALUES (?, ?, 'present', 0)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[RoomDatabase]:
    opened = RoomDatabase(tmp_path / "data" / "rooms.db")
    await opened.open()
    yield opened
    await opened.close()


async def test_a_write_that_returned_is_read_back(database: RoomDatabase) -> None:
    """What was committed is seen by the next read."""
    assert await database.write(INSERT, (1, "phone-a")) == 1
    assert await database.read("SELECT slot, thing FROM roster") == [(1, "phone-a")]


async def test_a_refused_write_of_a_batch_is_refused_alone(database: RoomDatabase) -> None:
    """A statement that breaks a rule fails for its caller only, whoever shares the commit."""
    results = await asyncio.gather(
        *(database.write(INSERT, (n if n != 3 else 1, f"phone-{n}")) for n in (1, 2, 3, 4)),
        return_exceptions=True,
    )
    assert [isinstance(result, sqlite3.IntegrityError) for result in results] == [False, False, True, False]
    assert len(await database.read("SELECT 1 FROM roster")) == 3


async def test_statements_of_one_write_hold_together(database: RoomDatabase) -> None:
    """write_many is all or none."""
    with pytest.raises(sqlite3.IntegrityError):
        await database.write_many([(INSERT, (1, "phone-a")), (INSERT, (1, "phone-b"))])
    assert await database.read("SELECT * FROM roster") == []


async def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    """A thousand concurrent writes share commits and survive."""
    first = RoomDatabase(tmp_path / "rooms.db")
    await first.open()
    await asyncio.gather(*(first.write(INSERT, (n, f"phone-{n}")) for n in range(1, 1001)))
    await first.close()
    second = RoomDatabase(tmp_path / "rooms.db")
    await second.open()
    assert await second.read("SELECT count(*), max(slot) FROM roster") == [(1000, 1000)]
    await second.close()


async def test_a_newer_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A schema this release does not know is never written to."""
    with sqlite3.connect(tmp_path / "rooms.db") as raw:
        raw.execute("CREATE TABLE schema_version (script TEXT PRIMARY KEY)")
        raw.execute("INSERT INTO schema_version VALUES ('roster_v9.sql')")
    raw.close()
    with pytest.raises(DatabaseError, match="newer release"):
        await RoomDatabase(tmp_path / "rooms.db").open()


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """Use before open is a sentence, not an attribute error."""
    with pytest.raises(DatabaseError, match="not open"):
        await RoomDatabase(tmp_path / "rooms.db").write("SELECT 1")
