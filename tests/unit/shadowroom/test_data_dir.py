"""One running room per data directory, and what its parts announce there."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shadowroom.complaint import Complaint
from shadowroom.data_dir import announce, announcement, lock, prepare, withdraw
from tests.support.rooms import ROOT

HOLDER = (
    "import sys,pathlib; from shadowroom.data_dir import lock; lock(pathlib.Path(sys.argv[1]),'up','A room')"
)


def test_the_directory_is_private(tmp_path: Path) -> None:
    """A new data directory is for this user only."""
    made = prepare(tmp_path / "new" / "room")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_directory_that_cannot_be_is_told(tmp_path: Path) -> None:
    """A file in the way is one sentence."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Complaint, match=r"cannot be made .*--data-dir"):
        prepare(tmp_path / "file")


def test_a_second_room_is_refused_at_once_and_names_the_first(tmp_path: Path) -> None:
    """While one process holds the lock, another is told whose it is."""
    data_dir = prepare(tmp_path)
    held = lock(data_dir, "up", "A room")
    tried = subprocess.run(
        [sys.executable, "-c", HOLDER, str(data_dir)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=9,
    )
    assert f"A room (process {os.getpid()}) already runs" in tried.stderr
    os.close(held)
    os.close(lock(data_dir, "up", "A room"))


def test_an_announcement_is_that_of_a_living_process(tmp_path: Path) -> None:
    """What a dead process announced does not count; withdrawn is gone."""
    data_dir = prepare(tmp_path)
    assert announcement(data_dir, "broker") is None
    announce(data_dir, "broker", host="127.0.0.1", port=1883)
    assert announcement(data_dir, "broker") == {"pid": os.getpid(), "host": "127.0.0.1", "port": 1883}
    withdraw(data_dir, "broker")
    assert announcement(data_dir, "broker") is None
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (data_dir / "run" / "broker.json").write_text(f'{{"pid": {ended.pid}}}')
    assert announcement(data_dir, "broker") is None
