"""The tunnel between real websockets and a real Mosquitto."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from websockets.exceptions import ConnectionClosed

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.wire.packets import (
    Connack,
    Disconnect,
    Pingreq,
    Pingresp,
    Publish,
    Suback,
    Subscribe,
    Will,
    encode,
)
from dashboard import tunnel
from tests.support.dashboard_room import (
    ROOM,
    WAIT_S,
    DashboardRoom,
    TunnelPhone,
    dashboard_room,
    tunnel_phone,
)

pytestmark = pytest.mark.broker


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    async with dashboard_room(tmp_path) as running:
        yield running


async def test_a_phone_speaks_mqtt_through_the_tunnel(room: DashboardRoom) -> None:
    """CONNECT, SUBSCRIBE and PING are answered by the broker, also when the phone does not wait for
    answers."""
    async with tunnel_phone(room) as phone:
        await phone.send(phone.connect_packet(), Subscribe(1, ((f"room/{ROOM}/scene", 0),)), Pingreq())
        assert await phone.packet() == Connack(0)
        assert await phone.packet() == Suback(1, (0,))
        assert await phone.packet() == Pingresp()


async def test_the_first_packet_may_come_in_pieces(room: DashboardRoom) -> None:
    """Websocket frames are no packet borders: a CONNECT cut anywhere is a CONNECT."""
    async with tunnel_phone(room) as phone:
        raw = encode(phone.connect_packet()) + encode(Pingreq())
        for start in range(0, len(raw), 7):
            await phone.socket.send(raw[start : start + 7])
        assert await phone.packet() == Connack(0)
        assert await phone.packet() == Pingresp()


@pytest.mark.parametrize(
    "wrong", ["password", "somebody else's", "client id", "user name", "stranger", "none"]
)
async def test_who_cannot_prove_who_it_is_gets_connack_5(room: DashboardRoom, wrong: str) -> None:
    """The password must be this thing's, client id and user name the thing, and the thing on the roster."""
    other = await room.join()
    async with tunnel_phone(room) as phone:
        changed = {
            "password": {"password": b"nonsense"},
            "somebody else's": {"password": other["mqtt"]["password"].encode()},
            "client id": {"client_id": other["thing_name"]},
            "user name": {"username": other["thing_name"]},
            "stranger": {"client_id": "phone-x", "username": "phone-x"},
            "none": {"username": None, "password": None},
        }[wrong]
        await phone.send(phone.connect_packet(**changed))
        assert await phone.packet() == Connack(5)
        await _is_closed(phone, 1008)


async def test_a_phone_that_left_does_not_come_back_in(room: DashboardRoom) -> None:
    """The password of a forgotten phone opens nothing, however fresh it is."""
    joined = await room.join()
    await room.http.post(f"/api/rooms/{ROOM}/leave", json={"token": joined["token"]})
    async with tunnel_phone(room, joined) as phone:
        await phone.send(phone.connect_packet())
        assert await phone.packet() == Connack(5)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n", encode(Pingreq()), b"\x10" + b"\xff" * 200, "text"])
async def test_what_is_no_connect_is_shown_the_door(room: DashboardRoom, first: bytes | str) -> None:
    """Garbage, another packet, an endless one, a text frame: the connection is closed, the broker never
    hears of it."""
    async with tunnel_phone(room) as phone:
        await phone.socket.send(first)
        await _is_closed(phone, 1002, 1003)


async def test_another_version_of_mqtt_is_told_so(room: DashboardRoom) -> None:
    """A CONNECT of MQTT 5 gets CONNACK 1, unacceptable protocol version."""
    async with tunnel_phone(room) as phone:
        await phone.socket.send(bytes.fromhex("100f 0004 4d515454 05 02 003c 00 0002 6161"))
        assert await phone.packet() == Connack(1)


async def test_a_phone_that_vanishes_leaves_its_will_and_one_that_says_goodbye_none(
    room: DashboardRoom,
) -> None:
    """The will counts it out when its websocket breaks; after DISCONNECT only what it said itself holds."""
    joined = await room.join()
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive(session=1)
        await room.until(lambda state: state["connected"] == 1)
        phone.socket.transport.abort()
    await room.until(lambda state: state["connected"] == 0)

    heard: list[Any] = []
    listener = PahoTransport(room.broker.account("listener"))
    await listener.connect()
    await listener.subscribe(
        [f"room/{ROOM}/presence/+"], lambda told: heard.append(orjson.loads(told.payload))
    )
    async with tunnel_phone(room, joined) as phone:
        await phone.arrive(session=2)
        await room.until(lambda state: state["connected"] == 1)
        await phone.send(Disconnect())
        async with asyncio.timeout(WAIT_S):
            await phone.socket.wait_closed()
    async with tunnel_phone(room) as other:
        await other.arrive(session=3)
        await room.until(lambda state: state["connected"] == 2)
    await listener.close()
    assert {"session": 2, "connected": False} not in heard


async def test_the_tunnel_carries_messages_of_any_size(room: DashboardRoom) -> None:
    """A message of 100 KB goes up whole, and what comes down is whole, too."""
    async with tunnel_phone(room) as phone:
        await phone.send(phone.connect_packet(), Subscribe(1, ((f"$aws/things/{phone.thing}/test", 1),)))
        assert await phone.packet() == Connack(0)
        await phone.packet(Suback)
        payload = bytes(range(256)) * 400
        await phone.send(Publish(f"$aws/things/{phone.thing}/test", payload, 1, packet_id=9))
        back = await phone.packet(Publish)
        assert isinstance(back, Publish)
        assert back.payload == payload


async def test_a_real_mqtt_client_is_a_phone(room: DashboardRoom) -> None:
    """Paho over websockets connects with what the join answered, and hears the scene."""
    await room.scene({"color": "#0000FF"})
    joined = await room.join()
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[bytes] = loop.create_future()
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        joined["mqtt"]["client_id"],
        transport="websockets",
        protocol=mqtt.MQTTv311,
    )
    client.username_pw_set(joined["mqtt"]["username"], joined["mqtt"]["password"])
    client.ws_set_options("/mqtt")

    def on_connect(*_: Any) -> None:
        client.subscribe(f"room/{ROOM}/scene")

    def on_message(_client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        loop.call_soon_threadsafe(heard.set_result, bytes(message.payload))

    client.on_connect, client.on_message = on_connect, on_message
    await asyncio.to_thread(client.connect, "127.0.0.1", room.port)
    client.loop_start()
    try:
        assert b"#0000FF" in await asyncio.wait_for(heard, WAIT_S)
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


async def test_a_phone_that_takes_nothing_is_cut(
    room: DashboardRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A phone whose connection is stuck counts as gone, and the broker keeps nothing for it."""
    monkeypatch.setattr(tunnel, "LOOK_S", 0.05)
    monkeypatch.setattr(tunnel, "STALLED_S", 0.2)
    operator = PahoTransport(room.broker.account("flood"))
    await operator.connect()
    async with tunnel_phone(room) as phone:
        await phone.arrive()
        await room.until(lambda state: state["connected"] == 1)
        phone.socket.transport.pause_reading()
        async with asyncio.timeout(30):
            while (await room.state())["connected"]:
                await operator.publish(f"room/{ROOM}/scene", bytes(100_000), qos=1)
        phone.socket.transport.abort()
    await operator.close()


@pytest.fixture
async def unguarded(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    """A room on a broker that lets everybody do everything."""
    async with dashboard_room(tmp_path, guards_topics=False) as running:
        yield running


async def test_where_the_broker_does_not_guard_the_tunnel_lets_a_phone_live(unguarded: DashboardRoom) -> None:
    """Everything that an honest phone does goes through, byte for byte."""
    async with tunnel_phone(unguarded) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS", visible=True)
        await unguarded.until(lambda state: state["visible"] == 1)
        await phone.send(Disconnect())


@pytest.mark.parametrize(
    "topic", ["room/DEMO/scene", "$aws/things/phone-other/shadow/update", "room/DEMO/presence/phone-other"]
)
async def test_where_the_broker_does_not_guard_the_tunnel_stops_foreign_messages(
    unguarded: DashboardRoom, topic: str
) -> None:
    """A message on somebody else's topic ends the connection and never reaches the broker."""
    async with tunnel_phone(unguarded) as phone:
        await phone.arrive()
        await phone.send(Publish(topic, b"{}", 1, packet_id=7))
        await _is_closed(phone, 1008)


@pytest.mark.parametrize(
    "topic_filter", ["#", "$aws/things/+/shadow/#", "room/DEMO/presence/+", "room/DEMO/+"]
)
async def test_where_the_broker_does_not_guard_the_tunnel_stops_foreign_filters(
    unguarded: DashboardRoom, topic_filter: str
) -> None:
    """A subscription beyond the phone's own topics ends the connection."""
    async with tunnel_phone(unguarded) as phone:
        await phone.arrive()
        await phone.send(Subscribe(7, ((topic_filter, 0),)))
        await _is_closed(phone, 1008)


async def test_where_the_broker_does_not_guard_the_tunnel_stops_a_foreign_will(
    unguarded: DashboardRoom,
) -> None:
    """A will that would speak for somebody else is refused with the CONNECT."""
    async with tunnel_phone(unguarded) as phone:
        await phone.send(phone.connect_packet(will=Will("room/DEMO/scene", b"{}", 1, retain=True)))
        assert await phone.packet() == Connack(5)


async def _is_closed(phone: TunnelPhone, *codes: int) -> None:
    """The websocket is closed with one of these codes; what comes before is read and dropped."""
    async with asyncio.timeout(WAIT_S):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await phone.socket.recv()
    assert phone.socket.close_code in codes
