"""What the clients of real brokers do alike, whoever makes their packets: a bounded queue of messages, which
waits while there is no connection, subscriptions that are noted first, and an end that lets messages arrive.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from broker_bridge.transport.delivery import Delivery, failed
from broker_bridge.transport.dispatch import Receipts, Subscriptions
from broker_bridge.transport.port import Dropped, Handler, Refused, TransportError

DRAIN_SECONDS = 2.0
"""For acknowledgements still on their way when closing."""


class Outgoing(NamedTuple):
    """A message to publish, and whom to tell how that ended."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    delivery: Delivery
    properties: bytes = b""
    """Of MQTT 5, in bytes that begin with their length; none for 3.1.1."""


class QueuedTransport(ABC):
    """The part of a `Transport` that is above its client."""

    def __init__(self, max_outgoing: int) -> None:
        """`max_outgoing`: messages that are on their way or wait for a connection."""
        self._max_outgoing = max_outgoing
        self._subscriptions = Subscriptions()
        self._receipts = Receipts(self._acknowledge)
        self._held: deque[Outgoing] = deque()
        """QoS 1, while there is no connection."""
        self._listeners: list[Callable[[bool], None]] = []
        self._on_line = False
        """The broker has taken the connection; `_connected` when the subscriptions are there too: what is
        published is answered at once, and whoever asked must be able to hear it."""
        self._connected = False
        self._ever_connected = False
        self._closing = False
        self._drained: asyncio.Future[None] | None = None

    @abstractmethod
    def _acknowledge(self, number: int) -> None:
        """Tell the broker that the message of this number is safe; 0 is one that needs no telling."""

    @abstractmethod
    def _under_way(self) -> tuple[int, int]:
        """Messages on their way, and how many of these the broker has yet to confirm."""

    @abstractmethod
    def _hand_over(self, message: Outgoing) -> None:
        """Give a message to the client, which is connected."""

    @abstractmethod
    async def _subscribe(self, filters: Sequence[tuple[str, int]]) -> None:
        """Subscribe now. Raises `Refused`, `Dropped`."""

    @abstractmethod
    async def _unsubscribe(self, filters: Sequence[str]) -> None:
        """Unsubscribe now. Raises `Dropped`."""

    @abstractmethod
    async def _hang_up(self) -> None:
        """End the client and everything that runs for it."""

    @abstractmethod
    def _give_up(self, error: TransportError) -> None:
        """Tell those whose messages are on their way."""

    async def close(self) -> None:
        """Disconnect cleanly, after the acknowledgements on their way had a moment to arrive."""
        if self._closing:
            return
        self._closing = True
        if self._connected and self._under_way()[1]:
            self._drained = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._drained, DRAIN_SECONDS)
        await self._hang_up()
        self._connected = False
        error = Dropped("the connection was closed")
        self._give_up(error)
        while self._held:
            self._held.popleft().delivery.settle(error)

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """Route messages of these filters to `handler`."""
        self._subscriptions.add(filters, handler, qos=qos, manual_ack=manual_ack)
        if self._subscribes_itself:
            try:
                await self._subscribe([(one, qos) for one in filters])
            except Refused:
                self._subscriptions.remove(filters)
                raise

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Stop routing these filters."""
        self._subscriptions.remove(filters)
        if self._subscribes_itself:
            await self._unsubscribe(filters)

    @property
    def connected(self) -> bool:
        """True while the broker has this connection."""
        return self._connected

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    @property
    def _subscribes_itself(self) -> bool:
        """False before the first connection, whose `connect` then subscribes to all that was noted."""
        return self._ever_connected or self._on_line

    def _enqueue(
        self, topic: str, payload: bytes, qos: int, retain: bool, properties: bytes = b""
    ) -> Awaitable[None]:
        if self._closing:
            return failed(Dropped("the connection is closed"))
        if self._under_way()[0] + len(self._held) >= self._max_outgoing:
            return failed(Dropped("the outgoing queue is full"))
        if not self._connected and qos == 0:
            return failed(Dropped("there is no connection"))
        message = Outgoing(topic, payload, qos, retain, Delivery(), properties)
        if self._connected:
            self._hand_over(message)
        else:
            self._held.append(message)
        return message.delivery

    def _hand_over_held(self) -> None:
        while self._held:
            self._hand_over(self._held.popleft())

    def _note_settled(self) -> None:
        """A message was confirmed: whoever closes may wait for the last one."""
        if self._drained is not None and not self._drained.done() and not self._under_way()[1]:
            self._drained.set_result(None)

    def _tell(self, connected: bool) -> None:
        for listener in self._listeners:
            listener(connected)
