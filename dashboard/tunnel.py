"""The tunnel: a phone's MQTT over the page's own origin.

`/mqtt` looks at the first packet only: who is it, and may it come in? It puts the broker's own
credential for that thing in its place, and passes bytes from then on. A phone that vanishes closes the
broker's connection without a DISCONNECT, so the broker publishes its will; a phone that says DISCONNECT
has none.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import structlog

from broker_bridge.wire.packets import (
    Connack,
    Connect,
    MalformedPacket,
    PacketReader,
    encode,
)
from dashboard.auth.tokens import Tokens
from dashboard.ports import RoomConfiguration
from dashboard.rooms.phone_topics import Forbidden, PacketWatch, PhoneTopics
from dashboard.roster import Roster

CONNECT_S: Final = 10.0
"""Seconds for the phone's CONNECT to arrive."""
CONNECT_MAX: Final = 4_096
"""Bytes of that packet: name, will and password of ours are under 500."""
BROKER_S: Final = 5.0
"""Seconds for the broker to take the connection."""
STALLED_S: Final = 30.0
"""Seconds that a phone may take nothing before it counts as gone: beyond a ride in a lift."""
LOOK_S: Final = 5.0
"""Seconds between two looks for phones that take nothing: a timer of its own for each message cost a
tenth of it."""
BUFFER: Final = 64 * 1024
"""Bytes held in each direction before reading stops: 300 reports of a phone, or half of the longest
message."""

CONNECT_BYTE: Final = b"\x10"
"""What a CONNECT starts with: nobody needs to wait for the rest of something else."""
REFUSED: Final = 5
"""CONNACK code: not authorised. The phone joins again, and then knows more."""
AWAY: Final = 3
"""CONNACK code: server unavailable. The phone tries again."""
WRONG_PROTOCOL: Final = 1

CLOSE_GOING: Final = 1001
CLOSE_PROTOCOL: Final = 1002
CLOSE_DATA: Final = 1003
CLOSE_POLICY: Final = 1008
CLOSE_LATER: Final = 1013
"""Close codes of RFC 6455 and its registry."""

Receive = Callable[[], Any]
Send = Callable[[Any], Any]

_log = structlog.get_logger(__name__)


class Turned(Exception):
    """The tunnel does not open, or ends: the CONNACK to send, if any, and the websocket's close code."""

    def __init__(self, close: int, connack: int | None, reason: str) -> None:
        super().__init__(reason)
        self.close = close
        self.connack = connack


class Tunnels:
    """All tunnels of a room; itself the ASGI application of `/mqtt`."""

    def __init__(
        self, configuration: RoomConfiguration, tokens: Tokens, roster: Roster, serving: Callable[[], bool]
    ) -> None:
        """`serving` tells whether the room hears the broker: a birth while it does not would be lost."""
        self._configuration = configuration
        self._tokens = tokens
        self._roster = roster
        self._serving = serving
        self._tls = _tls_of(configuration)
        self._open: dict[str, set[_Tunnel]] = {}

    def __len__(self) -> int:
        """Phones that are connected through here."""
        return sum(map(len, self._open.values()))

    async def cut_stalled(self) -> None:
        """Look for phones that take nothing, and cut them, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(LOOK_S)
            for tunnels in [*self._open.values()]:
                for tunnel in tunnels:
                    if tunnel.sending_since is not None and clock() - tunnel.sending_since > STALLED_S:
                        tunnel.cut()

    def close(self, thing: str) -> None:
        """Cut a phone's connections; the broker publishes its will."""
        for tunnel in self._open.get(thing, ()):
            tunnel.cut()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one websocket."""
        await receive()  # websocket.connect
        if "mqtt" not in scope["subprotocols"]:
            await send({"type": "websocket.close", "code": CLOSE_PROTOCOL, "reason": "subprotocol mqtt"})
            return
        await send({"type": "websocket.accept", "subprotocol": "mqtt"})
        try:
            await self._serve(receive, send)
        except Turned as turned:
            _log.debug("tunnel turned a connection away", room=self._configuration.room, reason=str(turned))
            await _end(send, turned)

    async def _serve(self, receive: Receive, send: Send) -> None:
        reader = PacketReader(max_packet=CONNECT_MAX)
        try:
            async with asyncio.timeout(CONNECT_S):
                connect = await _first_packet(receive, reader)
        except TimeoutError:
            raise Turned(CLOSE_POLICY, None, "no CONNECT in time") from None
        if connect is None:
            return
        watch = self._admit(connect)
        upstream = await self._to_broker(connect)
        tunnel = _Tunnel(*upstream, receive, send, watch)
        tunnels = self._open.setdefault(connect.client_id, set())
        tunnels.add(tunnel)
        try:
            await tunnel.run(reader.remainder)
        finally:
            tunnels.discard(tunnel)
            if not tunnels and self._open.get(connect.client_id) is tunnels:
                del self._open[connect.client_id]

    def _admit(self, connect: Connect) -> PacketWatch | None:
        """Check who it is. Raises `Turned`; returns a watch over its packets when the broker keeps none."""
        thing = connect.client_id
        if connect.username != thing or connect.password is None:
            raise Turned(CLOSE_POLICY, REFUSED, "client id and user name are not one thing's")
        if not self._roster.admits(thing):
            raise Turned(CLOSE_POLICY, REFUSED, "not on the roster")
        if not self._tokens.opens_tunnel(thing, connect.password):
            raise Turned(CLOSE_POLICY, REFUSED, "password wrong or too old")
        if not self._serving():
            raise Turned(CLOSE_LATER, AWAY, "the room does not hear the broker")
        if self._configuration.devices.guards_topics:
            return None
        topics = PhoneTopics(thing, self._configuration.room)
        if not topics.may_connect(connect):
            raise Turned(CLOSE_POLICY, REFUSED, "a will that is not the phone's presence")
        return PacketWatch(topics)

    async def _to_broker(self, connect: Connect) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the broker as this thing. Raises `Turned` when it is away."""
        configuration = self._configuration
        credential = configuration.devices.mint(connect.client_id, configuration.room)
        try:
            async with asyncio.timeout(BROKER_S):
                reader, writer = await asyncio.open_connection(
                    configuration.broker_host, configuration.broker_port, limit=BUFFER, ssl=self._tls
                )
        except (OSError, TimeoutError) as error:
            raise Turned(CLOSE_LATER, AWAY, f"no broker: {error}") from error
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.transport.set_write_buffer_limits(high=BUFFER)
        # A session that outlives the connection would pile up messages for a phone that reads its state
        # anew anyway.
        own = replace(
            connect,
            username=credential.username,
            password=credential.password.encode(),
            clean_session=True,
        )
        writer.write(encode(own))
        return reader, writer


class _Tunnel:
    """One open tunnel: bytes both ways, each held up by the other side's pace."""

    def __init__(
        self,
        from_broker: asyncio.StreamReader,
        to_broker: asyncio.StreamWriter,
        receive: Receive,
        send: Send,
        watch: PacketWatch | None,
    ) -> None:
        self._from_broker = from_broker
        self._to_broker = to_broker
        self._receive = receive
        self._send = send
        self._watch = watch
        self._passing: asyncio.Task[None] | None = None
        self.sending_since: float | None = None
        """When the message that the phone is being sent was begun, by the loop's clock; None between
        messages."""

    async def run(self, early: bytes) -> None:
        """Pass bytes until one side ends; `early` is what the phone sent right behind its CONNECT.

        Raises `Turned` when it was not the phone that ended.
        """
        up = asyncio.create_task(self._up(early), name="tunnel up")
        down = self._passing = asyncio.create_task(self._down(), name="tunnel down")
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            results = await asyncio.gather(up, down, return_exceptions=True)
            await self._hang_up()
        if results[0] is None:
            return  # the phone went
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _hang_up(self) -> None:
        """Close towards the broker. What is buffered still goes out: a DISCONNECT in it means no will."""
        self._to_broker.close()
        try:
            async with asyncio.timeout(BROKER_S):
                await self._to_broker.wait_closed()
        except (OSError, TimeoutError):
            self._to_broker.transport.abort()

    def cut(self) -> None:
        """End it from outside, without a word to the broker."""
        self._to_broker.transport.abort()
        if self._passing is not None:
            self._passing.cancel()

    async def _up(self, data: bytes) -> None:
        while True:
            if data:
                await self._pass_up(data)
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            if event.get("bytes") is None:
                raise Turned(CLOSE_DATA, None, "a text frame")
            data = event["bytes"]

    async def _pass_up(self, data: bytes) -> None:
        writer = self._to_broker
        if self._watch is not None:
            try:
                data = self._watch.feed(data)
            except (MalformedPacket, Forbidden) as error:
                raise Turned(CLOSE_POLICY, None, str(error)) from error
        writer.write(data)
        if writer.transport.get_write_buffer_size() > BUFFER:
            try:
                async with asyncio.timeout(STALLED_S):
                    await writer.drain()
            except (TimeoutError, ConnectionError) as error:
                raise Turned(CLOSE_GOING, None, "the broker takes nothing") from error

    async def _down(self) -> None:
        read, send = self._from_broker.read, self._send
        clock = asyncio.get_running_loop().time
        while True:
            try:
                data = await read(BUFFER)
            except ConnectionError:
                data = b""
            if not data:
                raise Turned(CLOSE_GOING, None, "the broker closed the connection")
            self.sending_since = clock()
            try:
                await send({"type": "websocket.send", "bytes": data})
            except OSError:
                return  # the phone went while we were sending
            self.sending_since = None


def _tls_of(configuration: RoomConfiguration) -> ssl.SSLContext | None:
    """TLS towards the broker, when phones go to the same listener as we do and that one has it."""
    operator = configuration.operator
    here = (configuration.broker_host, configuration.broker_port)
    if not operator.tls or here != (operator.host, operator.port):
        return None
    return ssl.create_default_context(cafile=operator.ca_file)


async def _first_packet(receive: Receive, reader: PacketReader) -> Connect | None:
    """The CONNECT, however it is cut into frames; None when the phone went before. Raises `Turned`."""
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return None
        data = event.get("bytes")
        if data is None:
            raise Turned(CLOSE_DATA, None, "a text frame")
        try:
            packet = reader.first(data)
        except MalformedPacket as error:
            raise Turned(CLOSE_PROTOCOL, WRONG_PROTOCOL, f"no MQTT 3.1.1 CONNECT: {error}") from error
        if packet is None and reader.remainder[:1] in (b"", CONNECT_BYTE):
            continue
        if not isinstance(packet, Connect):
            raise Turned(CLOSE_PROTOCOL, None, "the first packet is not CONNECT")
        return packet


async def _end(send: Send, turned: Turned) -> None:
    """Say why, as MQTT and as websocket; a phone that has gone already is no fault."""
    with suppress(OSError, RuntimeError, TimeoutError):
        async with asyncio.timeout(BROKER_S):
            if turned.connack is not None:
                await send({"type": "websocket.send", "bytes": encode(Connack(turned.connack))})
            await send({"type": "websocket.close", "code": turned.close, "reason": str(turned)[:100]})
