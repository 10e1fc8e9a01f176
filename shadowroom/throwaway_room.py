"""Rooms and parts of rooms for a while: child processes on data that are thrown away."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from shadowroom.complaint import Complaint
from shadowroom.lifeline import LIFELINE, Lifeline
from shadowroom.ports import LOOPBACK, free_port

READY_WITHIN_S: Final = 120.0
"""Seconds until a part or a room is there, on a busy machine."""
LOOK_S: Final = 0.05
"""Seconds between two looks."""

T = TypeVar("T")


@contextlib.contextmanager
def throwaway_room(broker: str, phones: int = 0) -> Iterator[tuple[dict[str, Any], Path]]:
    """`shadowroom up` on this machine: its `session.json` and its data directory. Raises `Complaint`."""
    with tempfile.TemporaryDirectory(prefix="shadowroom-") as folder:
        data_dir = Path(folder) / "room"
        session_file = data_dir / "session.json"
        words = ["up", "--host", LOOPBACK, "--port", str(free_port()), "--data-dir", str(data_dir)]
        words += ["--broker", broker, "--phones", str(phones)]

        def session() -> dict[str, Any] | None:
            return orjson.loads(session_file.read_bytes()) if session_file.is_file() else None

        with running(["shadowroom", *words], Path(folder) / "output.txt", session) as found:
            yield found, data_dir


@contextlib.contextmanager
def running(module: Sequence[str], output: Path, ready: Callable[[], T | None]) -> Iterator[T]:
    """`python -m MODULE WORD…` until the context ends, or this process does; what `ready` said first that is
    not None.

    Raises `Complaint` with the last line of its output when it ended before, or took `READY_WITHIN_S`.
    """
    lifeline = Lifeline()
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=os.environ | {LIFELINE: str(lifeline.descriptor)},
            pass_fds=(lifeline.descriptor,),
        )
    try:
        yield _until_ready(process, ready, output)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(READY_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        lifeline.close()


def _until_ready(process: "subprocess.Popen[bytes]", ready: Callable[[], T | None], output: Path) -> T:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        if (found := ready()) is not None:
            return found
        time.sleep(LOOK_S)
    said = output.read_text("utf-8", "replace").strip().splitlines()
    raise Complaint(f"It did not start: {said[-1] if said else 'it said nothing'}")
