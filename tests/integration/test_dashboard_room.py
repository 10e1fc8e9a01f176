"""The room over HTTP and its shadows, on a real Mosquitto and the real shadow service."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import jsonschema  # type: ignore[import-untyped]
import orjson
import pytest

from broker_bridge.client import DataPlane, ShadowId
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.wire.packets import Connack, Subscribe
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker
SCENE_SCHEMA = orjson.loads(Path("docs/wire/scene.schema.json").read_bytes())
JOIN = f"/api/rooms/{ROOM}/join"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    async with dashboard_room(tmp_path) as running:
        yield running


async def test_slots_follow_the_order_of_joining_and_a_token_is_an_identity(room: DashboardRoom) -> None:
    """New phones get 1, 2, 3…; a token sent again gives the same thing, slot and token with 200."""
    first, second = await room.join(), await room.join(os="Android")
    assert (first["slot"], second["slot"]) == (1, 2)
    again = await room.http.post(JOIN, json={"os": "iOS", "token": first["token"]})
    assert again.status_code == 200
    body = again.json()
    assert (body["thing_name"], body["slot"], body["token"]) == (
        first["thing_name"],
        1,
        first["token"],
    )
    assert body["mqtt"]["url"] == f"ws://127.0.0.1:{room.port}/mqtt"
    assert len(first["thing_name"]) == len("phone-") + 26


async def test_a_room_after_a_restart_is_the_same_room(tmp_path: Path) -> None:
    """Slots, tokens, scene and facts are there again; everybody is unconnected until their next birth."""
    with plain_broker("mosquitto", tmp_path / "broker") as broker:
        async with dashboard_room(tmp_path, broker=broker) as before:
            joined = await before.join()
            async with tunnel_phone(before, joined) as phone:
                await phone.arrive()
                await phone.report(room=ROOM, os="Android", visible=True)
                await before.until(lambda state: state["os"] == {"Android": 1})
            version = await before.scene({"by": "os"})
        async with dashboard_room(tmp_path, broker=broker) as after:
            state = await after.state()
            assert (state["joined"], state["connected"]) == (1, 0)
            again = await after.join(token=joined["token"])
            assert (again["thing_name"], again["slot"]) == (joined["thing_name"], 1)
            assert again["scene"]["version"] == version
            assert (await after.join())["slot"] == 2
            async with tunnel_phone(after, again) as phone:
                await phone.arrive(session=2)
                await after.until(lambda state: state["os"] == {"Android": 1} and state["visible"] == 1)


async def test_a_phone_that_leaves_is_forgotten_with_its_shadow(room: DashboardRoom) -> None:
    """Leaving cuts the tunnel, deletes the shadow and frees the number; the token is a stranger's then."""
    joined = await room.join()
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS")
        await room.until(lambda state: state["connected"] == 1)
        answer = await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": joined["token"]})
        assert answer.status_code == 204
        async with asyncio.timeout(WAIT_S):
            await phone.socket.wait_closed()
    assert (await room.state())["joined"] == 0
    aws = room.configuration.aws
    async with DataPlane(aws.endpoint_url, aws.region, aws.access_key_id, aws.secret_access_key) as data:
        async with asyncio.timeout(WAIT_S):
            query = f"thingName:{joined['thing_name']}"
            while [found async for found in data.search(query)]:  # noqa: ASYNC110 - asked over HTTP
                await asyncio.sleep(0.02)
    again = await room.http.post(JOIN, json={"token": joined["token"]})
    assert (again.status_code, again.json()["slot"]) == (201, 1)
    assert again.json()["thing_name"] != joined["thing_name"]
    forged = await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": "x.y"})
    assert forged.status_code == 403


async def test_a_removed_phone_is_shut_out_until_it_is_taken_back(room: DashboardRoom) -> None:
    """`desired.removed`, written by anybody who may, takes the phone off the wall and refuses its join
    with 403."""
    joined = await room.join()
    thing = ShadowId(joined["thing_name"])
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS")
        await room.until(lambda state: state["connected"] == 1)
        await room.shadows.update(thing, desired={"removed": True})
        async with asyncio.timeout(WAIT_S):
            await phone.socket.wait_closed()
    await room.until(lambda state: state["joined"] == 0)
    refused = await room.http.post(JOIN, json={"token": joined["token"]})
    assert (refused.status_code, refused.json()["error"]) == (403, "removed")
    taken_back = await room.http.post(
        f"/api/rooms/{ROOM}/phones/1/desired", json={"removed": None}, headers=PRESENTER
    )
    assert taken_back.status_code == 200
    await room.until(lambda state: state["joined"] == 1)
    assert (await room.join(token=joined["token"]))["slot"] == 1


async def test_a_room_with_a_code_asks_new_phones_only(room: DashboardRoom) -> None:
    """A wrong code is refused with a sentence; who is inside comes back without it."""
    inside = await room.join()
    await room.http.post(f"/api/rooms/{ROOM}/code", json={"code": "abc1"}, headers=PRESENTER)
    for wrong in ({}, {"code": "ABC2"}):
        refused = await room.http.post(JOIN, json=wrong)
        assert (refused.status_code, refused.json()["error"]) == (403, "wrong_code")
    assert (await room.join(code=" Abc1 "))["slot"] == 2
    assert (await room.join(token=inside["token"]))["slot"] == 1


async def test_a_scene_is_stored_told_and_replaced_whole(room: DashboardRoom) -> None:
    """Each scene is retained under its shadow's version, valid by the schema, without anything of the
    one before."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    listener = PahoTransport(room.broker.account("listener"))
    await listener.connect()
    await listener.subscribe([f"room/{ROOM}/scene"], lambda message: heard.put_nowait(message.payload))
    for command in (
        {"by": "os", "palette": {"iOS": "#123456", "OS/2": "#654321"}},
        {"by": "os"},
        {"color": "#ff0000"},
        {"wave": {"period_ms": 3000}},
        {"blank": True},
        {},
    ):
        version = await room.scene(command)
        message = orjson.loads(await asyncio.wait_for(heard.get(), WAIT_S))
        assert message["version"] == version
        jsonschema.validate(message, SCENE_SCHEMA)
        kinds = {"by", "color", "wave", "blank", "palette"} & message.keys()
        assert kinds == {*command, *({"palette"} if "by" in command else ())}
        assert "OS/2" not in message.get("palette", {}) or "palette" in command
    assert (await room.join())["scene"] == message
    await listener.close()


async def test_a_scene_written_by_somebody_else_reaches_the_phones(room: DashboardRoom) -> None:
    """The room's shadow is the truth, whoever writes it; the next command replaces that, too."""
    await room.scene({"color": "#111111"})
    accepted = await room.shadows.update(
        ShadowId(room.configuration.room_thing, "scene"), desired={"color": None, "blank": True, "x": 1}
    )
    async with asyncio.timeout(WAIT_S):
        message = (await room.join())["scene"]
        while message["version"] != accepted["version"]:
            await asyncio.sleep(0.01)
            message = (await room.join())["scene"]
    assert message["blank"] is True
    assert await room.scene({"by": "os"}) == accepted["version"] + 1
    stored = await room.shadows.get(ShadowId(room.configuration.room_thing, "scene"))
    assert set(stored["state"]["desired"]) == {"at", "by", "palette"}


async def test_one_phone_can_be_asked_for_something(room: DashboardRoom) -> None:
    """The presenter's wish arrives as the phone's delta, and stays in its shadow while it sleeps."""
    joined = await room.join()
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive()
        await room.until(lambda state: state["connected"] == 1)
        url = f"/api/rooms/{ROOM}/phones/1/desired"
        answer = await room.http.post(url, json={"color": "#00ff00", "message": "hello"}, headers=PRESENTER)
        assert answer.status_code == 200
        delta = await phone.message(f"$aws/things/{phone.thing}/shadow/update/delta")
        assert delta["state"] == {"color": "#00ff00", "message": "hello"}
        assert delta["version"] == answer.json()["version"]
    unknown = await room.http.post(
        f"/api/rooms/{ROOM}/phones/9/desired", json={"color": None}, headers=PRESENTER
    )
    assert (unknown.status_code, unknown.json()["error"]) == (404, "unknown_slot")


async def test_a_phone_hears_what_is_not_desired_any_more(room: DashboardRoom) -> None:
    """A value that was taken back is in no delta: the room asks for the phone's shadow in its place, whoever
    changed it, and not when the phone reports."""
    joined = await room.join()
    thing = ShadowId(joined["thing_name"])
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive()
        await phone.send(Subscribe(4, ((f"{thing.prefix}/get/accepted", 0),)))
        await phone.report(room=ROOM, color="#00ff00")
        await room.until(lambda state: state["connected"] == 1)
        await room.shadows.update(thing, desired={"color": "#00ff00"})
        shown_already = await phone.message(f"{thing.prefix}/get/accepted")
        assert shown_already["state"]["desired"] == {"color": "#00ff00"}
        await room.shadows.update(thing, desired={"color": None})
        taken_back = await phone.message(f"{thing.prefix}/get/accepted")
        assert "desired" not in taken_back["state"]


async def test_who_is_not_the_presenter_is_told_so(room: DashboardRoom) -> None:
    """Orders need the token; mistakes are told in the one shape of an error."""
    base = f"/api/rooms/{ROOM}"
    for path in ("/scene", "/ask", "/code", "/phones/1/desired", "/polls"):
        assert (await room.http.post(base + path, json={})).status_code == 401
        wrong = await room.http.post(base + path, json={}, headers={"Authorization": "Bearer no"})
        assert wrong.status_code == 403
        assert set(wrong.json()) == {"error", "message"}
    bad = await room.http.post(f"{base}/scene", json={"by": "shoe size"}, headers=PRESENTER)
    assert (bad.status_code, bad.json()["error"]) == (400, "bad_scene")
    assert (await room.http.get("/api/rooms/OTHER")).json()["error"] == "unknown_room"
    assert (await room.http.get("/api/rooms/demo")).status_code == 200
    assert (await room.http.get("/nothing")).json() == {
        "error": "not_found",
        "message": "There is nothing at this address.",
    }
    broken = await room.http.post(JOIN, content=b"{")
    assert (broken.status_code, broken.json()["error"]) == (400, "bad_json")
    long = await room.http.post(JOIN, json={"os": "x" * 100})
    assert (long.status_code, long.json()["error"]) == (400, "bad_request")


async def test_a_question_changes_the_scene(room: DashboardRoom) -> None:
    """The talk's own sentence colours the room by operating system."""
    sentence = "show me on which OS runs all the smartphones in the room"
    answer = await room.http.post(f"/api/rooms/{ROOM}/ask", json={"text": sentence}, headers=PRESENTER)
    assert answer.status_code == 200
    assert answer.json()["intent"] == "break_down"
    assert (await room.join())["scene"]["by"] == "os"


async def test_an_answer_leaves_the_wall_with_the_scene_it_was_about(room: DashboardRoom) -> None:
    """The caption of a question does not stay over a scene that somebody chose by hand."""
    live_room = room.app.state.services.live_room
    await room.http.post(f"/api/rooms/{ROOM}/ask", json={"text": "how many phones"}, headers=PRESENTER)
    asked = live_room.caption
    await room.scene({"color": "#ff0000"})

    assert asked is not None
    assert live_room.caption is None


async def test_a_vote_is_counted_and_seen_after_the_reveal(room: DashboardRoom) -> None:
    """A ballot through the tunnel is answered, tallied, and told to everybody only when revealed."""
    base = f"/api/rooms/{ROOM}/polls"
    draft = {"kind": "single", "question": "Tea?", "options": ["yes", "no"]}
    poll = (await room.http.post(base, json=draft, headers=PRESENTER)).json()
    async with tunnel_phone(room) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS")
        await room.http.post(f"{base}/{poll['id']}/open", headers=PRESENTER)
        asked = await phone.message(f"room/{ROOM}/poll")
        assert asked["poll"]["state"] == "open"
        await phone.report("ballot", **{asked["poll"]["id"]: {"choice": ["yes"]}})
        await room.until(lambda state: state["answered"] == 1)
        for event in ("lock", "reveal"):
            done = await room.http.post(f"{base}/{poll['id']}/{event}", headers=PRESENTER)
            assert done.status_code == 200, done.text
        while (told := await phone.message(f"room/{ROOM}/poll"))["poll"]["state"] != "revealed":
            assert "results" not in told["poll"]
        assert told["poll"]["results"] == {"yes": 1, "no": 0}


async def test_pages_data_plane_and_health_are_on_the_same_port(room: DashboardRoom) -> None:
    """One port: readiness, metrics, QR, time, a signed request of an AWS client, an unsigned one refused."""
    assert (await room.http.get("/readyz")).json() == {
        "ready": True,
        "broker": "ok",
        "bridge": "ok",
        "store": "ok",
    }
    assert (await room.http.get("/healthz")).status_code == 200
    assert "shadowroom_phones_joined 0.0" in (await room.http.get("/metrics")).text
    qr = await room.http.get(f"/api/rooms/{ROOM}/qr.svg")
    assert qr.headers["content-type"] == "image/svg+xml"
    assert qr.text.startswith("<svg")
    assert isinstance((await room.http.get("/api/time")).json()["now"], int)
    assert (await room.http.get("/assets/none-12345678.js")).status_code == 404
    aws = room.configuration.aws
    async with DataPlane(room.url, aws.region, aws.access_key_id, aws.secret_access_key) as data:
        await data.update_shadow("lamp:1", {"state": {"desired": {"on": True}}}, "späte".encode().hex())
        stored = await data.get_shadow("lamp:1", "späte".encode().hex())
        assert stored["state"]["desired"] == {"on": True}
        assert [found.thing async for found in data.search("thingName:lamp*")] == ["lamp:1"]
    unsigned = await room.http.get("/things/lamp/shadow")
    assert unsigned.status_code == 403


async def test_a_broker_that_is_lost_makes_everybody_unknown(room: DashboardRoom) -> None:
    """Nobody counts as connected while the broker is away; phones are sent away with 3, and come back
    with a birth."""
    await room.scene({"color": "#00FF00"})
    async with tunnel_phone(room) as phone:
        await phone.arrive(session=5)
        await room.until(lambda state: state["connected"] == 1)
        room.broker.stop(kill=True)
        await room.until(lambda state: state["connected"] == 0)
        readiness = await room.http.get("/readyz")
        assert (readiness.status_code, readiness.json()["ready"]) == (503, False)
    async with tunnel_phone(room, phone.joined) as early:
        await early.send(early.connect_packet(6))
        assert await early.packet() == Connack(3)
    room.broker.start()
    await room.ready()
    async with tunnel_phone(room, phone.joined) as back:
        await back.arrive(session=7)
        assert (await back.message(f"room/{ROOM}/scene"))["color"] == "#00FF00"
        await room.until(lambda state: state["connected"] == 1)


async def test_two_hundred_phones_join_at_once(room: DashboardRoom) -> None:
    """A hall that scans the code at once is in the room, on disk, in one second; the phones' side
    included."""

    async def join(session: aiohttp.ClientSession) -> int:
        async with session.post(room.url + JOIN, json={"os": "Android"}) as answer:
            slot: int = (await answer.json())["slot"]
            return slot

    async with aiohttp.ClientSession() as session:
        slots = await asyncio.gather(*(join(session) for _ in range(200)))
    assert sorted(slots) == list(range(1, 201))
