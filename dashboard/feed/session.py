"""One watcher's queue: bounded, so that a laptop that sleeps costs nothing and slows nobody down."""

import asyncio
from collections import deque
from typing import Final

FRAMES_MAX: Final = 60
"""Frames that wait for one watcher: three seconds of a busy room; who is further behind does better anew."""


class TooSlow(Exception):
    """The watcher did not read fast enough and was given up."""


class Session:
    """Frames from the hub to one connection. `send` never waits; `next` waits for a frame."""

    def __init__(self) -> None:
        self._frames: deque[str] = deque()
        self._ready = asyncio.Event()
        self._given_up = False

    def send(self, frame: str) -> None:
        """Queue a frame; a full queue gives the watcher up."""
        if len(self._frames) >= FRAMES_MAX:
            self._given_up = True
            self._frames.clear()
        if not self._given_up:
            self._frames.append(frame)
        self._ready.set()

    async def next(self) -> str:
        """The next frame. Raises `TooSlow` once the watcher was given up."""
        while not self._frames and not self._given_up:
            self._ready.clear()
            await self._ready.wait()
        if self._given_up:
            raise TooSlow
        return self._frames.popleft()
