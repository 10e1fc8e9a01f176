"""A phone's MQTT over plain requests, between a real dashboard and a real Mosquitto."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from broker_bridge.wire.packets import (
    Connack,
    Disconnect,
    Packet,
    Pingreq,
    Pingresp,
    Publish,
    encode,
)
from dashboard.api import long_poll
from tests.support.dashboard_room import ROOM, WAIT_S, DashboardRoom, TunnelPhone, dashboard_room

pytestmark = pytest.mark.broker


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[DashboardRoom]:
    async with dashboard_room(tmp_path) as running:
        yield running


class PollingPhone(TunnelPhone):
    """A phone's end of a line, packet by packet."""

    def __init__(self, room: DashboardRoom, joined: dict[str, object]) -> None:
        super().__init__(None, joined)  # type: ignore[arg-type]
        self.http = room.http
        self.address = "/mqtt/poll"

    async def send(self, *packets: Packet) -> None:
        answer = await self.http.post(self.address, content=b"".join(map(encode, packets)))
        assert answer.status_code in (201, 204), answer.text
        if answer.status_code == 201:
            self.address = answer.headers["location"]
            self._packets += self._reader.feed(answer.content)

    async def packet(self, kind: type[Packet] | None = None) -> Packet:
        async with asyncio.timeout(WAIT_S):
            while True:
                while self._packets:
                    packet = self._packets.pop(0)
                    if kind is None or isinstance(packet, kind):
                        return packet
                answer = await self.http.get(self.address)
                assert answer.status_code == 200, answer.text
                self._packets += self._reader.feed(answer.content)


async def polling_phone(room: DashboardRoom) -> PollingPhone:
    return PollingPhone(room, await room.join())


async def test_a_phone_without_websocket_is_in_the_room(room: DashboardRoom) -> None:
    """It connects with the same credentials, hears the room's scene, and is counted."""
    phone = await polling_phone(room)
    await phone.arrive()
    await room.scene({"color": "#FF0000"})

    assert (await phone.message(f"room/{ROOM}/scene"))["color"] == "#FF0000"
    await phone.send(Pingreq())
    assert await phone.packet(Pingresp) == Pingresp()
    assert (await room.until(lambda state: state["connected"] == 1))["joined"] == 1


async def test_a_waiting_request_that_breaks_is_a_phone_that_vanished(room: DashboardRoom) -> None:
    """The broker publishes the will at once, and the line is over."""
    phone = await polling_phone(room)
    await phone.arrive()
    await room.until(lambda state: state["connected"] == 1)
    with contextlib.suppress(httpx.ReadTimeout):
        while True:
            await room.http.get(phone.address, timeout=0.5)

    await room.until(lambda state: state["connected"] == 0)
    assert (await room.http.get(phone.address)).status_code == 410
    assert (await room.http.post(phone.address, content=b"")).status_code == 410


async def test_a_phone_that_asks_no_more_is_counted_out(
    room: DashboardRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a waiting request for the idle time the phone is gone, and its will is published."""
    monkeypatch.setattr(long_poll, "IDLE_S", 0.3)
    phone = await polling_phone(room)
    await phone.arrive()

    await room.until(lambda state: state["connected"] == 1)
    await room.until(lambda state: state["connected"] == 0)


async def test_goodbye_ends_the_line(room: DashboardRoom) -> None:
    """After DISCONNECT the line is over; what is posted to it afterwards is refused."""
    phone = await polling_phone(room)
    await phone.send(phone.connect_packet())
    assert await phone.packet() == Connack(0)
    await phone.send(Disconnect())
    async with asyncio.timeout(WAIT_S):
        while (await room.http.get(phone.address)).status_code != 410:
            pass


async def test_strangers_and_nonsense_are_refused(room: DashboardRoom) -> None:
    """A wrong password gets CONNACK 5, nonsense no line, a guessed or second reader nothing."""
    phone = await polling_phone(room)
    await phone.send(phone.connect_packet(password=b"wrong"))
    assert await phone.packet() == Connack(5)
    assert (await room.http.get(phone.address)).status_code == 410

    answer = await room.http.post("/mqtt/poll", content=b"GET / HTTP/1.1\r\n")
    assert answer.content == b""
    assert (await room.http.get(answer.headers["location"])).status_code == 410
    assert (await room.http.get("/mqtt/poll/guess")).status_code == 410
    too_much = b"\x10" * (long_poll.BODY_MAX + 1)
    assert (await room.http.post("/mqtt/poll", content=too_much)).status_code == 413

    honest = await polling_phone(room)
    await honest.send(honest.connect_packet())
    readers = {asyncio.create_task(room.http.get(honest.address), name=f"reader {n}") for n in (1, 2)}
    done, waiting = await asyncio.wait(readers, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    assert [(await one).status_code for one in done] == [409]
    await honest.send(Pingreq())
    assert [(await one).content for one in waiting] == [encode(Pingresp())]


async def test_no_phone_says_what_another_may(tmp_path: Path) -> None:
    """Where the broker does not guard topics, the tunnel's watch ends the line of a phone that strays."""
    async with dashboard_room(tmp_path, guards_topics=False) as room:
        phone = await polling_phone(room)
        await phone.arrive()
        await room.until(lambda state: state["connected"] == 1)
        await phone.send(Publish(f"room/{ROOM}/scene", b"{}"))

        await room.until(lambda state: state["connected"] == 0)
