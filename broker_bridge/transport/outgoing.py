"""QoS 1 messages from `publish` to their PUBACK, in the order of the calls, with or without a connection."""

import asyncio
from collections.abc import Callable, Container

from broker_bridge.transport.delivery import Delivery
from broker_bridge.transport.port import TransportError

MAX_PACKET_ID = 0xFFFF
_DUP = 0x08


class _Sent:
    __slots__ = ("delivery", "frame", "was_sent")

    def __init__(self, frame: bytes, delivery: Delivery, was_sent: bool) -> None:
        self.frame = frame
        self.delivery = delivery
        self.was_sent = was_sent


class Outgoing:
    """What the broker has not acknowledged yet, by packet identifier."""

    def __init__(self) -> None:
        self._sent: dict[int, _Sent] = {}
        self._last_id = 0
        self._drained: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._sent)

    def next_id(self, others: Container[int]) -> int:
        """A packet identifier that neither a message here nor one of `others` has."""
        packet_id = self._last_id
        while True:
            packet_id = packet_id % MAX_PACKET_ID + 1
            if packet_id not in self._sent and packet_id not in others:
                self._last_id = packet_id
                return packet_id

    def add(self, packet_id: int, frame: bytes, *, was_sent: bool) -> Delivery:
        """Keep a message until it is acknowledged."""
        delivery = Delivery()
        self._sent[packet_id] = _Sent(frame, delivery, was_sent)
        return delivery

    def acknowledged(self, packet_id: int) -> None:
        """The broker has it; an identifier that is not known means nothing."""
        sent = self._sent.pop(packet_id, None)
        if sent is not None:
            sent.delivery.settle()
        if self._drained is not None and not self._sent and not self._drained.done():
            self._drained.set_result(None)

    def send_all(self, write: Callable[[bytes], None]) -> None:
        """Write everything to a new connection, a repetition is marked as one."""
        for sent in self._sent.values():
            frame = sent.frame
            write(bytes((frame[0] | _DUP,)) + frame[1:] if sent.was_sent else frame)
            sent.was_sent = True

    async def drained(self) -> None:
        """Return when nothing is on its way."""
        if self._sent:
            self._drained = asyncio.get_running_loop().create_future()
            await self._drained

    def fail(self, error: TransportError) -> None:
        """Give up on everything."""
        for sent in self._sent.values():
            sent.delivery.settle(error)
        self._sent.clear()
