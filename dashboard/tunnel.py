"""The tunnel: a phone's MQTT over the page's own origin.

`/mqtt` looks at the first packet only: who is it, and may it come in? It puts the broker's own
credential for that thing in its place, and passes bytes from then on. A phone that vanishes closes the
broker's connection without a DISCONNECT, so the broker publishes its will; a phone that says DISCONNECT
has none.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Final

import structlog

from broker_bridge.transport.relay import (
    BROKER_S,
    STALLED_S,
    NoBroker,
    open_to_broker,
)
from broker_bridge.wire.lifecycle import ConnectionWatch, DisconnectReason
from broker_bridge.wire.packets import (
    Connack,
    Connect,
    MalformedPacket,
    PacketReader,
    encode,
)
from dashboard.auth.tokens import Tokens
from dashboard.doorkeeper import Refusal
from dashboard.ports import TunnelConfiguration
from dashboard.rooms.phone_topics import PacketWatch, PhoneTopics
from dashboard.tolls import Tolls
from dashboard.tunnel_passage import (
    CLOSE_DATA,
    CLOSE_LATER,
    CLOSE_POLICY,
    CLOSE_PROTOCOL,
    Passage,
    Receive,
    Send,
    Turned,
)

CONNECT_S: Final = 10.0
"""Seconds for the phone's CONNECT to arrive."""
CONNECT_MAX: Final = 4_096
"""Bytes of that packet: name, will and password of ours are under 500."""
LOOK_S: Final = 5.0
"""Seconds between two looks for phones that take nothing: a timer of its own for each message cost a
tenth of it."""
CONNECT_BYTE: Final = b"\x10"
"""What a CONNECT starts with: nobody needs to wait for the rest of something else."""
REFUSED: Final = 5
"""CONNACK code: not authorised. The phone joins again, and then knows more."""
AWAY: Final = 3
"""CONNACK code: server unavailable. The phone tries again."""
WRONG_PROTOCOL: Final = 1

Ask = Callable[[str], Awaitable[Refusal | None]]
"""Why a thing may not connect now; None when it may."""
Ended = Callable[[DisconnectReason], None]
Tell = Callable[[str, str], Ended]
"""Told of a thing that the broker accepted, and of its address; what it gives back is told why that
ended."""

_log = structlog.get_logger(__name__)


class Tunnels:
    """All tunnels of a room; itself the ASGI application of `/mqtt`."""

    def __init__(
        self, configuration: TunnelConfiguration, tokens: Tokens, ask: Ask, tell: Tell | None = None
    ) -> None:
        """`ask` decides who may connect now, `tell` hears of phones that connect and go."""
        self._configuration = configuration
        self._tokens = tokens
        self._ask = ask
        self._tell = tell
        self._tls = _tls_of(configuration)
        self._coming: dict[str, set[ConnectionWatch]] = {}
        """Phones that may connect, and whose connection to the broker is not open yet."""
        self._open: dict[str, set[Passage]] = {}

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
        for connection in self._coming.get(thing, ()):
            connection.revoked = True
        for tunnel in self._open.get(thing, ()):
            tunnel.connection.revoked = True
            tunnel.cut()

    def supersede(self, thing: str) -> None:
        """The phone comes in anew, here or elsewhere: the broker is about to end what is open."""
        for tunnel in self._open.get(thing, ()):
            tunnel.connection.superseded = True

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve one websocket."""
        await receive()  # websocket.connect
        if "mqtt" not in scope["subprotocols"]:
            await send({"type": "websocket.close", "code": CLOSE_PROTOCOL, "reason": "subprotocol mqtt"})
            return
        await send({"type": "websocket.accept", "subprotocol": "mqtt"})
        try:
            await self._serve(receive, send, (scope.get("client") or ("",))[0])
        except Turned as turned:
            _log.debug("tunnel turned a connection away", room=self._configuration.room, reason=str(turned))
            await _end(send, turned)

    async def _serve(self, receive: Receive, send: Send, address: str) -> None:
        reader = PacketReader(max_packet=CONNECT_MAX)
        try:
            async with asyncio.timeout(CONNECT_S):
                connect = await _first_packet(receive, reader)
        except TimeoutError:
            raise Turned(CLOSE_POLICY, None, "no CONNECT in time") from None
        if connect is None:
            return
        watch = self._check(connect)
        connection = ConnectionWatch(connect.keepalive, time.monotonic())
        with self._coming_in(connect.client_id, connection):
            await self._admit(connect.client_id)
            upstream = await self._to_broker(connect)
        if connection.revoked:
            upstream[1].transport.abort()
            raise Turned(CLOSE_POLICY, REFUSED, "removed while it came in")
        meter = self._configuration.meter
        tunnel = Passage(
            *upstream,
            receive,
            send,
            watch,
            connection,
            None if meter is None else Tolls(meter),
        )
        self.supersede(connect.client_id)
        tunnels = self._open.setdefault(connect.client_id, set())
        tunnels.add(tunnel)
        try:
            await self._run(tunnel, reader.remainder, connect.client_id, address)
        finally:
            tunnels.discard(tunnel)
            if not tunnels and self._open.get(connect.client_id) is tunnels:
                del self._open[connect.client_id]

    @contextmanager
    def _coming_in(self, thing: str, connection: ConnectionWatch) -> Iterator[None]:
        """`close` reaches it while inside."""
        coming = self._coming.setdefault(thing, set())
        coming.add(connection)
        try:
            yield
        finally:
            coming.discard(connection)
            if not coming and self._coming.get(thing) is coming:
                del self._coming[thing]

    async def _run(self, tunnel: Passage, early: bytes, thing: str, address: str) -> None:
        """Run the tunnel, and tell of its beginning, which is the broker's yes, and of its end."""
        tell = self._tell
        if tell is None:
            await tunnel.run(early, lambda: None)
            return
        ended: Ended | None = None

        def accepted() -> None:
            nonlocal ended
            ended = tell(thing, address)

        try:
            await tunnel.run(early, accepted)
        finally:
            if ended is not None:
                ended(tunnel.connection.reason(time.monotonic()))

    def _check(self, connect: Connect) -> PacketWatch | None:
        """Check who it is. Raises `Turned`; returns a watch over its packets when the broker keeps none."""
        thing = connect.client_id
        if connect.username != thing or connect.password is None:
            raise Turned(CLOSE_POLICY, REFUSED, "client id and user name are not one thing's")
        if not self._tokens.opens_tunnel(thing, connect.password):
            raise Turned(CLOSE_POLICY, REFUSED, "password wrong or too old")
        if self._configuration.devices.guards_topics:
            return None
        topics = PhoneTopics(thing, self._configuration.room)
        if not topics.may_connect(connect):
            raise Turned(CLOSE_POLICY, REFUSED, "a will that is not the phone's presence")
        return PacketWatch(topics)

    async def _admit(self, thing: str) -> None:
        """Ask whether it may connect now. Raises `Turned`."""
        refusal = await self._ask(thing)
        if refusal is Refusal.STRANGER:
            raise Turned(CLOSE_POLICY, REFUSED, refusal)
        if refusal is not None:
            raise Turned(CLOSE_LATER, AWAY, refusal)

    async def _to_broker(self, connect: Connect) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the broker as this thing. Raises `Turned` when it is away."""
        configuration = self._configuration
        credential = configuration.devices.mint(connect.client_id, configuration.room)
        try:
            reader, writer = await open_to_broker(
                configuration.broker_host, configuration.broker_port, self._tls
            )
        except NoBroker as error:
            raise Turned(CLOSE_LATER, AWAY, f"no broker: {error}") from error
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


def _tls_of(configuration: TunnelConfiguration) -> ssl.SSLContext | None:
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
