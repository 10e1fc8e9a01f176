"""A room's recording: JSON lines `{"at":<room time, ms>,"frame":<a frame of the public feed>}`.

It holds what the feed told a stage and nothing else, so neither a thing's name nor a vote before the reveal.
Each run of a room begins with a snapshot.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import ValidationError

from dashboard.feed.messages import SERVER_MESSAGE

RECORDING_MAX: Final = 32 * 1024 * 1024
"""Bytes of one file: some 1,500 recolours of 2,000 phones. The file before it is kept too, no others."""


class RecordingError(Exception):
    """The file cannot be replayed; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame and when it was told."""

    at: int
    """Room time, ms."""
    frame: dict[str, Any]

    @property
    def begins(self) -> bool:
        """True for a snapshot: nothing before it counts any more."""
        return bool(self.frame["type"] == "snapshot")


def line_of(at: int, frame: str) -> bytes:
    """A frame as a line of the recording."""
    return b'{"at":%d,"frame":%b}\n' % (at, frame.encode())


def append_to(path: Path) -> FileIO:
    """The file, for lines at its end; one that is full is put aside first. A line that a crash tore is ended.

    Raises `OSError`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size >= RECORDING_MAX:
        path.replace(path.with_suffix(f".before{path.suffix}"))
    file = FileIO(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600), "ab")
    size = file.tell() or file.seek(0, os.SEEK_END)
    if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
        file.write(b"\n")
    return file


def read(path: Path) -> list[Moment]:
    """Every frame that can be replayed: what follows a torn line is left out up to the next snapshot.

    Raises `RecordingError`.
    """
    try:
        with path.open("rb") as file:
            moments = list(_whole(file))
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not moments:
        raise RecordingError(
            f"{path} is no recording of a room: those are in the folder `recordings` of a data directory."
        )
    return moments


def _whole(lines: Iterator[bytes]) -> Iterator[Moment]:
    whole = False
    for line in lines:
        moment = _moment(line)
        whole = moment is not None and (whole or moment.begins)
        if moment is not None and whole:
            yield moment


def _moment(line: bytes) -> Moment | None:
    try:
        said = orjson.loads(line)
        SERVER_MESSAGE.validate_python(said["frame"])
        return Moment(int(said["at"]), said["frame"])
    except (ValidationError, ValueError, TypeError, KeyError):
        return None
