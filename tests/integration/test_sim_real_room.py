"""The crowd in a whole real room: every part a process of its own, on both brokers."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from device_sim.runner import SimOptions, run
from shadowroom.parts.sim import broker_door
from tests.support.rooms import PLAIN, RunningRoom, emptied, run_shadowroom, running_room

pytestmark = pytest.mark.broker

PHONES = 60
SECONDS = 30.0
"""A bound on the wait for another process; each takes well below a second on an idle machine."""


@pytest.fixture(scope="module", params=["mosquitto", "embedded"])
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """One room on each broker."""
    with running_room(tmp_path_factory.mktemp("room"), request.param) as opened:
        yield opened


def _options(room: RunningRoom, **more: Any) -> SimOptions:
    token = room.session["presenter_token"]
    return SimOptions(room.url, room.room, PHONES, **{"presenter_token": token, "quiet": True, **more})


async def _until_connected(client: httpx.AsyncClient, room: RunningRoom, phones: int) -> None:
    async with asyncio.timeout(SECONDS):
        while (await client.get(f"/api/rooms/{room.room}")).json()["connected"] != phones:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def _client(room: RunningRoom) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=room.url, headers=room.presenter, timeout=SECONDS)


def _assert_right(report: dict[str, Any]) -> None:
    assert (report["joined"], report["wrong"], report["lost"]) == (PHONES, 0, 0), report
    assert (report["wrong_on_wall"], report["faults"], report["not_forgotten"]) == (0, 0, 0), report
    assert report["recolour"]["rounds"] >= 1
    assert report["recolour"]["shown"]["missed"] == report["recolour"]["on_wall"]["missed"] == 0


async def test_a_measured_run_is_right_and_leaves_the_room_empty(room: RunningRoom) -> None:
    """All phones join, show and report every recolour, the tally is exact, nobody stays."""
    async with _client(room) as client:
        polls = f"/api/rooms/{room.room}/polls"
        question = {"kind": "single", "question": "Which?", "options": ["a", "b", "c"]}
        poll = (await client.post(polls, json=question)).json()["id"]
        (await client.post(f"{polls}/{poll}/open")).raise_for_status()
        report = await run(_options(room, duration=9.0, keep=True))
        _assert_right(report)
        (cast,) = report["votes"]["tallies"].values()
        answered = (await client.get(f"{polls}/{poll}")).json()
        assert Counter(answered["tally"]) == Counter(cast)
        assert answered["answered"] == report["votes"]["cast"]
        await _until_connected(client, room, 0)


async def test_phones_at_the_brokers_own_listener_are_as_right(room: RunningRoom) -> None:
    """With `--direct` none comes through the tunnel, and all is as with it: presence, reports, goodbyes."""
    emptied(room)
    door = broker_door(room.data_dir, room.room, room.url)
    async with _client(room) as client:
        crowd = asyncio.create_task(run(_options(room, duration=9.0, direct=door)), name="crowd")
        await _until_connected(client, room, PHONES)
        assert "shadowroom_tunnels_open 0.0" in (await client.get("/metrics")).text
        report = await crowd
        _assert_right(report)
        assert report["generator"]["direct"] is True
        await _until_connected(client, room, 0)


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
