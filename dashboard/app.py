"""The dashboard's application: the parts put together, and their life."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from broker_bridge.client import ClientError, DataPlane
from broker_bridge.transport.lifecycle import REPORTER_WILL, LifecycleReporter
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Transport, TransportError
from dashboard.alexa.certificate_chain import ChainStore, trusted_roots
from dashboard.alexa.skill import Skill
from dashboard.alexa.verifier import Verifier
from dashboard.api import alexa, ask, checklist, controls, health, inspector, pages, polls, replays, rooms
from dashboard.api.assets import Assets
from dashboard.api.data_plane import DataPlaneProxy
from dashboard.api.long_poll import LongPoll
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import Problem
from dashboard.archive import Archive
from dashboard.ask.asker import Asker
from dashboard.asked_room import AskedRoom
from dashboard.audience import RoomAudience
from dashboard.auth.tokens import Tokens
from dashboard.database import DatabaseError, RoomDatabase
from dashboard.doorkeeper import Doorkeeper
from dashboard.feed.hub import Hub
from dashboard.feed.recorder import Recorder
from dashboard.fresh_start import FreshStart
from dashboard.inspector import Inspector
from dashboard.kept_settings import KeptSettings
from dashboard.live_room import LiveRoom
from dashboard.phone_connections import PhoneConnections
from dashboard.polling import Fleet, Polling
from dashboard.ports import DoorClosed, RoomConfiguration
from dashboard.replays import Replays
from dashboard.room_health import RoomHealth
from dashboard.room_shadows import room_time_ms
from dashboard.roster import Roster
from dashboard.roster_search import RosterSearch
from dashboard.services import Services
from dashboard.tolls import tell_what_was_taken_out

_log = structlog.get_logger(__name__)


def create_app(configuration: RoomConfiguration, transport: Transport | None = None) -> FastAPI:
    """The application that serves one room. `transport` is for those who have one already; default: paho.

    Nothing is opened before the application starts. Starting needs neither broker nor bridge: `/readyz`
    says what is missing, and the room is there as soon as they are. Raises `DatabaseError` at start when
    `rooms.db` cannot be used.
    """
    will = REPORTER_WILL if configuration.tells_connections else None
    parts = _Parts(configuration, transport or PahoTransport(configuration.operator, will=will))
    app = FastAPI(
        title="Shadowroom", docs_url=None, redoc_url=None, openapi_url=None, lifespan=parts.lifespan
    )
    app.state.services = parts.services
    app.state.hub = parts.hub
    app.state.inspector = parts.inspector
    _add_routes(app, parts)
    _add_problems(app)
    app.add_middleware(_Front, tunnels=None if configuration.door else parts.connections.tunnels)
    return app


class _Parts:
    """Builds the parts and runs them for as long as the application lives."""

    def __init__(self, configuration: RoomConfiguration, transport: Transport) -> None:
        aws = configuration.aws
        on_aws = configuration.door is not None
        self.dataplane = DataPlane(
            aws.endpoint_url,
            aws.region,
            aws.access_key_id,
            aws.secret_access_key,
            credentials=aws.credentials,
            indexed=not on_aws,
        )
        tokens = Tokens(configuration.signing_key, configuration.presenter_token, configuration.room)
        database = RoomDatabase(configuration.data_dir / "rooms.db")
        roster = Roster(database)
        self.lifecycle = LifecycleReporter(transport) if configuration.tells_connections else None
        door = Doorkeeper(roster, lambda: live_room.listening, configuration.meter)
        self.connections = PhoneConnections(configuration, tokens, door, self.lifecycle)
        fleet: Fleet = self.dataplane
        if on_aws and configuration.quotas is not None:
            fleet = RosterSearch(roster, self.dataplane, configuration.quotas)
        live_room = LiveRoom(
            configuration,
            roster,
            KeptSettings(database),
            transport,
            self.dataplane,
            self.connections.cut,
            fleet,
        )
        self.hub = Hub(live_room)
        self.recorder = Recorder(
            self.hub, configuration.data_dir / "recordings" / f"{configuration.room}.jsonl"
        )
        self.inspector = Inspector(
            configuration.room, live_room.phones, transport, self.dataplane, live_room.shadows
        )
        polling = Polling(
            configuration.room,
            configuration.room_thing,
            database,
            live_room.shadows,
            fleet,
            self.hub.wake,
            room_time_ms,
            RoomAudience(live_room.phones, roster),
            configuration.signing_key,
        )
        live_room.attach(polling)
        self.asked_room = AskedRoom(live_room, polling, database)
        self.asker = Asker(self.asked_room, room_time_ms)
        self.skill = Skill(self.asker, self.asked_room)
        skill_id = configuration.alexa_skill_id
        self.verifier = Verifier(skill_id, trusted_roots(), ChainStore()) if skill_id else None
        self.services = Services(configuration, tokens, database, roster, live_room, polling)
        self.readiness = health.Readiness(
            live_room, self.dataplane, configuration.room_thing, self.connections.workers
        )
        self.room_health = RoomHealth(
            live_room, transport, self.dataplane, configuration.room_thing, lambda: self.hub.presenters > 0
        )
        self.fresh_start = FreshStart(
            Archive(configuration.data_dir, configuration.room),
            database,
            roster,
            live_room,
            polling,
            self.recorder,
        )
        self.proxy = DataPlaneProxy(aws.endpoint_url)
        self.long_poll = LongPoll(self.connections.tunnels)

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Open in the order of need, close in the opposite one."""
        services = self.services
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.dataplane.close)
            await services.database.open()
            stack.push_async_callback(services.database.close)
            await services.roster.load()
            await self.fresh_start.resume()
            await self.proxy.open()
            stack.push_async_callback(self.proxy.close)
            if self.lifecycle is not None:
                await self.lifecycle.listen()
            stack.push_async_callback(services.live_room.stop)
            await services.live_room.start()
            stack.push_async_callback(self.fresh_start.stop)
            stack.push_async_callback(self.inspector.stop)
            stack.push_async_callback(self.skill.stop)
            stack.push_async_callback(services.polling.stop)
            await services.polling.start()
            if (days := services.configuration.retention_days) is not None:
                expiring = services.polling.program.expire_hourly(days)
                stack.push_async_callback(_cancelled, asyncio.create_task(expiring, name="old polls"))
            room = services.configuration.room
            for work, name in self._background(services.configuration):
                stack.push_async_callback(_cancelled, asyncio.create_task(work, name=f"{name} of {room}"))
            stack.push_async_callback(self.long_poll.close)
            await self.connections.start_workers(stack)
            _log.info("dashboard started", room=room)
            yield

    def _background(
        self, configuration: RoomConfiguration
    ) -> Iterator[tuple[Coroutine[None, None, None], str]]:
        yield self.hub.run(), "feed"
        yield self.recorder.run(), "recording"
        yield self.room_health.run(), "health"
        yield self.services.live_room.notices.watch(lambda: self.hub.presenters > 0), "presenter"
        yield self.connections.tunnels.cut_stalled(), "stalled tunnels"
        if configuration.meter is not None:
            yield tell_what_was_taken_out(configuration.meter, configuration.room), "what AWS would discard"


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _add_routes(app: FastAPI, parts: _Parts) -> None:
    services = parts.services
    presenter = presenter_only(services.tokens)
    app.router.routes.append(rooms.join_route(services))
    app.include_router(rooms.router_for(services, parts.hub))
    app.include_router(controls.router_for(services, parts.room_health, parts.fresh_start))
    app.include_router(polls.router_for(services.polling, presenter))
    app.include_router(inspector.router_for(services, parts.inspector, presenter))
    app.include_router(ask.router_for(services.configuration.room, parts.asker, parts.asked_room, presenter))
    app.include_router(alexa.router_for(parts.skill, parts.verifier))
    app.include_router(health.router_for(services, parts.hub, parts.connections, parts.readiness))
    app.include_router(replays.router_for(services, Replays(services.configuration.data_dir)))
    app.include_router(checklist.router_for(services, parts.readiness))
    door = services.configuration.door
    origins = services.configuration.embed_origins
    app.include_router(pages.router_for(embed_origins=origins, broker="" if door is None else door.origin))
    app.mount("/assets", Assets(pages.STATIC / "assets"))
    if door is None:  # Else phones are on the broker itself, and shadows are asked for at AWS.
        app.router.routes.extend(parts.long_poll.routes())
        app.router.routes.extend(parts.proxy.routes())


def _add_problems(app: FastAPI) -> None:
    """Every error in the one shape, and a sentence for each that has a remedy."""

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return Problem(404, "not_found", "There is nothing at this address.").response()
        return Problem(error.status_code, "refused", str(error.detail)).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return Problem(400, "bad_request", f"{first['loc'][-1]}: {first['msg']}.").response()

    @app.exception_handler(ClientError)
    async def shadows(_request: Request, error: ClientError) -> Response:
        _log.warning("the shadow service did not do it", error=str(error))
        return Problem(
            503, "shadows_unavailable", "The shadow service does not answer: try again shortly."
        ).response()

    @app.exception_handler(DatabaseError)
    async def database(_request: Request, error: DatabaseError) -> Response:
        _log.error("the room's database failed", error=str(error))
        return Problem(503, "database_unavailable", str(error)).response()

    for kind in (TransportError, TimeoutError, DoorClosed):

        @app.exception_handler(kind)
        async def broker(_request: Request, _error: Exception) -> Response:
            return Problem(
                503, "broker_unavailable", "The broker does not answer: try again shortly."
            ).response()


class _Front:
    """In front of the routes: tunnels go straight to their own application, because every layer between
    costs each of
    their messages; everything else gets headers against guessed types and leaked addresses."""

    def __init__(self, app: ASGIApp, tunnels: ASGIApp | None) -> None:
        self._app = app
        self._tunnels = tunnels

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._tunnels is not None and scope["type"] == "websocket" and scope["path"] == "/mqtt":
            await self._tunnels(scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "no-referrer"
                headers.setdefault("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
            await send(message)

        await self._app(scope, receive, with_headers)
