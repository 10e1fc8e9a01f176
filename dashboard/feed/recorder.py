"""Keeps a room's recording: one more watcher of the public feed, which writes what it is told."""

import asyncio
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

import structlog

from dashboard.feed.endpoint import until_first
from dashboard.feed.hub import Hub
from dashboard.feed.recording import RECORDING_MAX, append_to, line_of
from dashboard.feed.session import Session
from dashboard.room_shadows import room_time_ms

RETRY_S: Final = 30.0
"""Seconds until a recording that could not be written is tried again: a full disk is not freed sooner."""

_log = structlog.get_logger(__name__)


class Recorder:
    """Writes to `path`, for as long as `run` runs. The room never waits for it."""

    def __init__(self, hub: Hub, path: Path) -> None:
        self._hub = hub
        self._path = path
        self._session: Session | None = None

    async def run(self) -> None:
        """Record until cancelled. A disk that is too slow or a file that is full costs a new snapshot."""
        while True:
            session = self._session = Session(person=False)
            self._hub.join("stage", session)
            try:
                await until_first("recording", self._keep(session), session.given_up.wait())
            finally:
                self._hub.leave("stage", session)

    def begin_anew(self, drop: Callable[[], None]) -> None:
        """`drop` takes the recording away; what comes is recorded in a new file, from a snapshot on."""
        try:
            drop()
        except OSError as error:
            _log.warning("the recording cannot be taken away", file=str(self._path), error=str(error))
        if self._session is not None:
            self._session.given_up.set()

    async def _keep(self, session: Session) -> None:
        """Write frames until the file is full."""
        try:
            with await asyncio.to_thread(append_to, self._path) as file:
                while file.tell() < RECORDING_MAX:
                    await self._write(file, await session.next())
        except OSError as error:
            _log.warning("the room is not recorded", file=str(self._path), error=str(error))
            self._hub.leave("stage", session)
            await asyncio.sleep(RETRY_S)

    async def _write(self, file: FileIO, frame: str) -> None:
        await asyncio.to_thread(file.write, line_of(room_time_ms(), frame))
