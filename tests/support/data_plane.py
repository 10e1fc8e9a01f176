"""The real data plane on a free port: HTTP application, desk, index, store and broker, in this process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from broker_bridge.client import DataPlane
from broker_bridge.fleet import FleetIndex
from broker_bridge.rest import AccessKeys, BrokerRetained, create_app
from broker_bridge.rest.directory import ThingDirectory
from broker_bridge.rest.publishing import without_properties
from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.memory import MemoryStore
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-central-1"
START_SECONDS = 30.0
"""For what takes some hundredths."""

_SESSION = boto3.session.Session()
"""One for all, since it reads the SDK's models once."""


class _Server(uvicorn.Server):
    """Says when it listens, and leaves the signal handlers of the test runner alone."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """Serve an ASGI application on a free port of 127.0.0.1; gives its URL."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        server = _Server(uvicorn.Config(app, lifespan="off", log_level="warning"))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="uvicorn")
        await asyncio.wait_for(server.ready.wait(), START_SECONDS)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


@dataclass
class DataPlaneService:
    """A running service and its parts."""

    url: str
    desk: ShadowDesk
    index: FleetIndex
    broker: MemoryBroker
    parts: dict[str, str]
    """What `/readyz` says of each part."""
    clients: contextlib.AsyncExitStack

    def boto(self, service: str, *, secret: str = SECRET, key_id: str = KEY_ID) -> Any:
        """A boto3 client of this service; it tries once, and is closed with the service."""
        client = _SESSION.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=15),
        )
        self.clients.callback(client.close)
        return client

    async def dataplane(self, *, secret: str = SECRET) -> DataPlane:
        """Our own client of this service; closed with the service."""
        return await self.clients.enter_async_context(DataPlane(self.url, REGION, KEY_ID, secret))

    async def transport(self, client_id: str) -> MemoryTransport:
        """An MQTT connection to the service's broker; closed with the service."""
        transport = MemoryTransport(self.broker, client_id)
        await transport.connect()
        self.clients.push_async_callback(transport.close)
        return transport


@contextlib.asynccontextmanager
async def data_plane(clock: Callable[[], float] | None = None) -> AsyncIterator[DataPlaneService]:
    """A running service with an empty store; `clock` is the one that signatures are checked by."""
    broker, index, store, parts = MemoryBroker(), FleetIndex(), MemoryStore(), {"broker": "ok", "store": "ok"}
    bridge, reader = MemoryTransport(broker, "bridge"), MemoryTransport(broker, "reader")
    await store.open()

    async def health() -> Mapping[str, str]:
        return parts

    desk = ShadowDesk(
        store, lambda topic, payload: bridge.publish(topic, payload, qos=1), on_change=index.follow
    )
    router = ShadowRouter(bridge, desk)
    await router.start()
    await bridge.connect()
    await reader.connect()
    more = {} if clock is None else {"clock": clock}
    keys, retained = AccessKeys({KEY_ID: SECRET}), BrokerRetained(reader, store.retained)
    publish, things = without_properties(bridge), ThingDirectory(store.registry, index)
    app = create_app(desk, index, keys, health, publish, things, retained=retained, **more)
    try:
        async with contextlib.AsyncExitStack() as clients, served(app) as url:
            yield DataPlaneService(url, desk, index, broker, parts, clients)
    finally:
        await router.stop()
        await reader.close()
        await bridge.close()
        await store.close()


async def in_thread(call: Callable[..., Any], **arguments: Any) -> Any:
    """A blocking SDK call, beside the event loop that serves it."""
    return await asyncio.to_thread(call, **arguments)
