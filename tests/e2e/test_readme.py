"""What the README tells people to type works, typed as it stands there."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tests.support.rooms import PLAIN, RunningRoom, running_room, wait_until

pytestmark = pytest.mark.broker

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")

#: Seconds for one block of the README.
PATIENCE_S = 20.0


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room whose data directory is where the README has it."""
    folder = tmp_path_factory.mktemp("read")
    with running_room(folder, "mosquitto", 3) as running:
        (folder / ".shadowroom").symlink_to(running.data_dir)
        room_url = f"{running.url}/api/rooms/DEMO"
        wait_until(lambda: httpx.get(room_url, timeout=5, **PLAIN).json()["connected"] == 3, "three phones")
        yield running


def blocks(language: str, word: str) -> list[str]:
    """The README's blocks in that language that hold the word."""
    found = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    chosen = [block for block in found if word in block]
    assert chosen, f"the README has no {language} block with {word}"
    return chosen


def commands(block: str) -> str:
    """What stands behind the prompts of a console block, with the lines that continue it."""
    return re.sub(
        r"^\$ ", "", re.sub(r"^(?!\$ |    ).*\n", "", block, flags=re.MULTILINE), flags=re.MULTILINE
    )


def shell(room: RunningRoom, script: str, **variables: str) -> str:
    """Run a script of the README in the room's folder; what it printed."""
    answer = subprocess.run(
        ["bash", "-euc", script.replace("localhost:8000", room.url.removeprefix("http://"))],
        cwd=room.data_dir.parent,
        env=os.environ | {"TOKEN": room.session["presenter_token"], **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def watch(
    words: list[str], folder: Path, *expected: str, meanwhile: Callable[[], None] = lambda: None
) -> None:
    """Run a program that never ends until it has printed all that is expected; `meanwhile` is done again and
    again.
    """
    output = folder / "watched.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            words, cwd=folder, stdout=sink, stderr=sink, env=os.environ | {"PYTHONUNBUFFERED": "1"}
        )

    def look() -> bool:
        meanwhile()
        return all(one in output.read_text() for one in expected)

    try:
        wait_until(look, f"{expected} is printed", within_s=PATIENCE_S)
    except AssertionError as error:
        raise AssertionError(f"{error}: {output.read_text()}") from error
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_the_question_and_the_poll(room: RunningRoom) -> None:
    """The question is answered as shown, and the poll is made and opened."""
    (question,) = blocks("console", "/ask")
    (poll,) = blocks("console", "/polls")
    first, second = commands(poll).split("curl", 2)[1:]

    answer = orjson.loads(shell(room, commands(question)))
    made = orjson.loads(shell(room, f"curl{first}"))
    opened = orjson.loads(shell(room, f"curl{second}", ID=made["id"]))

    assert answer["speech"].startswith("Of 3 phones")
    assert opened["state"] == "open"


def test_boto3(room: RunningRoom) -> None:
    """The boto3 example writes a shadow and reads it back."""
    (program,) = blocks("python", "boto3")
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=room.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )

    assert "'desired': {'on': True}" in answer.stdout, answer.stderr


def test_paho(room: RunningRoom) -> None:
    """The paho example gets accepted, delta and documents."""
    (program,) = blocks("python", "paho")

    watch(
        [sys.executable, "-c", program], room.data_dir.parent, "accepted", '"state":{"on":true}', "documents"
    )


def test_watching_with_mosquitto(room: RunningRoom) -> None:
    """mosquitto_sub with the account of session.json sees the shadows change."""
    (block,) = blocks("console", "mosquitto_sub")
    script = commands(block).replace("mosquitto_sub ", "exec mosquitto_sub ")

    def recolour() -> None:
        url = f"{room.url}/api/rooms/DEMO/scene"
        httpx.post(url, json={"by": "os"}, headers=room.presenter, timeout=5, **PLAIN)

    watch(
        ["bash", "-euc", script], room.data_dir.parent, "update/documents", '"reported"', meanwhile=recolour
    )
