"""The examples of `docs/clients.md`, taken out of the page and run as they stand on a whole room."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.document_examples import examples
from tests.support.node import link_packages, node
from tests.support.rooms import RunningRoom
from tests.support.shared_rooms import OneRoomAtATime

pytestmark = pytest.mark.broker

ROOT = Path(__file__).parents[2]
EXAMPLES = examples(ROOT / "docs" / "clients.md")
CASES = [
    (broker, name)
    for broker in ("mosquitto", "embedded")
    for name in EXAMPLES
    if broker == "mosquitto" or "MQTT 5" not in name
]
WITHIN_S = 60.0
"""For an example that takes about a second."""
SUFFIX = {"bash": "sh", "python": "py", "javascript": "mjs"}


@pytest.fixture
def room(request: pytest.FixtureRequest, rooms: OneRoomAtATime) -> RunningRoom:
    """A room on the broker that the test is for."""
    return rooms.on(request.param)


@pytest.fixture
def folder(room: RunningRoom, tmp_path: Path) -> Path:
    """Where a reader would be: the directory that has `.shadowroom`."""
    (tmp_path / ".shadowroom").symlink_to(room.data_dir, target_is_directory=True)
    return tmp_path


@pytest.mark.parametrize(("room", "name"), CASES, indirect=["room"])
def test_an_example_prints_what_the_page_says(room: RunningRoom, folder: Path, name: str) -> None:
    """What a reader pastes works, on each broker that the page promises it for."""
    if any(language == "javascript" for language, _ in EXAMPLES[name].blocks):
        link_packages(folder)
    ran = [run(language, code, folder) for language, code in EXAMPLES[name].blocks]

    # Judged by what it printed: awscrt now and then aborts at the interpreter's exit.
    assert "".join(one.stdout for one in ran) == EXAMPLES[name].prints, [one.stderr for one in ran]


def run(language: str, code: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """A block as a program of its own in `folder`."""
    path = folder / f"example.{SUFFIX[language]}"
    path.write_text(code, encoding="utf-8")
    command = {"bash": ["bash", "-eu"], "python": [sys.executable], "javascript": [node()]}[language]
    # `python3`, `shadowroom` and `aws` are those of this environment.
    search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [*command, str(path)],
        cwd=folder,
        env=os.environ | {"PATH": search},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
