"""The HTTP application: AWS IoT's data plane, fleet index and thin registry, signed; health without
signature."""

import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from broker_bridge.fleet import FleetIndex
from broker_bridge.rest.directory import ThingDirectory
from broker_bridge.rest.envelope import AwsEnvelope
from broker_bridge.rest.errors import AwsError, render_aws_error, render_http_error, render_store_error
from broker_bridge.rest.health import Health, HealthRoutes
from broker_bridge.rest.indices import IndexRoutes
from broker_bridge.rest.keys import AccessKeys
from broker_bridge.rest.publishing import Publish, PublishRoutes
from broker_bridge.rest.retained import RetainedRoutes, RetainedView
from broker_bridge.rest.shadows import Desk, ShadowRoutes
from broker_bridge.rest.things import ThingRoutes
from broker_bridge.store.port import StoreError
from broker_bridge.store.registry import MemoryRegistry


def create_app(
    desk: Desk,
    index: FleetIndex,
    keys: AccessKeys,
    health: Health,
    publish: Publish | None = None,
    things: ThingDirectory | None = None,
    *,
    retained: RetainedView | None = None,
    clock: Callable[[], float] = time.time,
) -> Starlette:
    """The application, for any ASGI server that gives `raw_path`.

    `desk` serves shadows and keeps `index` current by itself (`FleetIndex.follow` as its listener). Without
    `publish` or `retained` their operations answer 405, without `things` registrations live as long as the
    application. `clock` in epoch seconds.
    """
    parts = (
        HealthRoutes(health),
        ShadowRoutes(desk, index, clock),
        IndexRoutes(index),
        PublishRoutes(publish, retained),
        RetainedRoutes(retained),
        ThingRoutes(things or ThingDirectory(MemoryRegistry(), index)),
    )
    app = Starlette(
        routes=[route for part in parts for route in part.routes()],
        middleware=[Middleware(AwsEnvelope, keys=keys, clock=clock)],
        exception_handlers={
            AwsError: render_aws_error,
            StoreError: render_store_error,
            HTTPException: render_http_error,
        },
    )
    app.router.redirect_slashes = False
    return app
