"""One watcher's queue: bounded, so that a laptop that sleeps costs nothing and slows nobody down."""

import asyncio
from collections import deque
from typing import Final

FRAMES_MAX: Final = 40
"""Frames that wait for one watcher: two seconds of a busy room; who is further behind does better anew."""


class Session:
    """Frames from the hub to one connection. `send` never waits; `next` waits for a frame."""

    def __init__(self, *, person: bool = True) -> None:
        """`person`: this watcher is one of those that are counted."""
        self.person = person
        self._frames: deque[str] = deque()
        self._ready = asyncio.Event()
        self.given_up = asyncio.Event()
        """Set when the watcher did not read fast enough: it gets nothing more."""

    def send(self, frame: str) -> None:
        """Queue a frame; a full queue gives the watcher up."""
        if len(self._frames) >= FRAMES_MAX:
            self.given_up.set()
            self._frames.clear()
        if not self.given_up.is_set():
            self._frames.append(frame)
            self._ready.set()

    async def next(self) -> str:
        """The next frame, in the order of sending."""
        while not self._frames:
            self._ready.clear()
            await self._ready.wait()
        return self._frames.popleft()
