"""`rooms.db`: what of a room is not a shadow (roster, polls, drafts, log), in one SQLite file.

One thread writes and one thread reads, so that the event loop never waits for a disk. Writes that arrive
while a commit is running share the next one (group commit).
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

QUEUE_MAX = 10_000
"""Writes waiting or running at once: ten waves of a thousand phones; more must wait in the caller."""
BATCH_MAX = 500
"""Writes that share one commit: about 10 ms of work, so that nobody waits long for somebody else's."""
WAIT_S = 10.0
"""Seconds a caller waits for its write or read: far beyond a slow disk's fsync, below a phone's patience."""
BUSY_MS = 5_000
"""Milliseconds SQLite waits for another process's lock, e.g. of a backup."""

Statement = tuple[str, Sequence[Any]]


class DatabaseError(Exception):
    """The room's database cannot be used; the message says what to do."""


@dataclass(slots=True)
class _Write:
    statements: Sequence[Statement]
    done: "asyncio.Future[int]"
    error: sqlite3.Error | None = field(default=None)
    rows: int = 0


class RoomDatabase:
    """The database of one data directory. `open` before use, `close` at the end; both once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._room = asyncio.Semaphore(QUEUE_MAX)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._writer: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._read_connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open the file, bring its schema up to date and start the threads. Raises `DatabaseError`."""
        self._loop = asyncio.get_running_loop()
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="rooms.db reader")
        try:
            connection = await self._loop.run_in_executor(self._readers, _open_for_writing, self._path)
            self._read_connection = await self._loop.run_in_executor(self._readers, _connect, self._path)
        except (sqlite3.Error, OSError) as error:
            self._readers.shutdown(wait=False)
            raise DatabaseError(f"The room's database {self._path} cannot be opened: {error}.") from error
        except DatabaseError:
            self._readers.shutdown(wait=False)
            raise
        self._writer = threading.Thread(
            target=self._run, args=(connection,), name="rooms.db writer", daemon=True
        )
        self._writer.start()

    async def close(self) -> None:
        """Commit what is waiting, stop both threads and close the file."""
        if self._loop is None or self._writer is None or self._readers is None:
            return
        self._queue.put(None)
        await self._loop.run_in_executor(self._readers, self._writer.join)
        if self._read_connection is not None:
            await self._loop.run_in_executor(self._readers, self._read_connection.close)
        self._readers.shutdown(wait=False)
        self._writer = None

    async def write(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one statement; returns the number of rows changed once it is committed to disk.

        Raises `sqlite3.Error` when the statement is refused (others of the same commit are not touched), and
        `DatabaseError` when the disk does not answer within `WAIT_S`.
        """
        return await self.write_many([(sql, params)])

    async def write_many(self, statements: Sequence[Statement]) -> int:
        """Run statements in order as one transaction, all or none; returns the rows changed.

        Errors as for `write`.
        """
        if self._loop is None or self._writer is None:
            raise DatabaseError("The room's database is not open.")
        try:
            async with asyncio.timeout(WAIT_S), self._room:
                write = _Write(statements, self._loop.create_future())
                self._queue.put(write)
                return await write.done
        except TimeoutError as error:
            raise DatabaseError(f"The disk of {self._path} did not answer within {WAIT_S:.0f} s.") from error

    async def read(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query, as tuples. It sees every write that has returned."""
        if self._loop is None or self._readers is None or self._read_connection is None:
            raise DatabaseError("The room's database is not open.")
        run = partial(_fetch, self._read_connection, sql, params)
        return await asyncio.wait_for(self._loop.run_in_executor(self._readers, run), WAIT_S)

    def _run(self, connection: sqlite3.Connection) -> None:
        """The writer thread: take what waits, commit it together, tell the callers."""
        open_ = True
        while open_:
            batch: list[_Write] = []
            item = self._queue.get()
            while item is not None:
                batch.append(item)
                if len(batch) == BATCH_MAX or self._queue.empty():
                    break
                item = self._queue.get()
            open_ = item is not None
            if batch:
                _commit(connection, batch)
                self._tell(batch)
        connection.close()

    def _tell(self, batch: Sequence[_Write]) -> None:
        try:
            assert self._loop is not None  # noqa: S101 - set by open(), which started this thread
            self._loop.call_soon_threadsafe(_settle, batch)
        except RuntimeError:
            return  # the loop is gone, and with it everybody who waited


def _settle(batch: Sequence[_Write]) -> None:
    for write in batch:
        if write.done.done():
            continue
        if write.error is not None:
            write.done.set_exception(write.error)
        else:
            write.done.set_result(write.rows)


def _commit(connection: sqlite3.Connection, batch: Sequence[_Write]) -> None:
    """Run a batch in one transaction; a write that fails is rolled back alone."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        if len(batch) == 1:
            _run_statements(connection, batch[0])
        else:
            for write in batch:
                _apply(connection, write)
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for write in batch:
            write.error = write.error or error


def _apply(connection: sqlite3.Connection, write: _Write) -> None:
    connection.execute("SAVEPOINT one_write")
    try:
        _run_statements(connection, write)
    except sqlite3.Error as error:
        if not connection.in_transaction:
            raise  # SQLite gave up the whole transaction (disk full, corruption): so must we
        connection.execute("ROLLBACK TO one_write")
        write.error = error
    connection.execute("RELEASE one_write")


def _run_statements(connection: sqlite3.Connection, write: _Write) -> None:
    for sql, params in write.statements:
        write.rows += max(connection.execute(sql, params).rowcount, 0)


def _fetch(connection: sqlite3.Connection, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    return connection.execute(sql, params).fetchall()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _open_for_writing(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a slot that was promised to a phone must survive a power cut; commits share the fsync.
        connection.execute("PRAGMA synchronous = FULL")
        _apply_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _apply_schema(connection: sqlite3.Connection) -> None:
    """Apply each `dashboard/sql/*.sql` once, in the order of names; refuse a newer release's file."""
    scripts = {
        entry.name: entry.read_text("utf-8")
        for entry in files("dashboard").joinpath("sql").iterdir()
        if entry.name.endswith(".sql")
    }
    connection.execute(
        "CREATE TABLE IF NOT EXISTS schema_version (script TEXT PRIMARY KEY) STRICT, WITHOUT ROWID"
    )
    applied = {row[0] for row in connection.execute("SELECT script FROM schema_version")}
    if unknown := applied - scripts.keys():
        raise DatabaseError(
            f"The room's database was written by a newer release ({', '.join(sorted(unknown))}): "
            "use that release, or another --data-dir."
        )
    for name in sorted(scripts.keys() - applied):
        quoted = name.replace("'", "''")
        connection.executescript(
            f"BEGIN;\n{scripts[name]}\nINSERT INTO schema_version VALUES ('{quoted}');\nCOMMIT;"
        )
