"""The room's health for its presenter: how the phones follow, and how long each part takes to answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from broker_bridge.client import ClientError, DataPlane, ShadowRefused
from broker_bridge.transport.port import Transport, TransportError
from dashboard.live_room import LiveRoom
from dashboard.room_shadows import room_time_ms

EVERY_S: Final = 2.0
"""Seconds between two looks: people read it, and each costs three requests."""
ANSWER_S: Final = 3.0
"""Seconds that a part may take to answer before it counts as away."""


class RoomHealth:
    """Measures while somebody watches, and when it is asked."""

    def __init__(
        self,
        live_room: LiveRoom,
        transport: Transport,
        dataplane: DataPlane,
        room_thing: str,
        watched: Callable[[], bool],
    ) -> None:
        """`watched` is true while a presenter wants to know."""
        self._room = live_room
        self._transport = transport
        self._dataplane = dataplane
        self._room_thing = room_thing
        self._watched = watched
        self._measuring = asyncio.Lock()
        self._measured_at = -EVERY_S

    async def run(self) -> None:
        """Measure every `EVERY_S` while watched, until cancelled."""
        while True:
            if self._watched():
                await self.report()
            await asyncio.sleep(EVERY_S)

    async def report(self) -> dict[str, Any]:
        """The feed's `health`, at most `EVERY_S` old."""
        async with self._measuring:
            known = self._room.health
            if known is None or time.monotonic() - self._measured_at >= EVERY_S:
                known = await self._measure()
                self._measured_at = time.monotonic()
                self._room.health = known
                self._room.changed()
        return known

    async def _measure(self) -> dict[str, Any]:
        broker, bridge, store = await asyncio.gather(
            _round_trip(self._ask_broker), _round_trip(self._dataplane.ping), _round_trip(self._ask_store)
        )
        counts, vitals = self._room.phones.counts(), self._room.vitals
        return {
            "to_colour": vitals.to_colour(),
            "asleep": counts.connected - counts.visible,
            "reconnecting": vitals.reconnecting(room_time_ms()),
            "broker": broker,
            "bridge": bridge,
            "store": store,
        }

    async def _ask_broker(self) -> None:
        # Nobody hears it: the broker's acknowledgement is what is timed.
        await self._transport.publish(f"room/{self._room.code}/health", b"{}", qos=1)

    async def _ask_store(self) -> None:
        try:
            await self._dataplane.get_shadow(self._room_thing, "scene")
        except ShadowRefused:
            return  # there is no scene yet, says the store


async def _round_trip(ask: Callable[[], Awaitable[object]]) -> dict[str, Any]:
    """`{"up":true,"ms":1.3}`, or `{"up":false,"ms":null}`."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(ANSWER_S):
            await ask()
    except (ClientError, TransportError, TimeoutError):
        return {"up": False, "ms": None}
    return {"up": True, "ms": round((time.perf_counter() - began) * 1_000, 1)}
