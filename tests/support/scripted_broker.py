"""A broker that does what a test says, packet by packet: what a real one does only when it dies at the right
moment."""

import asyncio
from typing import Self, TypeVar

from broker_bridge.transport.port import Account
from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    PacketReader,
    Suback,
    Subscribe,
    encode,
)

WAIT_SECONDS = 30.0
"""For what takes milliseconds on an idle machine."""

AnyPacket = TypeVar("AnyPacket", bound=Packet)


class Visit:
    """One connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._packets = PacketReader()
        self._read: list[Packet] = []

    async def next(self, kind: type[AnyPacket]) -> AnyPacket:
        """The next packet, which must be of this kind."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not self._read:
                data = await self._reader.read(65_536)
                assert data, f"the client hung up instead of sending a {kind.__name__}"
                self._read.extend(self._packets.feed(data))
        packet = self._read.pop(0)
        assert isinstance(packet, kind), f"{packet} instead of a {kind.__name__}"
        return packet

    def send(self, *packets: Packet) -> None:
        """Send packets in one piece."""
        self._writer.write(b"".join(map(encode, packets)))

    async def admit(self) -> None:
        """Take the CONNECT and say yes."""
        await self.next(Connect)
        self.send(Connack())

    async def grant(self) -> Subscribe:
        """Take a SUBSCRIBE and say yes."""
        asked = await self.next(Subscribe)
        self.send(Suback(asked.packet_id, tuple(qos for _, qos in asked.filters)))
        return asked

    async def goodbye(self) -> None:
        """Take the DISCONNECT."""
        await self.next(Disconnect)

    def hang_up(self) -> None:
        """Hang up after what was sent."""
        self._writer.close()

    def cut(self) -> None:
        """Hang up without a word."""
        self._writer.transport.abort()


class ScriptedBroker:
    """Listens on 127.0.0.1; the test takes the visits one by one."""

    def __init__(self) -> None:
        self._visits: asyncio.Queue[Visit] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self.visits = 0
        """How many there were."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._visited, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def account(self, client_id: str) -> Account:
        """How to connect."""
        return Account("127.0.0.1", self.port, client_id)

    async def visit(self) -> Visit:
        """The next visit."""
        return await asyncio.wait_for(self._visits.get(), WAIT_SECONDS)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        self._writers.append(writer)
        self._visits.put_nowait(Visit(reader, writer))
