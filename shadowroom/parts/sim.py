"""`shadowroom sim`: the crowd."""

from pathlib import Path

import orjson

from device_sim.errors import SimError
from device_sim.options import SimOptions
from device_sim.runner import run_blocking
from shadowroom.complaint import USAGE, Complaint
from shadowroom.session_file import session_path


def run_sim(options: SimOptions) -> None:
    """Run the crowd to its end. Raises `Complaint` when it cannot start."""
    try:
        run_blocking(options)
    except SimError as error:
        raise Complaint(str(error), USAGE) from error


def presenter_token_of(data_dir: Path, room: str, duration: float) -> str | None:
    """The presenter's token of the room that runs on this data directory; None when another or none does.

    A crowd without an end (`duration` 0) gets none: it fills a room in which somebody else presents.
    """
    try:
        session = orjson.loads(session_path(data_dir).read_bytes())
    except (OSError, ValueError):
        return None
    if duration == 0 or session.get("room") != room:
        return None
    token: str = session["presenter_token"]
    return token
