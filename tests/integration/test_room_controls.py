"""The presenter's controls over HTTP, in one room that is restarted once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from dashboard.feed.messages import SERVER_MESSAGE
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone
from tests.support.plain_brokers import plain_broker

pytestmark = [pytest.mark.broker, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DashboardRoom]:
    """One room for the whole file."""
    async with dashboard_room(tmp_path_factory.mktemp("room")) as served:
        yield served


async def post(room: DashboardRoom, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
    """The answer to a presenter's request."""
    answer = await room.http.post(f"/api/rooms/{ROOM}/{path}", json=body, headers=PRESENTER)
    assert answer.status_code == status, answer.text
    content: dict[str, Any] = answer.json()
    return content


async def shown(room: DashboardRoom) -> dict[str, Any]:
    """The scene as a phone that joins hears it, without version and moment."""
    scene = (await room.join())["scene"] or {}
    return {key: value for key, value in scene.items() if key not in ("version", "at")}


async def test_a_group_is_coloured_and_taken_back(room: DashboardRoom) -> None:
    """A group over a colour of all, another one beside it, and two steps back."""
    await room.scene({"color": "#00ff00"})
    await post(room, "group", {"fact": "browser", "value": "Safari", "color": "#FF0000"})
    assert await shown(room) == {"by": "browser", "palette": {"other": "#00FF00", "Safari": "#FF0000"}}
    await post(room, "group", {"fact": "browser", "value": "Firefox", "color": "#0000FF"})
    assert (await shown(room))["palette"]["Firefox"] == "#0000FF"
    await post(room, "undo")
    await post(room, "undo")
    assert await shown(room) == {"color": "#00FF00"}
    assert (await post(room, "group", {"fact": "os", "value": "iOS", "color": None}, 400))[
        "error"
    ] == "bad_group"
    await post(room, "undo")
    assert (await post(room, "undo", status=409))["error"] == "nothing_to_undo"


async def test_a_phone_is_pointed_out(room: DashboardRoom) -> None:
    """It hears until when by its own delta; a slot that nobody holds is said."""
    async with tunnel_phone(room) as phone:
        await phone.arrive()
        until = (await post(room, f"phones/{phone.joined['slot']}/highlight"))["until"]
        delta = await phone.message(f"$aws/things/{phone.thing}/shadow/update/delta")
        assert delta["state"]["highlight"] == until
    await post(room, "phones/9999/highlight", status=404)


async def test_a_phone_that_was_removed_comes_back(room: DashboardRoom) -> None:
    """It is on the list while it is out, and let in again with its slot and token."""
    joined = await room.join()
    slot = joined["slot"]
    await post(room, f"phones/{slot}/desired", {"removed": True})
    listed = await room.http.get(f"/api/rooms/{ROOM}/removed", headers=PRESENTER)
    assert listed.json() == {"removed": [{"slot": slot, "sim": False}]}
    again = {"os": "iOS", "token": joined["token"]}
    refused = await room.http.post(f"/api/rooms/{ROOM}/join", json=again)
    assert (refused.status_code, refused.json()["error"]) == (403, "removed")
    await post(room, f"phones/{slot}/desired", {"removed": None})
    assert (await room.join(token=joined["token"]))["slot"] == slot


async def test_only_the_presenter_has_the_controls(room: DashboardRoom) -> None:
    """Every route asks for the token."""
    for path in ("group", "undo", "joins", "phones/1/highlight"):
        assert (await room.http.post(f"/api/rooms/{ROOM}/{path}", json={})).status_code == 401
    assert (await room.http.get(f"/api/rooms/{ROOM}/removed")).status_code == 401


async def test_frozen_joins_survive_a_restart(tmp_path: Path) -> None:
    """New phones hear why; phones inside come back; the next run of the room is as frozen, and can undo
    what was shown, and what was said, in its order."""
    with plain_broker("mosquitto", tmp_path) as broker:
        async with dashboard_room(tmp_path, broker=broker) as room:
            inside = await room.join()
            assert await post(room, "joins", {"frozen": True}) == {"frozen": True}
            for colour in ("#00FF00", "#FF0000", "#0000FF"):
                await room.scene({"color": colour})
            await post(room, "undo")
            await post(room, "polls", {"kind": "yesno", "question": "Tabs?"}, 201)
            for said in ("open the poll", "close the vote"):
                await post(room, "ask", {"text": said})
        async with dashboard_room(tmp_path, broker=broker) as room:
            undone = [(await post(room, "ask", {"text": "undo"}))["speech"] for _ in range(2)]
            assert undone == [
                "Undone: the vote is open again.",
                "Undone: the poll is not asked any more.",
            ]
            refused = await room.http.post(f"/api/rooms/{ROOM}/join", json={"os": "iOS"})
            assert (refused.status_code, refused.json()["error"]) == (403, "joins_frozen")
            assert (await room.join(token=inside["token"]))["slot"] == inside["slot"]
            await post(room, "joins", {"frozen": False})
            assert await shown(room) == {"color": "#FF0000"}
            await post(room, "undo")
            assert await shown(room) == {"color": "#00FF00"}
            await post(room, "undo")
            await post(room, "undo", status=409)


async def test_the_presenter_sees_how_well_the_room_is(room: DashboardRoom) -> None:
    """Time to colour, sleepers and every part's round trip, in the presenter's feed and over HTTP alike."""
    async with tunnel_phone(room) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS", visible=True)
        await room.until(lambda state: state["visible"] == 1)
        version = await room.scene({"color": "#00ff00"})
        await phone.report(scene=version, visible=True)
        async with connect(f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed", proxy=None) as feed:
            await feed.send('{"type":"hello","role":"presenter","token":"the-presenter"}')
            async with asyncio.timeout(WAIT_S):
                health: dict[str, Any] = {}
                while not (health.get("to_colour") or {}).get("shown"):
                    raw = await feed.recv()
                    SERVER_MESSAGE.validate_json(raw)
                    health = orjson.loads(raw).get("health") or {}
    assert health["to_colour"]["awaited"] == 1
    assert health["asleep"] == 0
    assert all(health[part]["up"] for part in ("broker", "bridge", "store"))
    answer = await room.http.get(f"/api/rooms/{ROOM}/health", headers=PRESENTER)
    assert set(answer.json()) == set(health)


async def test_the_checklist_has_a_sentence_for_everything(room: DashboardRoom) -> None:
    """What the machine says, and the room's own parts; only the presenter sees it."""
    answer = await room.http.get(f"/api/rooms/{ROOM}/checklist", headers=PRESENTER)
    checks = {check["name"]: check for check in answer.json()["checks"]}
    assert {"pages", "client isolation", "broker", "bridge", "store"} == set(checks)
    assert {check["state"] for check in checks.values()} <= {"ok", "warn", "fail"}
    assert all(checks[part]["state"] == "ok" for part in ("broker", "bridge", "store"))
    assert all(check["sentence"].endswith(".") for check in checks.values())
    french = await room.http.get(f"/api/rooms/{ROOM}/checklist?language=fr", headers=PRESENTER)
    told = {check["name"]: check["sentence"] for check in french.json()["checks"]}
    assert told["store"] == "Le stockage des ombres répond."
    assert not any(told[name] == check["sentence"] for name, check in checks.items())
    assert (await room.http.get(f"/api/rooms/{ROOM}/checklist")).status_code == 401
