"""Several connections as one transport: AWS IoT takes and gives 100 messages a second on each."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from broker_bridge.transport.port import Handler, Transport

CONNECTIONS: Final = 5
"""For a room: reports, ballots, presence, and two for what the room itself says and asks."""


class SeveralConnections:
    """Deals subscriptions to the connection that has the fewest; all publishes go out on the last one.

    A message may so overtake one of another subscription; within a subscription the order holds.
    """

    def __init__(self, connections: Sequence[Transport]) -> None:
        self._connections = list(connections)
        self._dealt: dict[str, int] = {}
        self._listeners: list[Callable[[bool], None]] = []
        self._told = False
        for connection in self._connections:
            connection.on_connection(self._changed)

    async def connect(self) -> None:
        """Connect all of them; raises what the first that fails raises, and can be called again."""
        await asyncio.gather(*(connection.connect() for connection in self._connections))

    async def close(self) -> None:
        """Close all of them."""
        await asyncio.gather(*(connection.close() for connection in self._connections))

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """As one transport; filters of one call stay together."""
        place = self._place(filters)
        await self._connections[place].subscribe(filters, handler, qos=qos, manual_ack=manual_ack)
        self._dealt.update(dict.fromkeys(filters, place))

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """As one transport."""
        by_place: dict[int, list[str]] = {}
        for topic_filter in filters:
            by_place.setdefault(self._dealt.pop(topic_filter, 0), []).append(topic_filter)
        for place, own in by_place.items():
            await self._connections[place].unsubscribe(own)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """As one transport."""
        return self._connections[-1].publish(topic, payload, qos=qos, retain=retain)

    @property
    def connected(self) -> bool:
        """True while all of them are connected: with one missing, something would not be heard."""
        return all(connection.connected for connection in self._connections)

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """`listener` hears False when the first is lost, and True when all are there."""
        self._listeners.append(listener)

    def _changed(self, _connected: bool) -> None:
        now = self.connected
        if now != self._told:
            self._told = now
            for listener in self._listeners:
                listener(now)

    def _place(self, filters: Sequence[str]) -> int:
        known = next((self._dealt[one] for one in filters if one in self._dealt), None)
        if known is not None:
            return known
        loads = [0] * len(self._connections)
        for place in self._dealt.values():
            loads[place] += 1
        return loads.index(min(loads))
