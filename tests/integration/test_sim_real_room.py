"""The crowd in a whole real room: every part a process of its own, on both brokers."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from device_sim.runner import SimOptions, run
from device_sim.scenario.reading import parse
from shadowroom.data_dir import announcement
from shadowroom.parts.sim import broker_door
from tests.support.rooms import (
    PLAIN,
    RunningRoom,
    children,
    emptied,
    run_shadowroom,
    running_room,
    wait_until,
)

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


def _broker_child(room: RunningRoom) -> int | None:
    supervisor = room.part_pid("broker")
    return None if supervisor is None else next((pid for pid, _ in children(supervisor)), None)


async def test_direct_phones_pass_the_tunnel_by_and_are_known_again_after_the_broker_died(
    room: RunningRoom,
) -> None:
    """They wait until the room hears the broker: a birth before would be lost, and nobody would repeat it."""
    emptied(room)
    stop = asyncio.Event()
    door = broker_door(room.data_dir, room.room, room.url)
    async with _client(room) as client:
        crowd = asyncio.create_task(run(_options(room, duration=0.0, direct=door), stop), name="crowd")
        try:
            await _until_connected(client, room, PHONES)
            assert "shadowroom_tunnels_open 0.0" in (await client.get("/metrics")).text
            killed = _broker_child(room)
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            await asyncio.to_thread(wait_until, lambda: _broker_child(room) not in (killed, None), "a broker")
            await _until_connected(client, room, PHONES)
        finally:
            stop.set()
            report = await crowd
        assert report["generator"]["direct"] is True
        assert (report["joined"], report["faults"], report["not_forgotten"]) == (PHONES, 0, 0), report
        await _until_connected(client, room, 0)


TROUBLE = """
duplicate_share = 0.2
arrival = {curve = [[1, 0.7], [2, 1]]}
votes = {think_median_s = 2, think_max_s = 5}
sleeps = [{every_s = 12, for_s = [1, 4]}]
drops = [{every_s = 12, for_s = [0.1, 1]}, {every_s = 12, for_s = [0.1, 1], half_open = true}]
reloads = [{every_s = 15}]
storms = [
  {at_s = 4, share = 0.8, for_s = [0.2, 1.5]},
  {at_s = 7, share = 0.5, for_s = [0.5, 2], half_open = true},
]
scenes = [{at_s = 3, by = "os"}, {at_s = 4.5, color = "#7C3AED"}, {at_s = 7.5, by = "browser"}]
"""


async def test_in_all_trouble_nothing_is_wrong_or_lost_in_the_end(room: RunningRoom) -> None:
    """Sleep, losses, dead lines, reloads, storms and repeated messages: each happened, and left no trace.

    On the embedded broker without the tunnel in between, which would hide what that broker makes of it.
    """
    emptied(room)
    embedded = (announcement(room.data_dir, "broker") or {})["broker"] == "embedded"
    door = broker_door(room.data_dir, room.room, room.url) if embedded else None
    scenario = parse(TROUBLE, "trouble.toml")
    async with _client(room) as client:
        polls = f"/api/rooms/{room.room}/polls"
        poll = (await client.post(polls, json={"kind": "yesno", "question": "Still here?"})).json()["id"]
        (await client.post(f"{polls}/{poll}/open")).raise_for_status()
        report = await run(_options(room, duration=11.0, scenario=scenario, direct=door, keep=True))
        assert (report["joined"], report["wrong"], report["lost"]) == (PHONES, 0, 0), report
        assert (report["wrong_on_wall"], report["faults"], report["not_forgotten"]) == (0, 0, 0), report
        happened = report["scenario"]
        for kind in ("hidden", "asleep", "network_lost", "half_open", "reloaded", "sent_twice"):
            assert happened[kind] > 0, happened
        assert len(happened["storms"]) == 2
        assert all(storm["hit"] and storm["all_s"] is not None for storm in happened["storms"]), happened
        assert report["recolour"]["rounds"] + report["recolour"]["failed"] == 3
        answered = (await client.get(f"{polls}/{poll}")).json()
        # Who fell asleep just then says it later.
        unsaid = report["votes"]["cast"] - answered["answered"]
        assert 0 <= unsaid <= happened["asleep_at_the_end"], (report, answered)
        await _until_connected(client, room, 0)


def test_the_command_writes_the_report_and_its_phones_are_forgotten(
    room: RunningRoom, tmp_path: Path
) -> None:
    """`shadowroom sim` ends well, writes its JSON, and takes its phones out of the room."""
    emptied(room)
    path = tmp_path / "out.json"
    arguments = ["--url", room.url, "--room", room.room, "--phones", "10", "--duration", "1"]
    ended = run_shadowroom("sim", *arguments, "--report", str(path))
    assert ended.returncode == 0, ended.stderr
    report = orjson.loads(path.read_bytes())
    assert (report["joined"], report["wrong"], report["lost"], report["not_forgotten"]) == (10, 0, 0, 0)
    assert httpx.get(f"{room.url}/api/rooms/{room.room}", **PLAIN).json()["joined"] == 0
