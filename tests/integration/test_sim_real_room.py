"""The crowd in a whole real room: every part a process of its own, on both brokers."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import orjson
import pytest

from device_sim.runner import SimOptions, run
from tests.support.rooms import PLAIN, RunningRoom, run_shadowroom, running_room

pytestmark = pytest.mark.broker

PHONES = 60
SECONDS = 30.0
"""A bound on the wait for another process; each takes well below a second on an idle machine."""


async def _summary(client: httpx.AsyncClient, room: RunningRoom) -> dict[str, object]:
    answer: dict[str, object] = (await client.get(f"/api/rooms/{room.room}")).json()
    return answer


@pytest.mark.parametrize("broker", ["mosquitto", "embedded"])
async def test_a_measured_run_is_right_and_leaves_the_room_empty(broker: str, tmp_path: Path) -> None:
    """All phones join, show and report every recolour, the tally is exact, nobody stays."""
    with running_room(tmp_path, broker) as room:
        options = SimOptions(
            room.url,
            room.room,
            PHONES,
            9.0,
            presenter_token=room.session["presenter_token"],
            keep=True,
            quiet=True,
        )
        async with httpx.AsyncClient(base_url=room.url, headers=room.presenter, timeout=SECONDS) as client:
            polls = f"/api/rooms/{room.room}/polls"
            question = {"kind": "single", "question": "Which?", "options": ["a", "b", "c"]}
            poll = (await client.post(polls, json=question)).json()["id"]
            (await client.post(f"{polls}/{poll}/open")).raise_for_status()
            report = await run(options)
            assert (report["joined"], report["wrong"], report["lost"]) == (PHONES, 0, 0), report
            assert (report["wrong_on_wall"], report["faults"], report["not_forgotten"]) == (0, 0, 0), report
            assert report["recolour"]["rounds"] >= 3
            assert report["recolour"]["shown"]["missed"] == report["recolour"]["on_wall"]["missed"] == 0
            (cast,) = report["votes"]["tallies"].values()
            answered = (await client.get(f"{polls}/{poll}")).json()
            assert Counter(answered["tally"]) == Counter(cast)
            assert answered["answered"] == report["votes"]["cast"]
            async with asyncio.timeout(SECONDS):
                while (await _summary(client, room))["connected"]:  # noqa: ASYNC110, another process's news
                    await asyncio.sleep(0.05)


def test_the_command_writes_the_report_and_its_phones_are_forgotten(tmp_path: Path) -> None:
    """`shadowroom sim` ends well, writes its JSON, and takes its phones out of the room."""
    with running_room(tmp_path) as room:
        path = tmp_path / "out.json"
        arguments = ["--url", room.url, "--room", room.room, "--phones", "10", "--duration", "1"]
        ended = run_shadowroom("sim", *arguments, "--report", str(path))
        assert ended.returncode == 0, ended.stderr
        report = orjson.loads(path.read_bytes())
        assert (report["joined"], report["wrong"], report["lost"], report["not_forgotten"]) == (10, 0, 0, 0)
        assert httpx.get(f"{room.url}/api/rooms/{room.room}", **PLAIN).json()["joined"] == 0
