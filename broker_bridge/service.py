"""The shadow service as a whole: store, index, MQTT connection, router and data plane, started and stopped as
one."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace

import structlog

from broker_bridge import telemetry
from broker_bridge.connectivity import ConnectivityWatch
from broker_bridge.fleet import FleetIndex
from broker_bridge.last_will import WillRepublisher
from broker_bridge.rest.directory import Devices, ThingDirectory, nobody
from broker_bridge.rest.serve import Served, serve_rest
from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.settings import BridgeSettings, RestSettings
from broker_bridge.shadow.limits import AWS_LIMITS, Limits
from broker_bridge.shadow.rate import Rate
from broker_bridge.store.open import open_store
from broker_bridge.store.port import ShadowStore, StoreError
from broker_bridge.transport.backoff import full_jitter
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Unreachable
from broker_bridge.transport.probe import probe
from broker_bridge.wire.topics import REQUEST_FILTERS

_log = structlog.get_logger(__name__)

BROKER_SECONDS = 30.0
"""How long `start` waits for a broker that is being started at the same time."""
THINGS_PAGE = 1_000
"""Things read from the store at a time while the index is filled."""
HOUSEKEEPING_SECONDS = 3600.0
"""Between looks for tombstones that have run out."""


class BridgeService:
    """The Device Shadow service on one MQTT account, one store and, if wanted, one HTTP address."""

    def __init__(
        self,
        account: Account,
        store_url: str,
        *,
        rest: RestSettings | None = None,
        limits: Limits = AWS_LIMITS,
        requests_per_second: float | None = None,
        rate: Rate | None = None,
        will_republish: bool = False,
        connection_per_filter: bool = False,
        devices: Devices = nobody,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Raises `ValueError` for a store URL that names no store. `clock` in epoch seconds.

        `requests_per_second` is of one thing; `rate` in its place says more. `connection_per_filter` is for
        NATS, which bounds what a whole session has not acknowledged and drops what is above until it is sent
        again: on one connection a burst of updates holds up every get.
        `devices` are things from the moment on that they are let in.
        """
        self.store: ShadowStore = open_store(store_url)
        self.index = FleetIndex()
        self.things = ThingDirectory(self.store.registry, self.index, devices)
        # The broker keeps our session while we are away: requests made meanwhile are served when we are back.
        self.transport = PahoTransport(account, clean_session=False)
        if rate is None and requests_per_second is not None:
            rate = Rate(requests_per_second, max(1.0, requests_per_second))
        self.desk = ShadowDesk(self.store, self._publish, clock, self.index.follow, limits=limits, rate=rate)
        self._account = account
        self._connection_per_filter = connection_per_filter
        self._rest = rest
        self._limits = limits
        self._will_republish = will_republish
        self._clock = clock
        self._resources = AsyncExitStack()
        self._rest_port: int | None = None
        self._request_transports: tuple[PahoTransport, ...] = ()

    @classmethod
    def from_settings(cls, settings: BridgeSettings) -> "BridgeService":
        """The service that the settings describe."""
        password = settings.mqtt_password
        account = Account(
            settings.mqtt_host,
            settings.mqtt_port,
            settings.mqtt_client_id,
            settings.mqtt_username,
            None if password is None else password.get_secret_value(),
            settings.mqtt_tls,
            settings.mqtt_ca_file,
        )
        return cls(
            account,
            settings.store_url,
            rest=settings.rest(),
            limits=Limits(document_bytes=settings.document_bytes, depth=settings.depth),
            requests_per_second=settings.requests_per_second,
            will_republish=settings.will_republish,
        )

    @property
    def rest_port(self) -> int | None:
        """The port of the data plane once started; None without one."""
        return self._rest_port

    async def start(self) -> None:
        """Start all parts; when this returns, requests are answered.

        Raises `StoreUnavailable`, `Refused`, `Unreachable`, or `OSError` when the HTTP address is taken, with
        everything released again.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        _log.info(
            "shadow service ready", broker=f"{self._account.host}:{self._account.port}", rest=self._rest_port
        )

    async def stop(self) -> None:
        """Answer what was taken in, disconnect cleanly, close the store. Idempotent."""
        await self._resources.aclose()

    async def run_until(self, stop: asyncio.Event) -> None:
        """Start, serve until `stop` is set, and stop."""
        await self.start()
        try:
            await stop.wait()
        finally:
            await self.stop()

    async def health(self) -> dict[str, str]:
        """Each part with "ok" or a sentence that says what is wrong with it."""
        try:
            await self.store.ping()
            store = "ok"
        except StoreError as error:
            store = str(error)
        connected = all(transport.connected for transport in (self.transport, *self._request_transports))
        return {"broker": "ok" if connected else "not connected", "store": store}

    async def _start(self) -> None:
        await self.store.open()
        self._resources.push_async_callback(self.store.close)
        await self._fill_index()
        routers = self._routers()
        for router in routers.values():
            await router.start()
        if self._will_republish:
            await WillRepublisher(self.transport).start()
        self.transport.on_connection(telemetry.CONNECTED.set)
        for transport in dict.fromkeys((self.transport, *routers)):
            await self._connect(transport)
            self._resources.push_async_callback(transport.close)
        for router in routers.values():
            self._resources.push_async_callback(router.stop)
        await probe(self.transport)
        connectivity = ConnectivityWatch(self.transport, self.index, self._clock)
        await connectivity.start()
        self._resources.callback(connectivity.stop)
        self._keep("shadow-devices", self.things.follow_devices())
        if self._rest is not None:
            await self._serve_rest(self._rest)
        self._keep("shadow-housekeeping", self._housekeeping())

    def _routers(self) -> dict[PahoTransport, ShadowRouter]:
        if not self._connection_per_filter:
            return {self.transport: ShadowRouter(self.transport, self.desk)}
        routers = {}
        for number, topic_filter in enumerate(REQUEST_FILTERS, start=1):
            account = replace(self._account, client_id=f"{self._account.client_id}-requests-{number}")
            transport = PahoTransport(account, clean_session=False)
            routers[transport] = ShadowRouter(transport, self.desk, [topic_filter])
        self._request_transports = tuple(routers)
        return routers

    async def _connect(self, transport: PahoTransport) -> None:
        began = time.monotonic()
        attempt = 0
        while True:
            try:
                await transport.connect()
                return
            except Unreachable as error:
                waited = time.monotonic() - began
                if waited > BROKER_SECONDS:
                    await transport.close()
                    raise
                if attempt == 0:
                    _log.warning("waiting for the broker", reason=str(error))
                await asyncio.sleep(full_jitter(attempt, waited, random.random()))  # noqa: S311
                attempt += 1

    async def _fill_index(self) -> None:
        after = ""
        while things := await self.store.things(after=after, limit=THINGS_PAGE):
            for thing in things:
                for shadow, item in await self.store.shadows_of(thing):
                    self.index.follow(shadow, item)
            after = things[-1]
        await self.things.fill()

    async def _serve_rest(self, rest: RestSettings) -> None:
        served = Served(self.desk, self.index, self.store, self.things, self.health, self._clock)
        self._rest_port = await serve_rest(
            self._resources, rest, served, self._account, self.transport, self._connect
        )

    async def _housekeeping(self) -> None:
        while True:
            oldest = int(self._clock()) - self._limits.tombstone_seconds
            try:
                purged = await self.store.purge_tombstones(written_before=oldest)
            except StoreError as error:
                _log.warning("tombstones were not purged", reason=str(error))
            else:
                _log.debug("tombstones purged", count=purged)
            await asyncio.sleep(HOUSEKEEPING_SECONDS)

    def _keep(self, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name=name)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._resources.push_async_callback(end)

    def _publish(self, topic: str, payload: bytes) -> Awaitable[None]:
        return self.transport.publish(topic, payload, qos=1)
