"""Anonymous means anonymous: a stranger joins, reads all there is to read, and learns nothing of anybody."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect

from broker_bridge.wire.packets import Publish
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone

pytestmark = pytest.mark.broker

VOTERS = 6
DRAFTS: list[dict[str, Any]] = [
    {"kind": "single", "question": "Who?", "options": ["Alpha", "Beta"]},
    {"kind": "text", "question": "What?", "moderation": "after"},
]


async def presented(room: DashboardRoom, method: str, path: str, **more: Any) -> dict[str, Any]:
    answer = await room.http.request(method, f"/api/rooms/{ROOM}/polls{path}", headers=PRESENTER, **more)
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def answered(room: DashboardRoom, poll: str, count: int) -> None:
    async with asyncio.timeout(WAIT_S):
        while (await presented(room, "GET", f"/{poll}"))["answered"] < count:  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: str(draft["kind"]))
async def test_a_stranger_cannot_tell_who_answered_what(tmp_path: Path, draft: dict[str, Any]) -> None:
    """Topics, feed, stage, recording: no mark changes with a vote, no results before the reveal."""
    async with dashboard_room(tmp_path) as room, AsyncExitStack() as stack:
        voters = [await stack.enter_async_context(tunnel_phone(room)) for _ in range(VOTERS)]
        for voter in voters:
            await voter.arrive()
            await voter.report(room=ROOM, os="iOS", visible=True)
        await room.until(lambda state: state["visible"] == VOTERS)
        stranger = await stack.enter_async_context(tunnel_phone(room))
        await stranger.arrive()
        await room.until(lambda state: state["connected"] == VOTERS + 1)
        wall = await stack.enter_async_context(
            connect(f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed", proxy=None)
        )
        await wall.send('{"type":"hello","role":"stage"}')
        snapshot = orjson.loads(await wall.recv(decode=False))
        poll = await presented(room, "POST", "", json=draft)
        await presented(room, "POST", f"/{poll['id']}/open")
        # Whatever the stranger's own arrival changed on the wall was told by then.
        opened = await _seen(wall, "open")
        for number, voter in enumerate(voters, 1):
            entry = {"choice": ["Beta"]} if draft["kind"] == "single" else {"text": f"Secret {number}"}
            await voter.report("ballot", **{poll["id"]: entry})
            await answered(room, poll["id"], number)
        await presented(room, "POST", f"/{poll['id']}/lock")
        voting = await _seen(wall, "locked")
        await presented(room, "POST", f"/{poll['id']}/reveal")
        after = await _seen(wall, "revealed")
        told = [await _retained(stranger, state) for state in ("open", "locked", "revealed")]

        assert snapshot["counts"]["answered"] == 0
        assert not any(frame.get("marks") or frame.get("traits") for frame in [*voting, *after])
        before = [*opened, *voting]
        for message in [*told[:2], *(frame["poll"]["poll"] for frame in before if frame.get("poll"))]:
            assert not {"results", "tally", "entries", "slots", "answered"} & set(message)
        shown = after[-1]["poll"]["poll"]
        assert "slots" not in shown
        assert shown["answered"] == told[2]["answered"] == VOTERS
        public = orjson.dumps([snapshot, *before, *after, *told]).decode()
        recorded = (tmp_path / "recordings" / f"{ROOM}.jsonl").read_text("utf-8")
        everything = public + recorded + (await room.http.get(f"/api/rooms/{ROOM}")).text
        assert not any(voter.thing in everything for voter in voters)
        assert "Secret" not in orjson.dumps(before).decode()


async def _seen(wall: Any, state: str) -> list[dict[str, Any]]:
    """The feed's frames until the poll is in a state."""
    frames: list[dict[str, Any]] = []
    async with asyncio.timeout(WAIT_S):
        while True:
            frames.append(orjson.loads(await wall.recv(decode=False)))
            poll = frames[-1].get("poll")
            if poll and poll["poll"] and poll["poll"]["state"] == state:
                return frames


async def _retained(phone: Any, state: str) -> dict[str, Any]:
    """The stranger's next message about the poll in a state."""
    while True:
        packet = await phone.packet(Publish)
        if packet.topic == f"room/{ROOM}/poll":
            poll: dict[str, Any] | None = orjson.loads(packet.payload)["poll"]
            if poll is not None and poll["state"] == state:
                return poll
