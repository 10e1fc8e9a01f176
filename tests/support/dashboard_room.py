"""A whole room in this process: the real shadow service, the real dashboard, a real Mosquitto between
them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from broker_bridge.client import ShadowClient
from broker_bridge.service import BridgeService
from broker_bridge.settings import RestSettings
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Transport
from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Packet,
    PacketReader,
    Publish,
    Subscribe,
    Will,
    encode,
)
from dashboard.app import create_app
from dashboard.findings import Finding
from dashboard.ports import AwsKeys, BrokerCredential, RoomConfiguration
from tests.support.plain_brokers import PlainBroker, plain_broker
from tests.support.served import served

ROOM = "DEMO"
PRESENTER = {"Authorization": "Bearer the-presenter"}
WAIT_S = 30.0
"""A bound on every wait for an event; most take milliseconds."""


@dataclass(frozen=True, slots=True)
class OpenCredentials:
    """For a broker that lets everybody in."""

    guards_topics: bool = True

    def mint(self, thing: str, room: str) -> BrokerCredential:
        return BrokerCredential(thing, "none")


@dataclass
class DashboardRoom:
    """A room that is served, and what a test needs to look at it."""

    port: int
    configuration: RoomConfiguration
    broker: PlainBroker
    http: httpx.AsyncClient
    shadows: ShadowClient
    """The operator's."""
    app: FastAPI

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def join(self, **said: Any) -> dict[str, Any]:
        """Join as a phone; the answer."""
        answer = await self.http.post(f"/api/rooms/{ROOM}/join", json={"os": "iOS", **said})
        assert answer.status_code in (200, 201), answer.text
        joined: dict[str, Any] = answer.json()
        return joined

    async def state(self) -> dict[str, Any]:
        """The public numbers."""
        body: dict[str, Any] = (await self.http.get(f"/api/rooms/{ROOM}")).json()
        return body

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The public numbers once `holds` is true of them."""
        async with asyncio.timeout(WAIT_S):
            while not holds(state := await self.state()):  # noqa: ASYNC110 - it is asked over HTTP
                await asyncio.sleep(0.01)
        return state

    async def ready(self) -> None:
        """Return when /readyz says so."""
        async with asyncio.timeout(WAIT_S):
            while (await self.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def scene(self, command: Any) -> int:
        """Set a scene as the presenter; its version."""
        answer = await self.http.post(f"/api/rooms/{ROOM}/scene", json=command, headers=PRESENTER)
        assert answer.status_code == 200, answer.text
        version: int = answer.json()["version"]
        return version


@contextlib.asynccontextmanager
async def dashboard_room(
    directory: Path,
    *,
    guards_topics: bool = True,
    broker: PlainBroker | None = None,
    transport_of: Callable[[Account], Transport] | None = None,
) -> AsyncIterator[DashboardRoom]:
    """A ready room. The same `directory` and `broker` again is the same room after a restart.
    `transport_of` makes the dashboard's connection, in place of its own.
    """
    async with contextlib.AsyncExitStack() as stack:
        broker = broker or stack.enter_context(plain_broker("mosquitto", directory))
        keys = AwsKeys("AKID", "secret", "eu-central-1", "")
        bridge = BridgeService(
            broker.account("bridge"),
            f"sqlite:///{directory / 'shadows.db'}",
            rest=RestSettings("127.0.0.1", 0, keys.access_key_id, keys.secret_access_key),
        )
        await bridge.start()
        stack.push_async_callback(bridge.stop)
        configuration = RoomConfiguration(
            room=ROOM,
            room_thing="room-DEMO-aaaaaaaa",
            data_dir=directory,
            join_url="http://127.0.0.1/j/DEMO",
            presenter_token="the-presenter",
            signing_key="signing-key",
            operator=broker.account("dashboard"),
            devices=OpenCredentials(guards_topics),
            broker_host="127.0.0.1",
            broker_port=broker.port,
            aws=AwsKeys("AKID", "secret", "eu-central-1", f"http://127.0.0.1:{bridge.rest_port}"),
            examine=lambda: [Finding("pages", "ok", "well")],
        )
        app = create_app(configuration, transport_of and transport_of(configuration.operator))
        port = await stack.enter_async_context(served(app))
        http = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_S, trust_env=False)
        )
        operator = PahoTransport(broker.account("test-operator"))
        await operator.connect()
        stack.push_async_callback(operator.close)
        room = DashboardRoom(port, configuration, broker, http, ShadowClient(operator), app)
        await room.ready()
        yield room


@dataclass
class TunnelPhone:
    """A phone's end of the tunnel, packet by packet."""

    socket: ClientConnection
    joined: dict[str, Any]
    _reader: PacketReader = field(default_factory=PacketReader)
    _packets: list[Packet] = field(default_factory=list)

    @property
    def thing(self) -> str:
        return str(self.joined["thing_name"])

    async def send(self, *packets: Packet) -> None:
        await self.socket.send(b"".join(map(encode, packets)))

    async def packet(self, kind: type[Packet] | None = None) -> Packet:
        """The next packet, or the next of a kind."""
        async with asyncio.timeout(WAIT_S):
            while True:
                while self._packets:
                    packet = self._packets.pop(0)
                    if kind is None or isinstance(packet, kind):
                        return packet
                data = await self.socket.recv()
                assert isinstance(data, bytes)
                self._packets += self._reader.feed(data)

    async def message(self, topic: str) -> Any:
        """The JSON of the next message on a topic."""
        while True:
            packet = await self.packet(Publish)
            assert isinstance(packet, Publish)
            if packet.topic == topic:
                return orjson.loads(packet.payload)

    def connect_packet(self, session: int = 1, **changed: Any) -> Connect:
        """The CONNECT of an honest phone."""
        mqtt = self.joined["mqtt"]
        will = Will(self.presence_topic, self.presence(session, connected=False), 1)
        honest = {"username": mqtt["username"], "password": mqtt["password"].encode(), "will": will}
        return Connect(changed.pop("client_id", mqtt["client_id"]), **{**honest, **changed})

    @property
    def presence_topic(self) -> str:
        return f"room/{ROOM}/presence/{self.thing}"

    def presence(self, session: int, *, connected: bool) -> bytes:
        return orjson.dumps({"session": session, "connected": connected})

    async def arrive(self, session: int = 1) -> None:
        """Connect, subscribe to the room and to its delta, and tell of the birth."""
        await self.send(self.connect_packet(session))
        assert await self.packet() == Connack(0)
        filters = (f"$aws/things/{self.thing}/shadow/update/delta", f"room/{ROOM}/scene", f"room/{ROOM}/poll")
        await self.send(
            Subscribe(1, tuple((text, 0) for text in filters)),
            Publish(self.presence_topic, self.presence(session, connected=True), 1, packet_id=2),
        )

    async def report(self, name: str | None = None, **reported: Any) -> None:
        """Report facts to the classic shadow, or to a named one."""
        shadow = f"$aws/things/{self.thing}/shadow{f'/name/{name}' if name else ''}/update"
        payload = orjson.dumps({"state": {"reported": reported}})
        await self.send(Publish(shadow, payload, 1, packet_id=3))


@contextlib.asynccontextmanager
async def tunnel_phone(
    room: DashboardRoom, joined: dict[str, Any] | None = None
) -> AsyncIterator[TunnelPhone]:
    """A phone that joined and has its websocket open, before its CONNECT."""
    joined = joined or await room.join()
    url = f"ws://127.0.0.1:{room.port}/mqtt"
    async with connect(url, subprotocols=[Subprotocol("mqtt")], proxy=None) as socket:
        yield TunnelPhone(socket, joined)
