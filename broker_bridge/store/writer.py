"""Two connections to one SQLite file: the event loop's own for writes that nothing is in the way of, and a
thread's for everything that may have to wait.

Rules of this file:
- a commit of a few rows costs some 10 microseconds, a thread that is woken and wakes the loop again ten times
  as much: `write` commits on the loop, and never waits there, neither for a lock nor for the disk;
- what finds the file locked goes to the thread, and so does everything behind it, until the thread has
  nothing to do: jobs run in the order in which they were handed in, and a read sees every write before it;
- jobs that wait for the thread are committed as one group, before any of their futures is done; when the
  commit fails, all of them fail; the loop is woken once per group, not once per job;
- a checkpoint, which waits for the disk, is the thread's.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from broker_bridge.store.port import StoreUnavailable

T = TypeVar("T")

MAX_WAITING_JOBS = 10_000
"""Jobs. The desk hands in one at a time; this bounds everybody else."""
MAX_GROUP = 1_000
"""Jobs in one transaction, so that the first of them does not wait for an endless rest."""
CHECKPOINT_ROWS = 1_000
"""Rows written on the loop until the write-ahead log is brought into the file: some MB."""
LONG_LOG_PAGES = 16_384
"""A log of 64 MB, which never came to an end because somebody always wrote, is ended while writers wait."""

Statement = Callable[[sqlite3.Connection], T]


class _Job(NamedTuple):
    run: Statement[Any]
    done: "asyncio.Future[Any]"


class _Stop(NamedTuple):
    pass


class _Checkpoint(NamedTuple):
    pass


class SqliteWriter:
    """Runs functions in transactions on one file.

    To be made on the event loop that will use it.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, name: str) -> None:
        """`connect` opens the file, and may wait for locks."""
        self._connect = connect
        self._jobs: queue.Queue[_Job | _Stop | _Checkpoint] = queue.Queue(MAX_WAITING_JOBS)
        self._under_way = 0
        """Jobs of the thread that are not done."""
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._own: sqlite3.Connection | None = None
        self._checkpointed = 0
        """Rows that the loop had written when a checkpoint was last asked for."""

    async def start(self) -> None:
        """Connect; raises `StoreUnavailable` when that fails."""
        self._thread.start()
        await self._ready
        try:
            self._own = self._connect()
            self._own.execute("PRAGMA busy_timeout = 0")
            self._own.execute("PRAGMA wal_autocheckpoint = 0")
        except sqlite3.Error as error:
            raise _unavailable(error) from error

    async def write(self, statement: Statement[T]) -> T:
        """What `statement`, which writes a few rows, returned after its transaction was committed.

        It may be run twice, the first time undone. Raises `StoreUnavailable`.
        """
        own = self._own
        if own is None or self._under_way:
            return await self.run(statement)
        try:
            result = _transact(own, lambda: statement(own))
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise _unavailable(error) from error
            return await self.run(statement)
        except (sqlite3.Error, OverflowError) as error:
            raise _unavailable(error) from error
        if own.total_changes - self._checkpointed >= CHECKPOINT_ROWS:
            self._checkpointed = own.total_changes
            with suppress(queue.Full):
                self._jobs.put_nowait(_Checkpoint())
        return result

    async def run(self, statement: Statement[T]) -> T:
        """What `statement` returned, after its transaction was committed by the thread. Raises
        `StoreUnavailable`."""
        if not self._thread.is_alive():
            raise StoreUnavailable("the database is not open")
        done: asyncio.Future[T] = self._loop.create_future()
        try:
            self._jobs.put_nowait(_Job(statement, done))
        except queue.Full:
            raise StoreUnavailable(f"{MAX_WAITING_JOBS} writes are waiting already") from None
        self._under_way += 1
        return await done

    async def stop(self) -> None:
        """Finish the jobs that wait, then close both connections."""
        own, self._own = self._own, None
        if own is not None:
            own.close()
        if self._thread.is_alive():
            await asyncio.to_thread(self._jobs.put, _Stop())
            await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            connection = self._connect()
        except (sqlite3.Error, OSError, StoreUnavailable) as error:
            self._tell(self._fail_start, error)
            return
        self._tell(self._started)
        try:
            while self._group(connection):
                pass
        finally:
            connection.close()

    def _group(self, connection: sqlite3.Connection) -> bool:
        """Serve one group of jobs; False when asked to stop."""
        jobs, other = self._take()
        if jobs:
            self._tell(self._settle, jobs, _commit(connection, jobs))
        if isinstance(other, _Checkpoint):
            _checkpoint(connection)
        return not isinstance(other, _Stop)

    def _take(self) -> tuple[list[_Job], _Stop | _Checkpoint | None]:
        """Jobs for one group, and what came behind them that is no job."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        while isinstance(job, _Job):
            jobs.append(job)
            if len(jobs) == MAX_GROUP:
                return jobs, None
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, None
        return jobs, job

    def _settle(self, jobs: list[_Job], results: list[Any] | StoreUnavailable) -> None:
        self._under_way -= len(jobs)
        for index, job in enumerate(jobs):
            if job.done.done():
                continue
            if isinstance(results, StoreUnavailable):
                job.done.set_exception(results)
            else:
                job.done.set_result(results[index])

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        # A loop that is closed already: nobody waits for this any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _started(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _fail_start(self, error: Exception) -> None:
        if not self._ready.done():
            self._ready.set_exception(_unavailable(error))


def _commit(connection: sqlite3.Connection, jobs: list[_Job]) -> list[Any] | StoreUnavailable:
    """Run jobs in one transaction: their results, or the error that undid them all."""
    try:
        return _transact(connection, lambda: [job.run(connection) for job in jobs])
    except (sqlite3.Error, OverflowError) as error:
        return _unavailable(error)


def _transact(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    """What `work` returned, committed; undone when it or the commit raised."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _checkpoint(connection: sqlite3.Connection) -> None:
    """Bring the log into the file beside whoever writes. What does not work now will at the next time."""
    with suppress(sqlite3.Error):
        _, pages, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if pages > LONG_LOG_PAGES:
            connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()


def _unavailable(error: Exception) -> StoreUnavailable:
    return (
        error if isinstance(error, StoreUnavailable) else StoreUnavailable(f"the database refused: {error}")
    )
