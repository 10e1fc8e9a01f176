"""Who is connected, by AWS IoT's lifecycle events: for births and wills that got lost.

The events come late, twice and in any order; what a phone says itself is quicker, and is believed first.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from broker_bridge.transport.port import Message, Transport
from broker_bridge.wire.lifecycle import PRESENCE_FILTER, EventOrder, PresenceEvent, parse_event
from dashboard.rooms.room import Room

GRACE_S: Final = 2.0
"""Seconds before a disconnection counts: a phone that changes its network is back by then."""


class Connectivity:
    """Folds lifecycle events into the room."""

    def __init__(self, phones: Room, changed: Callable[[], None]) -> None:
        """`changed` is called after a phone came or went."""
        self._phones = phones
        self._changed = changed
        self._order = EventOrder()
        self._newest: dict[str, int] = {}
        """The version of each phone's newest connection."""

    async def subscribe(self, transport: Transport) -> None:
        """Hear of all connections. Raises what `Transport.subscribe` raises."""
        await transport.subscribe([PRESENCE_FILTER], self._on_message, qos=1)

    def _on_message(self, message: Message) -> None:
        event = parse_event(message.topic, message.payload)
        if event is None or event.client_id not in self._phones or not self._order.is_news(event):
            return
        if event.connected:
            self._newest[event.client_id] = event.version
            self._connected(event.client_id)
        else:
            asyncio.get_running_loop().call_later(GRACE_S, self._disconnected, event)

    def _connected(self, thing: str) -> None:
        phone = self._phones.phone(thing)
        # Any session after the last one: that of its birth is the time, and greater still.
        if (
            phone is not None
            and not phone.connected
            and self._phones.presence(thing, phone.session + 1, True)
        ):
            self._changed()

    def _disconnected(self, event: PresenceEvent) -> None:
        phone = self._phones.phone(event.client_id)
        if phone is None or self._newest.get(event.client_id, event.version) > event.version:
            return
        if phone.connected and self._phones.presence(event.client_id, phone.session, False):
            self._changed()
