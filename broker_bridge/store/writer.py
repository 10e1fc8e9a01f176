"""One thread that owns a SQLite connection, and commits everything that waits as one transaction.

Rules of this file:
- only the thread touches the connection; the event loop hands it jobs and gets futures back;
- jobs run in the order in which they were handed in, so that a read sees every write before it;
- a group is committed before any of its futures is done; when the commit fails, all of them fail;
- the loop is woken once per group, not once per job.
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

Statement = Callable[[sqlite3.Connection], T]


class _Job(NamedTuple):
    run: Statement[Any]
    done: "asyncio.Future[Any]"


class _Stop(NamedTuple):
    pass


class SqliteWriter:
    """Runs functions on one connection, in a thread of its own, several to a transaction.

    To be made on the event loop that will use it.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, name: str) -> None:
        self._connect = connect
        self._jobs: queue.Queue[_Job | _Stop] = queue.Queue(MAX_WAITING_JOBS)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()

    async def start(self) -> None:
        """Connect; raises `StoreUnavailable` when that fails."""
        self._thread.start()
        await self._ready

    async def run(self, statement: Statement[T]) -> T:
        """What `statement` returned, after its transaction was committed. Raises `StoreUnavailable`."""
        if not self._thread.is_alive():
            raise StoreUnavailable("the database is not open")
        done: asyncio.Future[T] = self._loop.create_future()
        try:
            self._jobs.put_nowait(_Job(statement, done))
        except queue.Full:
            raise StoreUnavailable(f"{MAX_WAITING_JOBS} writes are waiting already") from None
        return await done

    async def stop(self) -> None:
        """Finish the jobs that wait, then close the connection."""
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
        jobs, going_on = self._take()
        if jobs:
            self._tell(_settle, jobs, _commit(connection, jobs))
        return going_on

    def _take(self) -> tuple[list[_Job], bool]:
        jobs: list[_Job] = []
        job = self._jobs.get()
        while not isinstance(job, _Stop):
            jobs.append(job)
            if len(jobs) == MAX_GROUP:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

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
        connection.execute("BEGIN IMMEDIATE")
        results = [job.run(connection) for job in jobs]
        connection.execute("COMMIT")
    except (sqlite3.Error, OverflowError) as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        return _unavailable(error)
    return results


def _settle(jobs: list[_Job], results: list[Any] | StoreUnavailable) -> None:
    for index, job in enumerate(jobs):
        if job.done.done():
            continue
        if isinstance(results, StoreUnavailable):
            job.done.set_exception(results)
        else:
            job.done.set_result(results[index])


def _unavailable(error: Exception) -> StoreUnavailable:
    return (
        error if isinstance(error, StoreUnavailable) else StoreUnavailable(f"the database refused: {error}")
    )
