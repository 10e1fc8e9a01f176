"""Replays inside the room: its recordings and those of rooms before, each on a stage of its own address."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dashboard.feed.recording import read
from dashboard.replay import Replay

REPLAYS_MAX: Final = 2
"""Replays that are kept at a time: a full recording takes some 200 MB of memory while it can be watched."""
LISTED_MAX: Final = 100
"""Recordings that are listed, the newest."""


class UnknownRecording(Exception):
    """There is no recording of this name."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recording: `DEMO`, `DEMO.before`, or `<folder of the archive>/DEMO`."""

    name: str
    path: Path
    size: int
    at: int
    """When it was written last, ms of room time."""

    def as_json(self) -> dict[str, Any]:
        """As the presenter's API lists it."""
        return {"name": self.name, "bytes": self.size, "at": self.at}


class Replays:
    """The recordings of one data directory, and the replays that were started."""

    def __init__(self, data_dir: Path) -> None:
        self._folders = (data_dir / "recordings", data_dir / "archive")
        self._started: dict[str, Replay] = {}

    async def recordings(self) -> list[Recorded]:
        """What can be replayed, the newest first."""
        return await asyncio.to_thread(self._list)

    async def start(self, name: str, speed: float) -> str:
        """Make a recording watchable; the id under which it is. The oldest beyond `REPLAYS_MAX` ends.

        Raises `UnknownRecording`, and `RecordingError` for a file that holds nothing whole.
        """
        found = next((recorded for recorded in await self.recordings() if recorded.name == name), None)
        if found is None:
            raise UnknownRecording(name)
        replay = Replay(await asyncio.to_thread(read, found.path), speed)
        identity = secrets.token_urlsafe(12)
        while len(self._started) >= REPLAYS_MAX:
            del self._started[next(iter(self._started))]
        self._started[identity] = replay
        return identity

    def get(self, identity: str) -> Replay | None:
        """The replay of this id, if it was started and has not been replaced."""
        return self._started.get(identity)

    def _list(self) -> list[Recorded]:
        recordings, archive = self._folders
        paths = [*recordings.glob("*.jsonl"), *archive.glob("[!.]*/*.jsonl")]
        found = []
        for path in paths:
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue  # The room was started fresh, or the file put aside, this moment.
            own = path.parent == recordings
            name = path.stem if own else f"{path.parent.name}/{path.stem}"
            found.append(Recorded(name, path, stat.st_size, int(stat.st_mtime * 1_000)))
        return sorted(found, key=lambda recorded: -recorded.at)[:LISTED_MAX]
