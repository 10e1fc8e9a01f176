"""The SQLite store keeps the store's promises, and more: files outlive processes, and can be shared or
broken."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from importlib import resources
from pathlib import Path

import pytest

from broker_bridge.store.port import Change, Item, ShadowStore, StoreUnavailable, VersionTaken
from broker_bridge.store.registry import RegisteredThing
from broker_bridge.store.retained import Sighting
from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.store.writer import CHECKPOINT_ROWS
from broker_bridge.wire.topics import ShadowId
from tests.contract.store_suite import CLASSIC, NAMED, StoreSuite, item


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file in a folder that is not there yet."""
    return tmp_path / "deep" / "shadows.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[ShadowStore]:
    """A store for one test."""
    store = SqliteStore(path)
    await store.open()
    yield store
    await store.close()


class TestSqliteStore(StoreSuite):
    """SQLite."""

    async def test_items_outlive_the_store(self, store: ShadowStore, path: Path) -> None:
        """A second store on the same file has them, tombstones too."""
        await store.save(CLASSIC, item(1), expected_version=0)
        await store.save(NAMED, item(3, alive=False), expected_version=0)
        await store.close()

        again = SqliteStore(path)
        await again.open()

        assert item(1) == await again.load(CLASSIC)
        assert item(3, alive=False) == await again.load(NAMED)
        await again.close()

    async def test_registrations_and_times_outlive_the_store(self, store: ShadowStore, path: Path) -> None:
        """A second store on the same file has them."""
        thing = RegisteredThing("lamp", {"seat": "12"}, "lamp")
        await store.registry.create(thing)
        await store.retained.written(Sighting("t", b"1"), 100)
        await store.close()

        again = SqliteStore(path)
        await again.open()

        assert await again.registry.describe("lamp") == thing
        assert list(await again.retained.seen([Sighting("t", b"1")], 200)) == [100]
        await again.close()

    async def test_a_save_is_in_the_file_when_it_returns(self, store: ShadowStore, path: Path) -> None:
        """Another connection reads it at once."""
        await store.save(CLASSIC, item(1), expected_version=0)

        with sqlite3.connect(path) as other:
            rows = other.execute("SELECT thing, name, version FROM shadow").fetchall()
        other.close()

        assert rows == [("thing-1", "", 1)]

    async def test_two_stores_on_one_file_never_lose_a_write(self, store: ShadowStore, path: Path) -> None:
        """Who is behind gets `VersionTaken`, and then loads what the other wrote, for new shadows too."""
        other = SqliteStore(path)
        await other.open()
        await store.save(CLASSIC, item(1), expected_version=0)
        with pytest.raises(VersionTaken):
            await other.save(CLASSIC, item(1), expected_version=0)
        assert item(1) == await other.load(CLASSIC)
        await other.save(CLASSIC, item(2), expected_version=1)
        with pytest.raises(VersionTaken):
            await store.save(CLASSIC, item(2), expected_version=1)

        assert item(2) == await store.load(CLASSIC)
        await other.close()

    async def test_concurrent_saves_share_commits(self, store: ShadowStore, path: Path) -> None:
        """A thousand saves in flight at once are all written."""
        shadows = [ShadowId(f"thing-{number}") for number in range(1000)]
        await asyncio.gather(*(store.save(shadow, item(1), expected_version=0) for shadow in shadows))
        await store.close()

        with sqlite3.connect(path) as other:
            (count,) = other.execute("SELECT count(*) FROM shadow").fetchone()
        other.close()

        assert count == 1000


async def test_a_file_of_the_first_schema_is_upgraded(path: Path) -> None:
    """Its shadows are there, and things can be registered."""
    path.parent.mkdir()
    schema = resources.files("broker_bridge.store").joinpath("sql", "schema_v1.sql")
    with sqlite3.connect(path) as old:
        old.executescript(schema.read_text("utf-8"))
        old.execute("INSERT INTO shadow VALUES ('thing-1', '', 1, ?, 1700000000)", (item(1).document,))
    old.close()

    upgraded = SqliteStore(path)
    await upgraded.open()

    assert item(1) == await upgraded.load(CLASSIC)
    assert await upgraded.registry.create(RegisteredThing("lamp")) == RegisteredThing("lamp")
    await upgraded.close()


async def test_a_file_of_the_future_is_refused(path: Path) -> None:
    """The sentence says what to do."""
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreUnavailable, match="use a newer Shadowroom"):
        await SqliteStore(path).open()


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """And left as it is."""
    path.parent.mkdir()
    path.write_bytes(b"this is a letter to my aunt, " * 100)  # noqa: ASYNC240

    with pytest.raises(StoreUnavailable, match=r"cannot keep shadows in .*shadows\.db"):
        await SqliteStore(path).open()

    assert path.read_bytes().startswith(b"this is a letter")  # noqa: ASYNC240


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreUnavailable, match="cannot keep shadows in"):
        await SqliteStore(tmp_path / "file" / "shadows.db").open()


async def test_a_full_disk_fails_the_save_and_not_the_store(path: Path) -> None:
    """The save raises `StoreUnavailable`, nothing of it is there, and smaller ones go on."""
    store = SqliteStore(path)
    await store.open()
    await store.save(CLASSIC, item(1), expected_version=0)
    await store._thread().write(lambda connection: connection.execute("PRAGMA max_page_count = 12"))

    big = item(2).__class__(2, b"x" * 100_000, 0)
    with pytest.raises(StoreUnavailable, match="full"):
        await store.save_all([Change(CLASSIC, big, 1), Change(NAMED, item(1), 0)])

    assert item(1) == await store.load(CLASSIC)
    assert await store.load(NAMED) is None
    await store.save(CLASSIC, item(2), expected_version=1)
    await store.close()


async def test_a_locked_file_holds_up_a_save_and_not_the_loop(path: Path) -> None:
    """While another process writes, the save waits in the thread, what comes behind it too, and order
    holds."""
    store = SqliteStore(path)
    await store.open()
    await store.save(CLASSIC, item(1), expected_version=0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    first = asyncio.create_task(store.save(CLASSIC, item(2), expected_version=1))
    await asyncio.sleep(0)
    second = asyncio.create_task(store.save(CLASSIC, item(3), expected_version=2))
    await asyncio.wait([first, second], timeout=0.05)
    done_while_locked = first.done() or second.done()
    other.execute("COMMIT")
    other.close()
    await asyncio.gather(first, second)

    assert not done_while_locked
    assert item(3) == await store.load(CLASSIC)
    await store.close()


async def test_the_log_is_brought_into_the_file_again_and_again(path: Path) -> None:
    """Thousands of saves, none of which waits for the disk, leave a log of a few MB."""
    store = SqliteStore(path)
    await store.open()
    shadows = [ShadowId(f"thing-{number}") for number in range(CHECKPOINT_ROWS)]
    for version in range(1, 9):
        big = Item(version, b"x" * 3_000, 0)  # a page for each
        changes = [Change(shadow, big, version - 1) for shadow in shadows]
        await store.save_all(changes)
        await store.ping()  # The thread is done with what it was given before.

    log = path.with_name("shadows.db-wal").stat().st_size
    await store.close()

    assert log < 3 * CHECKPOINT_ROWS * 4096
    assert not path.with_name("shadows.db-wal").exists()
