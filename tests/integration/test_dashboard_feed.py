"""The feed over a real websocket."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dashboard.feed.history import ungrouped
from dashboard.feed.messages import SERVER_MESSAGE
from dashboard.rooms.facts import DIMENSIONS
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone

pytestmark = pytest.mark.broker


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    async with dashboard_room(tmp_path) as running:
        yield running


class Watcher:
    """A wall: folds the frames as a front end does, and checks each against the wire."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.state: dict[str, Any] = {}
        self.marks: dict[int, tuple[int, str]] = {}
        self.traits: dict[int, list[int]] = {}
        self.raw: list[bytes] = []

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(WAIT_S):
            raw = await self.socket.recv(decode=False)
        SERVER_MESSAGE.validate_json(raw)
        self.raw.append(raw)
        message: dict[str, Any] = orjson.loads(raw)
        for indices, slots in message.pop("traits", []):
            self.traits.update(dict.fromkeys(slots, indices))
        for slot, *look in ungrouped(message.pop("marks", [])):
            self.marks[slot] = (look[0], look[1])
            if look[0] == -1:
                del self.marks[slot]
        self.state |= message
        return message

    async def until(self, holds: Any) -> None:
        """Read frames until `holds(self)`."""
        while not holds(self):
            await self.frame()


@contextlib.asynccontextmanager
async def watching(
    room: DashboardRoom, sock: socket.socket | None = None, **hello: Any
) -> AsyncIterator[Watcher]:
    url = f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed"
    async with connect(url, proxy=None, sock=sock, max_queue=2) as feed:
        await feed.send(orjson.dumps({"type": "hello", "role": "stage", **hello}).decode())
        yield Watcher(feed)


async def test_a_watcher_gets_a_snapshot_and_then_what_changes(room: DashboardRoom) -> None:
    """Joining, connecting, reporting, converging and leaving are each seen in the mark of the slot."""
    joined = await room.join(os="Android")
    async with watching(room) as wall:
        snapshot = await wall.frame()
        assert (snapshot["type"], snapshot["role"], snapshot["room"]) == ("snapshot", "stage", ROOM)
        assert wall.marks == {1: (0, "")}
        assert [*snapshot["facts"]] == [*DIMENSIONS]
        assert wall.traits[1][0] == snapshot["facts"]["os"].index("Android")
        async with tunnel_phone(room, joined) as phone:
            await phone.arrive()
            await wall.until(lambda wall: wall.marks[1][0] == 1)
            version = await room.scene({"color": "#00ff00"})
            await wall.until(lambda wall: (wall.state["scene"] or {}).get("version") == version)
            await phone.report(
                room=ROOM, os="Android", browser="Firefox", visible=True, scene=version, color="#00ff00"
            )
            await wall.until(lambda wall: wall.marks[1] == (7, "00FF00"))
            assert wall.state["counts"] == {
                "joined": 1,
                "connected": 1,
                "visible": 1,
                "answered": 0,
                "os": {"Android": 1},
                "facts": {**{key: {} for key in DIMENSIONS}, "os": {"Android": 1}, "browser": {"Firefox": 1}},
            }
            assert "Firefox" in wall.state["facts"]["browser"]
            await room.scene({"color": "#0000ff"})
            await wall.until(lambda wall: wall.marks[1][0] == 3)
            phone.socket.transport.abort()
        await wall.until(lambda wall: wall.marks[1][0] == 0)
        await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": joined["token"]})
        await wall.until(lambda wall: not wall.marks)
        assert not any(joined["thing_name"].encode() in raw for raw in wall.raw)


async def test_two_walls_see_the_same_whenever_they_came(room: DashboardRoom) -> None:
    """A snapshot taken late equals the fold of all that was told since an early one."""
    async with watching(room) as early:
        await early.frame()
        for _ in range(20):
            await room.join()
        await early.until(lambda wall: wall.state["counts"]["joined"] == 20 and len(wall.marks) == 20)
        async with watching(room) as late:
            await late.frame()
            assert late.marks == early.marks
            assert late.state["counts"] == early.state["counts"]


async def test_who_comes_back_is_told_what_it_missed(room: DashboardRoom) -> None:
    """A known cursor is answered by the changes since, an unknown one by a snapshot; both end alike."""
    first = await room.join()
    async with watching(room) as wall:
        await wall.frame()
        await room.join()
        await wall.until(lambda wall: len(wall.marks) == 2)
    await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": first["token"]})
    await room.join()
    async with watching(room) as late:
        await late.frame()
        await late.until(lambda late: len(late.marks) == 2)
        async with watching(room, cursor=wall.state["cursor"]) as back:
            back.marks = wall.marks
            assert (await back.frame())["type"] == "changes"
            await back.until(lambda back: back.marks == late.marks)
            assert back.state["counts"] == late.state["counts"]
    async with watching(room, cursor=wall.state["cursor"] + 1_000_000) as stranger:
        assert (await stranger.frame())["type"] == "snapshot"


async def test_only_the_presenter_sees_votes_before_the_reveal(room: DashboardRoom) -> None:
    """The stage gets counts of answers, the presenter the tally; the wrong token gets neither."""
    base = f"/api/rooms/{ROOM}/polls"
    draft = {"kind": "single", "question": "Tea?", "options": ["yes", "no"]}
    poll = (await room.http.post(base, json=draft, headers=PRESENTER)).json()
    await room.http.post(f"{base}/{poll['id']}/open", headers=PRESENTER)
    async with (
        tunnel_phone(room) as phone,
        watching(room) as stage,
        watching(room, role="presenter", token="the-presenter") as presenter,
    ):
        await phone.arrive()
        await phone.report("ballot", **{poll["ballot_key"]: {"choice": ["no"]}})
        await presenter.until(lambda wall: wall.state.get("poll", {}).get("poll", {}).get("answered") == 1)
        assert presenter.state["poll"]["poll"]["tally"] == {"yes": 0, "no": 1}
        await stage.until(lambda wall: wall.state.get("counts", {}).get("answered") == 1)
        assert not {"tally", "answered", "results"} & stage.state["poll"]["poll"].keys()
        for event in ("lock", "reveal"):
            await room.http.post(f"{base}/{poll['id']}/{event}", headers=PRESENTER)
        await stage.until(lambda wall: wall.state["poll"]["poll"].get("results") == {"yes": 0, "no": 1})


@pytest.mark.parametrize(
    "hello", [{"role": "presenter"}, {"role": "presenter", "token": "no"}, {"role": "king"}, {"type": "hi"}]
)
async def test_a_wrong_hello_is_refused(room: DashboardRoom, hello: dict[str, Any]) -> None:
    """Close code 4003, and not a frame of the room."""
    async with watching(room, **hello) as wall:
        with pytest.raises(ConnectionClosed) as closed:
            await wall.frame()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4003


async def test_a_watcher_that_does_not_read_is_given_up(room: DashboardRoom) -> None:
    """A stuck laptop is closed with 4008 while others see everything; afterwards it may come back."""
    live_room, hub = room.app.state.services.live_room, room.app.state.hub
    for number in range(1, 10_001):
        live_room.phones.enter(f"phone-{number}", number, {"scene": number % 2, "color": "#123456"})
    narrow = socket.create_connection(("127.0.0.1", room.port))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    narrow.setblocking(False)
    async with watching(room, sock=narrow) as stuck, watching(room) as wall:
        version = 0
        async with asyncio.timeout(60):
            while hub.watchers == 2 or version == 0:
                version += 1
                live_room.phones.scene_version = version % 2
                live_room.set_caption(str(version))
                while orjson.loads(await wall.socket.recv()).get("caption") != str(version):
                    continue
        async with asyncio.timeout(WAIT_S):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await stuck.socket.recv()
        assert stuck.socket.close_code == 4008
