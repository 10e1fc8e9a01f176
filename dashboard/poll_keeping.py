"""What is common to every change of a poll: save it, believe it, tell the room until it heard."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import stamina
import structlog

from dashboard.poll_announcement import PollAnnouncement
from dashboard.poll_book import PollBook
from dashboard.poll_records import PollRecords
from dashboard.rooms.answers import Answer
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_errors import PollUnavailable

RETRY_MAX_WAIT_S: Final = 5.0
"""Seconds between two attempts to tell the room of its poll while the bridge is away."""
RETELL_SPACING_S: Final = 1.0
"""Seconds at least between two tellings of the same poll whose texts change: phones are many."""

_log = structlog.get_logger(__name__)


class PollKeeping:
    """One room's polls in memory, on disk, and in the room's shadow. Changes hold `changing`."""

    def __init__(
        self,
        room: str,
        book: PollBook,
        records: PollRecords,
        announcement: PollAnnouncement,
        notify: Callable[[], None],
        told_poll: Callable[[], Awaitable[dict[str, Any] | None]],
    ) -> None:
        """`notify` must not block; `told_poll` is what phones are told."""
        self.room = room
        self.book = book
        self.records = records
        self.notify = notify
        self.changing = asyncio.Lock()
        self._announcement = announcement
        self._told_poll = told_poll
        self._telling: asyncio.Task[None] | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._stale = False

    async def save(self, poll: Poll, *, shown: str | None, frozen: dict[str, Answer] | None = None) -> None:
        """Save, then believe: what is in memory is never ahead of the disk. Raises `PollUnavailable`."""
        await self.records.save(poll, self.book.position(poll.id), shown=shown, frozen=frozen)
        self.book.saved(poll, shown, frozen)
        self.notify()

    async def announce(self, message: dict[str, Any] | None = None) -> None:
        """Tell the room its poll (or `message` of it); if that fails, also again in the background, and raise
        `PollUnavailable`."""
        try:
            await self._announcement.say(message or await self._told_poll())
        except BaseException:
            self.tell_later(0.0)
            raise

    def tell_later(self, after_s: float = RETELL_SPACING_S) -> None:
        """What phones see of the poll has changed: tell them in the background until it worked."""
        self._stale = True
        if self._telling is None or self._telling.done():
            self._telling = self.spawn(self._tell(after_s), "poll")

    def spawn(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """A task named after the room; its owner cancels it."""
        return asyncio.create_task(work, name=f"{what} of room {self.room}")

    def in_background(self, work: Coroutine[Any, Any, None], what: str) -> None:
        """Write something down that nobody waits for, at the latest when stopping."""
        task = self.spawn(work, what)
        self._writing.add(task)
        task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("something of a poll is not kept", room=self.room, error=str(error))

    async def stop(self) -> None:
        """Tell nothing more. Idempotent."""
        await asyncio.gather(*self._writing, return_exceptions=True)
        telling, self._telling = self._telling, None
        if telling is not None:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, after_s: float) -> None:
        while self._stale:
            await asyncio.sleep(after_s)
            self._stale = False
            attempts = stamina.retry_context(
                on=PollUnavailable, attempts=None, timeout=None, wait_max=RETRY_MAX_WAIT_S
            )
            async for attempt in attempts:
                with attempt:
                    async with self.changing:
                        await self._announcement.say(await self._told_poll())
            _log.info("the room knows its poll", room=self.room)
            after_s = RETELL_SPACING_S
