"""Runs the parts of a room as child processes: in order, kept alive, stopped in reverse, gone when this
process is.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from shadowroom import logs
from shadowroom.complaint import FAILURE, Complaint
from shadowroom.data_dir import announcement
from shadowroom.kept_alive import KeptAlive, Program
from shadowroom.lifeline import LIFELINE, Lifeline
from shadowroom.logs import LOG_FORMAT

READY_WITHIN_S = 45.0
"""Seconds for one part, on a small machine with a large store."""


@dataclass(frozen=True, slots=True)
class Part:
    """`shadowroom <name> <arguments>`. What is secret goes through the data directory or `environment`."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], Awaitable[bool]] | None = None
    """None: ready when it has announced itself in the data directory."""
    stop_within_s: float = 8.0
    """From SIGTERM to SIGKILL."""


class Supervisor:
    """The running parts of one data directory. `report` takes lines for the person at the terminal."""

    def __init__(self, data_dir: Path, lock: int, report: Callable[[str], None]) -> None:
        """`lock` is the open lock of the run, which every part holds too."""
        self._data_dir = data_dir
        self._lock = lock
        self._report = report
        self._lifeline = Lifeline()
        self._running: list[tuple[KeptAlive, PartOutput]] = []

    async def start(self, part: Part) -> None:
        """Start `part` and wait until it is ready. Raises `Complaint` with its own words when it cannot."""
        output = PartOutput(part.name, self._data_dir / "logs" / f"{part.name}.log", self._report)

        def restarting(reason: str) -> None:
            said = output.take_complaint()
            self._report(f"{reason}. {said.sentence}" if said else f"{reason}.")

        child = KeptAlive(self._program(part, output), on_restart=restarting)
        self._running.append((child, output))
        await child.start()

    async def stop(self) -> None:
        """Stop all parts, the last one started first. Idempotent."""
        while self._running:
            child, output = self._running.pop()
            await child.stop()
            output.close()
        self._lifeline.close()

    def _program(self, part: Part, output: "PartOutput") -> Program:
        async def announced(pid: int) -> bool:
            facts = announcement(self._data_dir, part.name)
            return facts is not None and facts["pid"] == pid

        async def asked(_pid: int) -> bool:
            return part.is_ready is None or await part.is_ready()

        return Program(
            name=part.name,
            command=[sys.executable, "-m", "shadowroom", part.name, *part.arguments],
            is_ready=announced if part.is_ready is None else asked,
            on_line=output.line,
            complaint=output.complaint,
            environment={
                **os.environ,
                **part.environment,
                LIFELINE: str(self._lifeline.descriptor),
                LOG_FORMAT: "json",
                "PYTHONUNBUFFERED": "1",
            },
            descriptors=(self._lifeline.descriptor, self._lock),
            ready_within_s=READY_WITHIN_S,
            stop_within_s=part.stop_within_s,
        )


class PartOutput:
    """What one part writes: all of it to its log file, errors to the terminal, its last words kept."""

    def __init__(self, name: str, path: Path, report: Callable[[str], None]) -> None:
        self._name = name
        self._path = path
        self._writer = logs.log_writer(path)
        self._report = report
        self._complaint: Complaint | None = None
        self._last = ""

    def line(self, text: str) -> None:
        """Take one line of output."""
        self._writer.info(text)
        record = _record(text)
        if record is None:
            self._last = text.strip() or self._last
            return
        if "complaint" in record:
            exit_code = record.get("exit_code")
            self._complaint = Complaint(
                str(record["complaint"]), exit_code if isinstance(exit_code, int) else FAILURE
            )
        elif record.get("level") in ("error", "critical"):
            details = (f"{key}={value}" for key, value in record.items() if key not in _TOLD_OTHERWISE)
            self._report(f"{self._name}: {record.get('event', '')} {' '.join(details)}".rstrip())

    def complaint(self) -> Complaint | None:
        """Why the part ended: in its own words, or in the last line it wrote."""
        if self._complaint is None and self._last:
            return Complaint(f"The {self._name} ended: {self._last} (more in {self._path}).")
        return self._complaint

    def take_complaint(self) -> Complaint | None:
        """Like `complaint` for what the part said itself, and forgets it: the next run may end otherwise."""
        said, self._complaint = self._complaint, None
        return said

    def close(self) -> None:
        """Close the log file."""
        logs.close(self._writer)


_TOLD_OTHERWISE = ("event", "level", "timestamp", "part", "exception")


def _record(text: str) -> dict[str, object] | None:
    if not text.startswith("{"):
        return None
    try:
        found = orjson.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def until_all_started(supervisor: Supervisor, parts: Sequence[Part], stop: asyncio.Event) -> bool:
    """Start `parts` in order; False when `stop` was set before the last one was ready."""

    async def start_all() -> None:
        for part in parts:
            await supervisor.start(part)

    starting = asyncio.create_task(start_all(), name="start the parts")
    stopping = asyncio.create_task(stop.wait(), name="told to stop while starting")
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            return False
        starting.result()
        return True
    finally:
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
