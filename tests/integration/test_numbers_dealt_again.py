"""The number of a phone that was forgotten goes to the next newcomer, with nothing of the one before."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect

from tests.support.dashboard_room import PRESENTER, ROOM, DashboardRoom, dashboard_room, tunnel_phone
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

QUESTION = {"kind": "single", "question": "Tea?", "options": ["Yes", "No"], "anonymous": False}


async def post(room: DashboardRoom, path: str, body: Any = None) -> dict[str, Any]:
    """The answer to a presenter's request."""
    answer = await room.http.post(f"/api/rooms/{ROOM}/{path}", json=body, headers=PRESENTER)
    assert answer.is_success, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def snapshot(room: DashboardRoom) -> dict[str, Any]:
    """What a stage that comes now is told."""
    async with connect(f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed", proxy=None) as feed:
        await feed.send('{"type":"hello","role":"stage"}')
        content: dict[str, Any] = orjson.loads(await feed.recv())
        return content


async def vote_and_forget(room: DashboardRoom) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two phones say yes; the second is pointed out, says "forget me", and is gone. Both."""
    poll = await post(room, "polls", QUESTION)
    async with tunnel_phone(room) as first, tunnel_phone(room) as second:
        await post(room, f"polls/{poll['id']}/open")
        for phone in (first, second):
            await phone.arrive()
            await phone.report(room=ROOM, os="iOS", visible=True)
            await phone.report("ballot", **{poll["id"]: {"choice": ["Yes"]}})
        await room.until(lambda state: state["answered"] == 2 and state["visible"] == 2)
        for step in ("lock", "reveal"):
            await post(room, f"polls/{poll['id']}/{step}")
        assert (await snapshot(room))["poll"]["poll"]["slots"] == {"Yes": [1, 2]}
        await post(room, "phones/2/highlight")
        await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": second.joined["token"]})
        return first.joined, second.joined


async def test_a_number_is_dealt_again(tmp_path: Path) -> None:
    """Number 2 is the newcomer's: no vote, no pointing, no colour of the one before; whoever is away keeps
    the own number, and so it is after a restart, in which another number was free."""
    with plain_broker("mosquitto", tmp_path) as broker:
        async with dashboard_room(tmp_path, broker=broker) as room:
            first, second = await vote_and_forget(room)
            newcomer = await room.join(os="Android")
            assert newcomer["slot"] == 2
            seen = await snapshot(room)
            assert seen["highlight"] is None
            assert seen["poll"]["poll"]["slots"] == {"Yes": [1]}
            assert seen["poll"]["poll"]["results"] == {"Yes": 2, "No": 0}
            assert {slot: flags for flags, _, slots in seen["marks"] for slot in slots}[2] == 0
            again = await room.join(token=second["token"])
            assert (again["slot"], again["thing_name"] != second["thing_name"]) == (3, True)
            await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": newcomer["token"]})
        async with dashboard_room(tmp_path, broker=broker) as room:
            assert [(await room.join())["slot"] for _ in range(2)] == [2, 4]
            assert (await room.join(token=first["token"]))["slot"] == 1
