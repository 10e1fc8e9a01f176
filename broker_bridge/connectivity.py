"""Who is connected, by lifecycle events: kept in the fleet index.

Whoever reports connections may die without a word, and then nobody tells of their ends. Its will says so, the
roll is called, and who is not told of again within some seconds counts as gone.
"""

import asyncio
from collections.abc import Callable

import structlog

from broker_bridge.fleet import FleetIndex
from broker_bridge.transport.port import Message, Refused, Transport
from broker_bridge.wire.lifecycle import LOST_TOPIC, PRESENCE_FILTER, RECALL_TOPIC, EventOrder, parse_event
from broker_bridge.wire.names import is_thing_name

_log = structlog.get_logger(__name__)

ROLL_CALL_S = 5.0
"""For a reporter to tell of all its connections again: many times what 10,000 events take."""


class ConnectivityWatch:
    """Follows the lifecycle events on `transport` from `start` to `stop`."""

    def __init__(self, transport: Transport, index: FleetIndex, clock: Callable[[], float]) -> None:
        """`clock` in epoch seconds."""
        self._transport = transport
        self._index = index
        self._clock = clock
        self._order = EventOrder()
        self._roll_call: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Ask for all open connections and follow what changes, where the broker lets us hear of it."""
        try:
            await self._transport.subscribe([PRESENCE_FILTER], self._on_event, qos=1)
            await self._transport.subscribe([LOST_TOPIC], self._on_lost_reporter, qos=1)
        except Refused as error:
            _log.warning("no lifecycle events on this broker, so no connectivity", reason=str(error))
            return
        self._transport.on_connection(self._on_connection)
        self._recall()

    def stop(self) -> None:
        """Judge nobody any more."""
        if self._roll_call is not None:
            self._roll_call.cancel()

    def _on_event(self, message: Message) -> None:
        event = parse_event(message.topic, message.payload)
        if event is not None and is_thing_name(event.client_id) and self._order.is_news(event):
            self._index.connectivity(
                event.client_id, event.connected, event.timestamp_ms, event.disconnect_reason
            )

    def _on_connection(self, connected: bool) -> None:
        if connected:
            self._recall()
            return
        # Whoever was connected to the broker may be gone with it; those who are not will be told of again.
        self._gone(self._order.connected())
        self._order.forget()

    def _on_lost_reporter(self, _: Message) -> None:
        self.stop()
        since_ms = self._now_ms()
        self._order.call_the_roll()
        self._recall()
        loop = asyncio.get_running_loop()
        self._roll_call = loop.call_later(ROLL_CALL_S, self._end_roll_call, since_ms)

    def _end_roll_call(self, since_ms: int) -> None:
        missing = self._order.end_roll_call()
        self._gone(missing, since_ms)
        _log.info("a reporter of connections was lost", gone=len(missing))

    def _gone(self, things: list[str], at_ms: int | None = None) -> None:
        for thing in things:
            self._index.connectivity(thing, False, self._now_ms() if at_ms is None else at_ms)

    def _recall(self) -> None:
        self._transport.publish(RECALL_TOPIC, b"", qos=1)

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)
