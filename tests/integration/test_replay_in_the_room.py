"""A recording played on a stage inside the room that made it."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, dashboard_room

pytestmark = pytest.mark.broker

API = f"/api/rooms/{ROOM}"


async def played(port: int, identity: str) -> tuple[list[dict[str, Any]], int | None]:
    """The frames of a replay, and the code with which it was closed."""
    frames: list[dict[str, Any]] = []
    url = f"ws://127.0.0.1:{port}{API}/replays/{identity}/feed"
    async with asyncio.timeout(WAIT_S), connect(url, proxy=None) as feed:
        try:
            await feed.send('{"type":"hello","role":"stage"}')
            while True:
                frames.append(orjson.loads(await feed.recv()))
        except ConnectionClosed:
            return frames, feed.close_code


async def test_the_presenter_starts_a_replay_and_a_stage_sees_all_of_it(tmp_path: Path) -> None:
    """What was recorded so far, from its first snapshot; ids that nobody was given open nothing."""
    recording = tmp_path / "recordings" / f"{ROOM}.jsonl"
    async with dashboard_room(tmp_path) as room:
        await room.join(os="Android", browser="Firefox")
        await room.scene({"color": "#00ff00"})
        async with asyncio.timeout(WAIT_S):
            while b"#00FF00" not in await asyncio.to_thread(recording.read_bytes):  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.02)
        for path in ("recordings", "replays"):
            assert (
                await room.http.request("GET" if path == "recordings" else "POST", f"{API}/{path}")
            ).status_code == 401
        listed = (await room.http.get(f"{API}/recordings", headers=PRESENTER)).json()["recordings"]
        assert [found["name"] for found in listed] == [ROOM]
        body = {"name": ROOM, "speed": 10}
        started = await room.http.post(f"{API}/replays", json=body, headers=PRESENTER)
        assert started.status_code == 201, started.text
        identity = started.json()["id"]
        assert started.json()["stage_url"] == f"/stage/{ROOM}?replay={identity}"
        frames, code = await played(room.port, identity)
        assert (frames[0]["type"], code) == ("snapshot", 1000)
        assert any((frame.get("scene") or {}).get("color") == "#00FF00" for frame in frames)
        assert any(frame.get("traits") for frame in frames)
        assert await played(room.port, "nobody") == ([], 4003)
        for name in ("other", "../rooms", ""):
            answer = await room.http.post(f"{API}/replays", json={"name": name}, headers=PRESENTER)
            assert answer.status_code == 404
