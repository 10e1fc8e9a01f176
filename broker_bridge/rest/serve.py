"""The data plane's place in the service: its connections to the broker, its application and its listener."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace

import structlog
import uvicorn

from broker_bridge.fleet import FleetIndex
from broker_bridge.rest.app import create_app
from broker_bridge.rest.directory import ThingDirectory
from broker_bridge.rest.health import Health
from broker_bridge.rest.keys import AccessKeys
from broker_bridge.rest.publishing import Publish, without_properties
from broker_bridge.rest.retained import BrokerRetained
from broker_bridge.rest.shadows import Desk
from broker_bridge.settings import RestSettings
from broker_bridge.store.port import ShadowStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Transport, TransportError

_log = structlog.get_logger(__name__)

STOP_SECONDS = 5
"""For requests still being answered when stopping."""


@dataclass(frozen=True, slots=True)
class Served:
    """What the data plane serves."""

    desk: Desk
    index: FleetIndex
    store: ShadowStore
    things: ThingDirectory
    health: Health
    clock: Callable[[], float]
    """Epoch seconds."""


async def serve_rest(
    resources: AsyncExitStack,
    settings: RestSettings,
    served: Served,
    account: Account,
    transport: Transport,
    connect: Callable[[PahoTransport], Awaitable[None]],
) -> int:
    """Serve until `resources` are closed; returns the port.

    `transport` is the service's own connection with `account`, `connect` waits for a broker that is not there
    yet. Raises what `connect` raises, or `OSError` when the address is taken.
    """
    # A connection of its own: what is retained must not reach the router.
    reader = PahoTransport(replace(account, client_id=f"{account.client_id}-retained"))
    await connect(reader)
    resources.push_async_callback(reader.close)
    app = create_app(
        served.desk,
        served.index,
        AccessKeys({settings.access_key_id: settings.secret_access_key}, settings.keys_file),
        served.health,
        await _publisher(resources, account, transport),
        served.things,
        retained=BrokerRetained(reader, served.store.retained, served.clock),
        clock=served.clock,
    )
    listener = socket.create_server((settings.host, settings.port), backlog=2048)
    resources.callback(listener.close)
    config = uvicorn.Config(
        app, lifespan="off", access_log=False, log_config=None, timeout_graceful_shutdown=STOP_SECONDS
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="shadow-data-plane")

    async def stop() -> None:
        server.should_exit = True
        await serving

    resources.push_async_callback(stop)
    port: int = listener.getsockname()[1]
    return port


async def _publisher(resources: AsyncExitStack, account: Account, transport: Transport) -> Publish:
    """Publishes with the properties of MQTT 5 where the broker speaks it, without them elsewhere."""
    modern = PahoTransport(replace(account, client_id=f"{account.client_id}-publisher"), mqtt5=True)
    try:
        await modern.connect()
    except TransportError as error:
        await modern.close()
        _log.info("Publish goes without MQTT 5's properties on this broker", reason=str(error))
        return without_properties(transport)
    resources.push_async_callback(modern.close)
    return modern.publish


class _Server(uvicorn.Server):
    """Signals belong to the process, not to one of its parts."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
