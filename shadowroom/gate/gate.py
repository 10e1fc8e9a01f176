"""The gate: TCP and TLS listeners in front of a broker.

It reads the first packet of a connection, decides who that is, puts the broker's own credential for the thing
in its place, and passes bytes from then on. So a connection is one thing on every kind of broker, taking a
thing off the list cuts its connections, and connects and disconnects are known.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from broker_bridge.transport.lifecycle import LifecycleReporter
from broker_bridge.transport.relay import (
    BROKER_S,
    BUFFER,
    NoBroker,
    hang_up,
    open_to_broker,
    send_at_once,
)
from broker_bridge.wire.connect_rewrite import (
    CONNECT_BYTE,
    MQTT_3_1_1,
    AnyConnect,
    UnknownProtocol,
    read_connect,
)
from broker_bridge.wire.fields import MalformedPacket, extent
from broker_bridge.wire.lifecycle import ClientSession, ConnectionWatch
from shadowroom.brokers.port import ThingsEntrance
from shadowroom.gate.admission import AWAY, WRONG_PROTOCOL, Admitted, TurnedAway, admit, refused
from shadowroom.gate.authority import certificate_id
from shadowroom.gate.left_behind import LeftBehind
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import KeptThing
from shadowroom.gate.visit import Visit

CONNECT_S: Final = 10.0
"""Seconds for a TLS handshake, and again for the CONNECT."""
CONNECT_MAX: Final = 16 * 1024
"""Bytes of that packet: names, a password and a short will."""
STRANGERS_MAX: Final = 500
"""Connections that have not said who they are; a further one is closed at once. They hold at most 8 MB."""
LOOK_S: Final = 0.2
"""Seconds between looks at the list of things: one that is removed is cut off within a second."""

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class _Client:
    """One open connection of a thing."""

    thing: KeptThing
    watch: ConnectionWatch
    cut: Callable[[], None]
    """Ends it at once."""
    session: ClientSession | None = None
    """Once the broker accepted it."""


class Gate:
    """Serves connections of any number of listeners. Use from one event loop."""

    def __init__(
        self,
        room: str,
        entrance: ThingsEntrance,
        roll: Roll,
        lifecycle: LifecycleReporter,
        left_behind: LeftBehind,
    ) -> None:
        self._left_behind = left_behind
        self._room = room
        self._entrance = entrance
        self._roll = roll
        self._lifecycle = lifecycle
        self._clients: dict[str, set[_Client]] = {}
        self._strangers = 0
        self._servers: list[asyncio.Server] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Take connections there; with `tls`, which asks for certificates, those count and no passwords.

        Raises `OSError`.
        """
        server = await asyncio.start_server(
            self._accept,
            host,
            port,
            limit=BUFFER,
            ssl=tls,
            ssl_handshake_timeout=None if tls is None else CONNECT_S,
        )
        self._servers.append(server)
        if self._watch is None:
            self._watch = asyncio.create_task(self._look_at_list(), name="look at the list of things")

    async def close(self) -> None:
        """Take no more connections and end those that are open. Idempotent."""
        for server in self._servers:
            server.close()
        if self._watch is not None:
            self._watch.cancel()
        for client in self._all():
            client.cut()
        waiting = [task for task in self._serving if task is not asyncio.current_task()]
        if waiting:
            await asyncio.wait(waiting, timeout=BROKER_S)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, *filter(None, [self._watch]), return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            task.set_name("thing at the gate")
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
        try:
            await self._serve(reader, writer)
        except TurnedAway as turned:
            log.info("turned away", room=self._room, address=_address(writer), reason=str(turned))
            with suppress(OSError):
                writer.write(turned.answer)
        except ConnectionError:
            pass  # it went before it was anybody
        finally:
            await hang_up(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        send_at_once(writer)
        connect, rest = await self._who(reader)
        admitted = admit(connect, self._roll, _certificate_id(writer), self._entrance.levels)
        name = admitted.thing.name
        client = _Client(
            admitted.thing, ConnectionWatch(connect.keepalive, time.monotonic()), writer.transport.abort
        )
        clients = self._clients.setdefault(name, set())
        for older in clients:
            older.watch.superseded = True
        clients.add(client)
        try:
            from_broker, to_broker = await self._open(connect, admitted)
            try:
                visit = Visit(reader, writer, from_broker, to_broker, client.watch)
                await visit.run(rest, lambda: self._accepted(client, admitted, writer))
            finally:
                await hang_up(to_broker)
                if client.session is not None:
                    self._lifecycle.disconnected(client.session, client.watch.reason(time.monotonic()))
        finally:
            clients.discard(client)
            if not clients and self._clients.get(name) is clients:
                del self._clients[name]

    async def _who(self, reader: asyncio.StreamReader) -> tuple[AnyConnect, bytes]:
        """The CONNECT and what came right behind it."""
        if self._strangers >= STRANGERS_MAX:
            raise TurnedAway("too many connections that have not said who they are")
        self._strangers += 1
        try:
            async with asyncio.timeout(CONNECT_S):
                return await _first_packet(reader)
        except TimeoutError:
            raise TurnedAway("no CONNECT in time") from None
        finally:
            self._strangers -= 1

    async def _open(
        self, connect: AnyConnect, admitted: Admitted
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the broker as this thing."""
        entrance = self._entrance
        credential = entrance.credentials.mint(admitted.thing.name, self._room)
        try:
            packet = connect.with_credential(credential.username, credential.password.encode())
            await self._left_behind.welcome(admitted.thing)
            reader, writer = await open_to_broker(entrance.host, entrance.port)
        except NoBroker as error:
            raise refused(AWAY, connect.level, f"no broker: {error}") from error
        writer.write(packet)
        return reader, writer

    def _accepted(self, client: _Client, admitted: Admitted, writer: asyncio.StreamWriter) -> None:
        client.session = self._lifecycle.connected(
            admitted.thing.name, admitted.principal_id, _address(writer)
        )
        log.info("thing connected", room=self._room, thing=admitted.thing.name, address=_address(writer))

    async def _look_at_list(self) -> None:
        seen = 0
        while True:
            edition = self._roll.refresh()
            if edition != seen:
                seen = edition
                self._cut_removed()
            await asyncio.sleep(LOOK_S)

    def _cut_removed(self) -> None:
        for client in self._all():
            if not self._roll.still_holds(client.thing):
                log.info("thing removed, connection cut", room=self._room, thing=client.thing.name)
                client.watch.revoked = True
                client.cut()

    def has(self, name: str) -> bool:
        """True while a thing of this name has a connection."""
        return name in self._clients

    def _all(self) -> list[_Client]:
        return [client for clients in self._clients.values() for client in clients]


async def _first_packet(reader: asyncio.StreamReader) -> tuple[AnyConnect, bytes]:
    buffer = bytearray()
    while True:
        data = await reader.read(CONNECT_MAX)
        if not data:
            raise TurnedAway("the connection ended before a CONNECT")
        buffer += data
        try:
            end = extent(buffer)[1]
            if buffer[0] != CONNECT_BYTE or (end > CONNECT_MAX and end != len(buffer) + 1):
                raise TurnedAway("the first packet is no CONNECT, or a very long one")
            if end <= len(buffer):
                return read_connect(bytes(buffer[:end])), bytes(buffer[end:])
        except UnknownProtocol as error:
            raise refused(WRONG_PROTOCOL, MQTT_3_1_1, str(error)) from error
        except MalformedPacket as error:
            raise TurnedAway(f"no CONNECT: {error}") from error


def _certificate_id(writer: asyncio.StreamWriter) -> str | None:
    tls = writer.get_extra_info("ssl_object")
    if tls is None:
        return None
    der = tls.getpeercert(binary_form=True)
    if not der:
        raise TurnedAway("no certificate")
    return certificate_id(der)


def _address(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return str(peer[0]) if peer else ""
