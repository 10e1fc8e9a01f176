"""The check for bad language at the room's pace: a flood of texts must not keep the loop from the phones.

Many come when everybody writes, and when a room starts again whose polls have been answered.
A text takes about a millisecond, and the check holds the interpreter, so that a thread would not help.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from dashboard.rooms.profanity import KNOWN_MAX, masked

BURST_S: Final = 0.01
"""Seconds of checking at once after a rest: a handful of texts is known at once, and nobody notices it."""
DUTY: Final = 0.5
"""Of the time that may go into checking while texts wait: 2,000 new ones are known after four seconds."""
WAITING_MAX: Final = 20_000
"""Texts that wait; whoever is not among them is asked for again by the next count."""

TELL_S: Final = 0.25
"""Seconds at least between two tellings while texts wait: each lets them all be counted anew."""

Key = tuple[str, str]
"""A text and its language."""


class TextChecks:
    """Which texts have been checked. `run` is its one task; `look` may be called from any thread."""

    def __init__(
        self,
        checked: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`checked` is called, and must not block, when texts that waited are known; `now` and `sleep` are in
        seconds of one clock."""
        self._checked = checked
        self._now = now
        self._sleep = sleep
        self._known: dict[Key, None] = {}
        self._waiting: dict[Key, None] = {}
        self._credit = BURST_S
        self._counted_at = now()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()

    def look(self, text: str, language: str) -> str | None:
        """The text as `masked` has it; None: it waits for its turn, and `checked` will be called."""
        key = text, language
        if key in self._known:
            return masked(*key)
        if not self._waiting and self._may():
            return self._check(key)
        if len(self._waiting) < WAITING_MAX:
            self._waiting[key] = None
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)
        return None

    async def finish(self, keys: Iterable[Key]) -> None:
        """Return when all of these are known."""
        for key in keys:
            if key not in self._known:
                await self._rest()
                self._check(key)

    async def run(self) -> None:
        """Check what waits, in the order in which it came, until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            told = self._now()
            while self._waiting:
                await self._rest()
                while self._waiting and self._may():
                    key = next(iter(self._waiting))
                    del self._waiting[key]
                    self._check(key)
                if not self._waiting or self._now() - told >= TELL_S:
                    told = self._now()
                    self._checked()
            await self._wake.wait()

    def _check(self, key: Key) -> str:
        before = self._now()
        found = masked(*key)
        # By the clock on the wall: on a machine that is busy otherwise the phones need the rest all the more.
        self._credit -= self._now() - before
        self._known[key] = None
        if len(self._known) > KNOWN_MAX:
            del self._known[next(iter(self._known))]
        return found

    def _may(self) -> bool:
        now = self._now()
        self._credit = min(BURST_S, self._credit + (now - self._counted_at) * DUTY)
        self._counted_at = now
        return self._credit > 0

    async def _rest(self) -> None:
        while not self._may():
            await self._sleep((BURST_S / 2 - self._credit) / DUTY)
