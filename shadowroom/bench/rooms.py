"""Whole rooms: simulated phones join, are recoloured, and vote."""

import tempfile
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console

from device_sim.errors import SimError
from device_sim.options import SimOptions
from device_sim.runner import run_blocking
from shadowroom.complaint import Complaint
from shadowroom.rehearsal import RehearsalOptions, played
from shadowroom.throwaway_room import throwaway_room

POLL: Final = """\
polls:
  - {kind: single, question: "Is every vote counted?", options: ["yes", "no", "let me see"]}
"""


def measure_room(broker: str, phones: int, seconds: float) -> dict[str, Any]:
    """The crowd's report, as `shadowroom sim --report` writes it, of a room that is started for it. Raises
    `Complaint`."""
    with throwaway_room(broker) as (session, data_dir):
        report = data_dir / "crowd.json"
        options = SimOptions(
            url=session["url"],
            room=session["room"],
            phones=phones,
            duration=seconds,
            report=report,
            presenter_token=session["presenter_token"],
            quiet=True,
        )
        try:
            run_blocking(options)
        except SimError as error:
            raise Complaint(str(error)) from error
        written: dict[str, Any] = orjson.loads(report.read_bytes())
        return written


def measure_votes(broker: str, phones: int) -> dict[str, Any]:
    """`{"answered","exact"}`: a poll in a room of so many phones, and whether its count is what the phones'
    shadows say. Raises `Complaint`."""
    with tempfile.TemporaryDirectory(prefix="shadowroom-bench-") as folder:
        talk = Path(folder) / "poll.yaml"
        talk.write_text(POLL, "utf-8")
        options = RehearsalOptions(talk, phones, broker, Path(folder) / "out")
        (poll,) = played(options, Console(quiet=True))
    return poll._asdict()
