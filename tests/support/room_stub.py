"""A room in one small process for tests of the crowd: join, tunnel, scene, feed, and a little shadow service.

It keeps the contracts of docs/architecture.md that phones see, over a real Mosquitto, and nothing more.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Packet,
    PacketReader,
    Publish,
    Subscribe,
    encode,
)

ROOM = "DEMO"
PRESENTER_TOKEN = "presenter"
PALETTE = {"iOS": "#2563EB", "Android": "#A3E635", "other": "#475569"}
FEED_SECONDS = 0.05


class RoomStub:
    """Knobs and counters are plain attributes; change them while it runs."""

    def __init__(self, broker_port: int) -> None:
        self.broker_port = broker_port
        self.things: dict[str, dict[str, Any]] = {}
        self.presence: dict[str, bool] = {}
        self.ballots: dict[str, dict[str, Any]] = {}
        self.scene: dict[str, Any] = {"version": 1, "at": 0}
        self.versions: dict[str, int] = {}
        self.passwords: set[str] = set()
        self.tunnels: set[web.WebSocketResponse] = set()
        self.joins = self.left = self.expired = 0
        self.refuse: str | None = None
        self.changed: set[str] = set()
        self._writer: asyncio.StreamWriter

    # HTTP

    def app(self) -> web.Application:
        app = web.Application()
        base = f"/api/rooms/{ROOM}"
        app.add_routes(
            [
                web.get(base, self.room),
                web.get(f"{base}/polls", self.polls),
                web.post(f"{base}/join", self.join),
                web.post(f"{base}/leave", self.leave),
                web.post(f"{base}/scene", self.set_scene),
                web.get(f"{base}/feed", self.feed),
                web.get("/mqtt", self.tunnel),
            ]
        )
        return app

    async def room(self, request: web.Request) -> web.Response:
        return web.json_response({"room": ROOM, "joined": len(self.things)})

    async def polls(self, request: web.Request) -> web.Response:
        allowed = request.headers.get("Authorization") == f"Bearer {PRESENTER_TOKEN}"
        return web.json_response([], status=200 if allowed else 401)

    async def join(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.refuse is not None:
            return web.json_response({"error": "refused", "message": self.refuse}, status=403)
        self.joins += 1
        token, status = body.get("token"), 200
        if token is None:
            slot, status = len(self.things), 201
            token = f"token-{slot}"
            self.things[f"phone-{slot:026d}"] = {"slot": slot, "token": token, "reported": {}, "body": body}
        thing = next(name for name, known in self.things.items() if known["token"] == token)
        password = f"password-{self.joins}"
        self.passwords.add(password)
        answer = {
            "thing_name": thing,
            "token": token,
            "slot": self.things[thing]["slot"],
            "room_time": int(time.time() * 1e3),
            "scene": self.scene,
            "poll": None,
            "mqtt": {"url": "/mqtt", "client_id": thing, "username": thing, "password": password},
        }
        return web.json_response(answer, status=status)

    async def leave(self, request: web.Request) -> web.Response:
        token = (await request.json())["token"]
        for thing, known in list(self.things.items()):
            if known["token"] == token:
                del self.things[thing]
                self.left += 1
        return web.Response(status=204)

    async def set_scene(self, request: web.Request) -> web.Response:
        command = await request.json()
        if command.get("by"):
            command.setdefault("palette", PALETTE)
        self.show(command)
        return web.json_response({"version": self.scene["version"]})

    async def feed(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert orjson.loads(await socket.receive_str())["type"] == "hello"
        kind, things, version = "snapshot", set(self.things), -1
        with contextlib.suppress(ConnectionError):
            while not socket.closed:
                frame: dict[str, Any] = {"type": kind, "marks": [self.mark(thing) for thing in things]}
                if version != self.scene["version"]:
                    frame["scene"], version = self.scene, self.scene["version"]
                await socket.send_str(orjson.dumps(frame).decode())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(socket.receive(), FEED_SECONDS)
                kind, things = "changes", self.changed & set(self.things)
                self.changed = set()
        return socket

    def mark(self, thing: str) -> list[Any]:
        known = self.things[thing]
        reported = known["reported"]
        current = reported.get("scene") == self.scene["version"]
        flags = self.presence.get(thing, False) | 2 | current << 2 | 8
        return [flags, (reported.get("color") or "").removeprefix("#"), [known["slot"]]]

    # The tunnel

    async def tunnel(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("mqtt",))
        await socket.prepare(request)
        self.tunnels.add(socket)
        try:
            with contextlib.suppress(OSError):
                await self._pass_bytes(socket)
        finally:
            self.tunnels.discard(socket)
            await socket.close()
        return socket

    async def _pass_bytes(self, socket: web.WebSocketResponse) -> None:
        reader = PacketReader()
        packet: Packet | None = None
        while packet is None:
            packet = reader.first(await socket.receive_bytes())
        assert isinstance(packet, Connect)
        assert packet.client_id == packet.username
        if (packet.password or b"").decode() not in self.passwords:
            self.expired += 1
            await socket.send_bytes(encode(Connack(5)))
            return
        source, sink = await asyncio.open_connection("127.0.0.1", self.broker_port)
        sink.write(encode(packet) + reader.remainder)
        down = asyncio.create_task(self._down(source, socket), name="down")
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                sink.write(message.data)
        sink.close()
        down.cancel()

    async def _down(self, source: asyncio.StreamReader, socket: web.WebSocketResponse) -> None:
        while data := await source.read(65_536):
            await socket.send_bytes(data)
        await socket.close()

    # The least of a shadow service

    def publish(self, topic: str, value: Any, *, retain: bool = False) -> None:
        self._writer.write(encode(Publish(topic, orjson.dumps(value), 0, retain)))

    async def reconnect(self) -> None:
        """Serve again after the broker was away."""
        await self.stop_serving()
        self.start_serving()

    def start_serving(self) -> None:
        self._serving = asyncio.create_task(self.serve_shadows(), name="stub-shadows")

    async def stop_serving(self) -> None:
        self._serving.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await self._serving
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def serve_shadows(self) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.broker_port)
        self._writer.write(encode(Connect("stub")))
        filters = ("$aws/things/+/shadow/update", "$aws/things/+/shadow/name/ballot/update")
        wanted = (*filters, "$aws/things/+/shadow/get", f"room/{ROOM}/presence/+")
        self._writer.write(encode(Subscribe(1, tuple((text, 0) for text in wanted))))
        self.publish(f"room/{ROOM}/scene", self.scene, retain=True)
        packets = PacketReader()
        while data := await reader.read(65_536):
            for packet in packets.feed(data):
                if isinstance(packet, Publish):
                    self._take(packet.topic.split("/"), packet)

    def _take(self, levels: list[str], packet: Publish) -> None:
        body = orjson.loads(packet.payload or b"{}")
        if levels[0] == "room":
            self.presence[levels[3]] = body["connected"]
            self.changed.add(levels[3])
            return
        thing = levels[2]
        self.versions[thing] = version = self.versions.get(thing, 0) + 1
        known = self.things.get(thing)
        if known is None:
            return
        if levels[-1] == "get":
            self.publish(f"{packet.topic}/accepted", {"state": {"reported": {}}, "version": version})
            return
        reported = body["state"].get("reported", {})
        if "ballot" in levels:
            self.ballots.setdefault(thing, {}).update(reported)
        else:
            known["reported"].update(reported)
            self.changed.add(thing)
        self.publish(f"{packet.topic}/accepted", {**body, "version": version})

    def tell(self, thing: str, desired: dict[str, Any]) -> None:
        """Send a phone the delta of a desired state."""
        self.versions[thing] = version = self.versions.get(thing, 0) + 1
        self.publish(f"$aws/things/{thing}/shadow/update/delta", {"version": version, "state": desired})

    def show(self, command: dict[str, Any]) -> None:
        """Set the scene, and publish it, retained."""
        self.scene = {"version": self.scene["version"] + 1, "at": int(time.time() * 1e3), **command}
        self.changed.update(self.things)
        self.publish(f"room/{ROOM}/scene", self.scene, retain=True)

    def ask(self, poll: dict[str, Any] | None) -> None:
        """Publish a question, retained."""
        self.publish(f"room/{ROOM}/poll", {"version": 1, "poll": poll}, retain=True)


@contextlib.asynccontextmanager
async def room_stub(broker_port: int) -> AsyncIterator[tuple[RoomStub, str]]:
    """Run a room over a broker; yields it and its URL."""
    stub = RoomStub(broker_port)
    stub.start_serving()
    runner = web.AppRunner(stub.app(), shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield stub, f"http://{host}:{port}"
    finally:
        for socket in list(stub.tunnels):
            await socket.close()
        await runner.cleanup()
        await stub.stop_serving()
