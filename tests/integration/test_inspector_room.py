"""The device inspector over a real websocket, in a real room."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broker_bridge.wire.topics import ShadowId
from dashboard.feed.inspector_messages import INSPECTOR_MESSAGE
from dashboard.inspector import Inspector
from tests.support.dashboard_room import (
    PRESENTER,
    ROOM,
    WAIT_S,
    DashboardRoom,
    TunnelPhone,
    dashboard_room,
    tunnel_phone,
)
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

ORANGE = "#D55E00"


@pytest.fixture(params=["mosquitto", "nats"])
async def room(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    """A room on each broker: they differ in how often they deliver what two subscriptions cover."""
    with plain_broker(request.param, tmp_path) as broker:
        async with dashboard_room(tmp_path, broker=broker) as running:
            yield running


class Look:
    """An inspector: folds the frames as the page does, and checks each against the wire."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.shadows: dict[str | None, dict[str, Any]] = {}
        self.messages: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}
        self.raw: list[bytes] = []

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(WAIT_S):
            raw = await self.socket.recv(decode=False)
        INSPECTOR_MESSAGE.validate_json(raw)
        self.raw.append(raw)
        frame: dict[str, Any] = orjson.loads(raw)
        for shadow in frame.pop("shadows", []):
            self.shadows[shadow["name"]] = shadow
        for name in frame.pop("gone", []):
            del self.shadows[name]
        self.messages += frame.pop("messages", [])
        self.state |= frame
        return frame

    async def until(self, holds: Any) -> None:
        """Read frames until `holds(self)`."""
        while not holds(self):
            await self.frame()

    def section(self, name: str, shadow: str | None = None) -> dict[str, Any]:
        """`desired`, `reported` or `delta` of a shadow."""
        found: dict[str, Any] = self.shadows.get(shadow, {}).get("state", {}).get(name, {})
        return found

    def topics(self) -> list[str]:
        """The topics heard, without the thing's prefix."""
        return [re.sub(r".*/(shadow|presence)/", r"\1/", message["topic"]) for message in self.messages]


@contextlib.asynccontextmanager
async def looking(
    room: DashboardRoom, sock: socket.socket | None = None, **hello: Any
) -> AsyncIterator[Look]:
    url = f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/inspect"
    async with connect(url, proxy=None, sock=sock, max_queue=2) as inspect:
        said = {"type": "hello", "token": "the-presenter", **hello}
        await inspect.send(orjson.dumps(said).decode())
        yield Look(inspect)


async def desire(room: DashboardRoom, thing: str, **body: Any) -> tuple[int, dict[str, Any]]:
    """Change desired state as the presenter; status and answer."""
    url = f"/api/rooms/{ROOM}/things/{thing}/desired"
    answer = await room.http.post(url, json=body, headers=PRESENTER)
    return answer.status_code, answer.json()


def inspector_of(room: DashboardRoom) -> Inspector:
    found: Inspector = room.app.state.inspector
    return found


async def until_nobody_looks(room: DashboardRoom) -> None:
    async with asyncio.timeout(WAIT_S):
        while inspector_of(room).devices:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def test_a_sleeping_phone_has_a_delta_until_it_reports(room: DashboardRoom) -> None:
    """Colouring a phone that does not answer shows desired and delta; its report takes the delta away."""
    async with tunnel_phone(room) as phone, looking(room, slot=1) as look:
        await phone.arrive(session=7)
        await phone.report(room=ROOM, os="iOS", visible=False, color="#2563EB")
        await look.until(lambda look: look.section("reported").get("visible") is False)
        await look.until(lambda look: (look.state["phone"] or {}).get("connected"))
        assert look.state["phone"] == {
            "slot": 1,
            "connected": True,
            "visible": False,
            "sim": False,
            "session": 7,
        }
        status, answer = await desire(room, phone.thing, desired={"color": ORANGE})
        assert status == 200
        await look.until(lambda look: look.section("delta"))
        assert look.section("desired") == look.section("delta") == {"color": ORANGE}
        assert look.section("reported")["color"] == "#2563EB"
        assert look.shadows[None]["version"] == answer["version"]
        assert look.shadows[None]["metadata"]["desired"]["color"]["timestamp"] > 0
        await phone.report(color=ORANGE)
        await look.until(lambda look: look.section("reported").get("color") == ORANGE)
        assert look.section("delta") == {}
        await look.until(lambda look: look.topics().count("shadow/update/documents") == 3)
        assert look.topics().count("shadow/update") == 3
        assert look.topics().count("shadow/update/delta") == 1
        assert look.topics().count("presence/" + phone.thing) == 1
        assert [message["n"] for message in look.messages] == [*range(1, len(look.messages) + 1)]


async def test_named_shadows_come_and_go(room: DashboardRoom) -> None:
    """A vote appears as the shadow `ballot`, and a deleted shadow is gone."""
    async with tunnel_phone(room) as phone, looking(room, slot=1) as look:
        await phone.arrive()
        await phone.report("ballot", p1={"choice": ["tea"]})
        await look.until(lambda look: "ballot" in look.shadows)
        assert look.section("reported", "ballot") == {"p1": {"choice": ["tea"]}}
        assert None not in look.shadows
        await room.shadows.delete(ShadowId(phone.thing, "ballot"))
        await look.until(lambda look: "ballot" not in look.shadows)


async def test_any_thing_can_be_looked_at_by_name(room: DashboardRoom) -> None:
    """A device that is no phone of the room has shadows and messages too, those of before included."""
    await room.shadows.update(ShadowId("lamp-7"), desired={"on": True}, reported={"on": False})
    await room.shadows.update(ShadowId("lamp-7", "config"), reported={"dim": [1, 2]})
    async with looking(room, thing="lamp-7") as look:
        first = await look.frame()
        assert first["type"] == "inspection"
        assert first["phone"] is None
        assert look.section("delta") == {"on": True}
        assert look.section("reported", "config") == {"dim": [1, 2]}


async def test_the_editor_hears_what_the_service_says(room: DashboardRoom) -> None:
    """Accepted with its version; a wrong version, too much and nonsense are refused in AWS's words."""
    thing = (await room.join())["thing_name"]
    assert await desire(room, thing, desired={"a": 1}) == (200, {"version": 1})
    status, answer = await desire(room, thing, desired={"a": 2}, version=7)
    assert (status, answer["error"]) == (409, "rejected")
    assert "409" in answer["message"]
    assert (await desire(room, thing, desired={"a": 3}, version=1))[1] == {"version": 2}
    assert (await desire(room, thing, desired={"a": "x" * 9_000}))[0] == 413
    assert (await desire(room, thing, desired=[1]))[0] == 400
    assert (await desire(room, "no thing", desired={}))[0] == 400
    assert (await desire(room, thing, desired={"b": 1}, shadow="config")) == (200, {"version": 1})
    refused = await room.http.post(f"/api/rooms/{ROOM}/things/{thing}/desired", json={"desired": {}})
    assert refused.status_code == 401


async def test_inspectors_share_one_subscription_and_end_it(room: DashboardRoom) -> None:
    """Two that look at one phone see the same; when both are gone nothing is subscribed."""
    async with tunnel_phone(room) as phone:
        async with looking(room, slot=1) as one, looking(room, thing=phone.thing) as two:
            await asyncio.gather(one.frame(), two.frame())
            assert inspector_of(room).devices == 1
            assert inspector_of(room).watchers == 2
            await desire(room, phone.thing, desired={"color": ORANGE})
            await asyncio.gather(*(each.until(lambda look: look.section("delta")) for each in (one, two)))
        await until_nobody_looks(room)
        async with looking(room, slot=1) as again:
            await again.frame()
            assert again.section("desired") == {"color": ORANGE}
            assert again.messages == []


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"token": "no", "slot": 1}, 4003),
        ({"token": None, "slot": 1}, 4003),
        ({"type": "hi"}, 4003),
        ({"slot": 4711}, 4004),
        ({"thing": "$aws/#"}, 4004),
        ({}, 4004),
    ],
)
async def test_strangers_and_unknown_devices_are_refused(
    tmp_path: Path, hello: dict[str, Any], code: int
) -> None:
    """Not a frame without the presenter's token, and a sentence for a number that nobody has."""
    async with dashboard_room(tmp_path) as room:
        await room.join()
        async with looking(room, **hello) as look:
            with pytest.raises(ConnectionClosed) as closed:
                await look.frame()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        assert inspector_of(room).devices == 0


async def test_secrets_never_pass(room: DashboardRoom) -> None:
    """Neither the phone's token nor its password nor the presenter's token is in any frame."""
    async with tunnel_phone(room) as phone, looking(room, slot=1) as look:
        await phone.arrive()
        await phone.report(color=ORANGE)
        await look.until(lambda look: look.section("reported"))
        told = b"".join(look.raw)
    for secret in (phone.joined["token"], phone.joined["mqtt"]["password"], "the-presenter"):
        assert secret.encode() not in told


async def test_an_inspector_that_does_not_read_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stuck laptop is closed with 4008 and its subscription ends, however much the device says."""
    monkeypatch.setattr("dashboard.feed.session.FRAMES_MAX", 4)
    async with dashboard_room(tmp_path) as room, tunnel_phone(room) as phone:
        narrow = socket.create_connection(("127.0.0.1", room.port))
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        narrow.setblocking(False)
        await phone.arrive()
        async with looking(room, sock=narrow, slot=1) as stuck:
            await stuck.frame()
            async with asyncio.timeout(60):
                while inspector_of(room).devices:
                    await flood(phone)
            async with asyncio.timeout(WAIT_S):
                with contextlib.suppress(ConnectionClosed):
                    while True:
                        await stuck.socket.recv()
            assert stuck.socket.close_code == 4008


async def flood(phone: TunnelPhone) -> None:
    """A device that says 200 times a second as much as a frame shows of one message."""
    for number in range(4):
        await phone.report(noise=f"{number}" + "x" * 3_900)
    await asyncio.sleep(0.02)


async def test_a_phone_to_show_sleep_on(tmp_path: Path) -> None:
    """A hidden phone is chosen before one that is awake, and an empty room has none."""
    async with dashboard_room(tmp_path) as room:
        url = f"/api/rooms/{ROOM}/sleeper"
        assert (await room.http.get(url)).status_code == 401
        assert (await room.http.get(url, headers=PRESENTER)).status_code == 404
        async with tunnel_phone(room) as awake, tunnel_phone(room) as hidden:
            for phone, visible in ((awake, True), (hidden, False)):
                await phone.arrive()
                await phone.report(room=ROOM, visible=visible)
            known = room.app.state.services.live_room.phones.phone
            await room.until(lambda state: state["visible"] == 1 and "visible" in known(hidden.thing).facts)
            chosen = (await room.http.get(url, headers=PRESENTER)).json()
            assert (chosen["slot"], chosen["thing"]) == (2, hidden.thing)
            other = (await room.http.get(url, params={"avoid": 2}, headers=PRESENTER)).json()
            assert other["slot"] == 1


async def test_a_broker_that_was_killed_does_not_blind_it(tmp_path: Path) -> None:
    """After the broker came back the same inspector sees changes, those of meanwhile included."""
    with plain_broker("mosquitto", tmp_path) as broker:
        async with dashboard_room(tmp_path, broker=broker) as room:
            thing = (await room.join())["thing_name"]
            async with looking(room, slot=1) as look:
                await look.frame()
                broker.stop(kill=True)
                broker.start()
                live_room = room.app.state.services.live_room
                async with asyncio.timeout(WAIT_S):
                    while not live_room.listening:  # noqa: ASYNC110 - the room tells nobody
                        await asyncio.sleep(0.02)
                async with asyncio.timeout(WAIT_S):
                    while (await desire(room, thing, desired={"color": ORANGE}))[0] != 200:
                        continue
                await look.until(lambda look: look.section("delta") == {"color": ORANGE})
