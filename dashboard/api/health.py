"""Is it alive, is it ready, and what it counts."""

import asyncio
import time
from functools import partial
from typing import Final

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from broker_bridge.client import ClientError, DataPlane, ShadowRefused
from broker_bridge.wire.quotas import AccountMeter, What
from dashboard.api.problems import json_response
from dashboard.feed.hub import Hub
from dashboard.live_room import LiveRoom
from dashboard.phone_connections import PhoneConnections
from dashboard.services import Services
from dashboard.spread.workers import Workers

FRESH_S: Final = 1.0
"""Seconds for which an answer of the bridge is good: a probe that anybody may call must not become a load."""
CHECK_S: Final = 3.0
"""Seconds that a part may take to answer before it counts as away."""
OK: Final = "ok"
READING: Final = "the fleet is being read"


class Readiness:
    """Asks the parts that a room needs. The answer names the part that does not work."""

    def __init__(
        self,
        live_room: LiveRoom,
        dataplane: DataPlane,
        room_thing: str,
        workers: Workers | None = None,
    ) -> None:
        self._live_room = live_room
        self._dataplane = dataplane
        self._room_thing = room_thing
        self._workers = workers
        self._asking = asyncio.Lock()
        self._asked_at = -FRESH_S
        self._parts = ("not asked yet", "not asked yet")

    async def report(self) -> dict[str, object]:
        """`{"ready","broker","bridge","store"}`, and `"tunnel"` where it has workers; each part "ok", or what
        is wrong with it."""
        async with self._asking:
            if time.monotonic() - self._asked_at >= FRESH_S:
                self._parts = (await self._bridge(), await self._store())
                self._asked_at = time.monotonic()
        bridge, store = self._parts
        broker = OK if self._live_room.listening else "the broker does not answer"
        if bridge == OK and broker == OK and not self._live_room.known:
            bridge = READING
        parts = {"broker": broker, "bridge": bridge, "store": store}
        if self._workers is not None:
            parts["tunnel"] = self._workers.state()
        return {"ready": all(state == OK for state in parts.values()), **parts}

    async def _bridge(self) -> str:
        try:
            async with asyncio.timeout(CHECK_S):
                await self._dataplane.ping()
        except (ClientError, TimeoutError) as error:
            return f"the bridge does not answer: {type(error).__name__}"
        return OK

    async def _store(self) -> str:
        try:
            async with asyncio.timeout(CHECK_S):
                await self._dataplane.get_shadow(self._room_thing, "scene")
        except ShadowRefused:
            return OK  # there is no scene yet, says the store
        except (ClientError, TimeoutError) as error:
            return f"the shadow store does not answer: {type(error).__name__}"
        return OK


def router_for(
    services: Services, hub: Hub, connections: PhoneConnections, readiness: Readiness
) -> APIRouter:
    """`/healthz`, `/readyz` and `/metrics`."""
    router = APIRouter()
    registry = _metrics(services.live_room, hub, connections)
    if connections.workers is not None:
        _add_workers(registry, connections.workers)
    if services.configuration.meter is not None:
        _add_throttled(registry, services.configuration.meter)

    @router.get("/healthz")
    async def healthz() -> Response:
        return json_response({"alive": True})

    @router.get("/readyz")
    async def readyz() -> Response:
        report = await readiness.report()
        return json_response(report, 200 if report["ready"] else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _metrics(live_room: LiveRoom, hub: Hub, connections: PhoneConnections) -> CollectorRegistry:
    """Gauges of one room, read when asked for; the bridge has its own."""
    registry = CollectorRegistry()

    def gauge(name: str, text: str) -> Gauge:
        return Gauge(f"shadowroom_{name}", text, registry=registry)

    phones = live_room.phones
    gauge("phones_joined", "Phones that have a slot").set_function(lambda: phones.counts().joined)
    gauge("phones_connected", "Phones whose last session is open").set_function(
        lambda: phones.counts().connected
    )
    gauge("phones_visible", "Phones that somebody looks at").set_function(lambda: phones.counts().visible)
    gauge("tunnels_open", "Phones connected through /mqtt").set_function(lambda: len(connections))
    gauge("feed_watchers", "Open feeds").set_function(lambda: hub.watchers)
    gauge("scene_version", "Version of the scene that is shown").set_function(lambda: phones.scene_version)
    return registry


def _add_workers(registry: CollectorRegistry, workers: Workers) -> None:
    carried = Gauge(
        "shadowroom_tunnel_worker_phones",
        "Phones connected through this worker of the tunnel",
        ["worker"],
        registry=registry,
    )
    for number in range(1, workers.count + 1):
        carried.labels(number).set_function(partial(workers.open_at, number))


def _add_throttled(registry: CollectorRegistry, meter: AccountMeter) -> None:
    throttled = Gauge(
        "shadowroom_aws_throttled",
        "Messages and connections that AWS IoT would have discarded or refused, by quota",
        ["quota"],
        registry=registry,
    )
    for what in What:
        throttled.labels(what).set_function(partial(meter.throttled.__getitem__, what))
