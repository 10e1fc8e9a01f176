"""The data directory: one room's files, one running room at a time.

    rooms.db  shadows.db  secrets/room.json  session.json  broker/  logs/  run/

`run/` holds locks and announcements: a part that is ready says in `run/<part>.json` who and where it is.
"""

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import Any

import orjson

from shadowroom.complaint import Complaint
from shadowroom.private_files import write_private

PREDECESSOR_GRACE_S = 10.0
"""How long to wait for processes of a run that was killed: they stop by themselves within this time."""
_POLL_S = 0.05


def prepare(path: Path) -> Path:
    """Make the directory (0700) and its `broker`, `logs` and `run`; the absolute path. `Complaint` when that
    cannot be.
    """
    absolute = path.expanduser().absolute()
    try:
        absolute.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("broker", "logs", "run"):
            (absolute / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Complaint(
            f"The data directory {path} cannot be made ({error.strerror or error}): "
            "choose another with --data-dir."
        ) from error
    if not os.access(absolute, os.W_OK | os.X_OK):
        raise Complaint(f"The data directory {path} cannot be written: choose another with --data-dir.")
    return absolute


def lock(data_dir: Path, name: str, what: str) -> int:
    """Take the lock `run/<name>.lock` and return its descriptor, which whoever inherits it holds too.

    So the lock of a run outlives a killed supervisor for as long as one of its processes lives: such a holder
    is waited for, a living one is reported at once by a `Complaint` that calls it `what`.
    """
    path = data_dir / "run" / f"{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Complaint(f"{path} cannot be opened: {error.strerror or error}.") from error
    deadline = time.monotonic() + PREDECESSOR_GRACE_S
    while not _try_lock(descriptor):
        holder = _holder(descriptor)
        if time.monotonic() > deadline or (holder is not None and is_alive(holder)):
            os.close(descriptor)
            who = "" if holder is None else f" (process {holder})"
            raise Complaint(
                f"{what}{who} already runs on the data directory {data_dir}: stop it, "
                "or choose another directory with --data-dir."
            )
        time.sleep(_POLL_S)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def announce(data_dir: Path, part: str, **facts: Any) -> None:
    """Say that `part` is ready in this process; `facts` are JSON values that others need to reach it."""
    text = orjson.dumps({"pid": os.getpid(), **facts}, option=orjson.OPT_INDENT_2).decode()
    write_private(_announcement(data_dir, part), text + "\n")


def withdraw(data_dir: Path, part: str) -> None:
    """Take the announcement back, if it is this process's."""
    announced = announcement(data_dir, part)
    if announced is not None and announced["pid"] == os.getpid():
        _announcement(data_dir, part).unlink(missing_ok=True)


def announcement(data_dir: Path, part: str) -> dict[str, Any] | None:
    """What the running `part` announced, `pid` first of all; None when none runs."""
    try:
        facts: dict[str, Any] = orjson.loads(_announcement(data_dir, part).read_bytes())
        return facts if is_alive(int(facts["pid"])) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_alive(pid: int) -> bool:
    """True when there is a process `pid`."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _announcement(data_dir: Path, part: str) -> Path:
    return data_dir / "run" / f"{part}.json"


def _try_lock(descriptor: int) -> bool:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def _holder(descriptor: int) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(os.pread(descriptor, 20, 0))
    return None
