"""The room over HTTP: who is there, come in, go, show something, ask one phone for something."""

import asyncio
import time
from io import BytesIO
from typing import Annotated, Any, Literal

import segno
import structlog
from fastapi import APIRouter, Depends, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import Route

from broker_bridge.client import ShadowRefused
from dashboard.api.json_body import json_body, model_body
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import Problem, json_response
from dashboard.api.this_room import only_room
from dashboard.feed.endpoint import serve_feed
from dashboard.feed.hub import Hub
from dashboard.ports import DoorClosed
from dashboard.room_shadows import room_time_ms
from dashboard.rooms.pace import Turns, joins_per_second
from dashboard.rooms.scene import SceneError
from dashboard.roster import JoinRefused
from dashboard.services import Services

_log = structlog.get_logger(__name__)

CREATED, NO_CONTENT = 201, 204
TURN_MAX_S = 3.0
"""Seconds that a phone waits to be let in: less than its own time-out of 5 s."""
CODE_MAX = 16
"""Characters of a join code: it is typed on a phone, in the dark."""

Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]
Fact = Annotated[str, Field(max_length=64)]


class JoinBody(BaseModel):
    """What a phone says of itself on joining; unknown fields are left out."""

    model_config = ConfigDict(extra="ignore")

    os: Fact = "other"
    os_name: Fact | None = None
    os_evidence: Fact | None = None
    form: Fact | None = None
    browser: Fact | None = None
    theme: Fact | None = None
    lang: Fact | None = None
    sim: bool = False
    code: Fact | None = None
    token: str | None = Field(default=None, max_length=512)

    def facts(self) -> dict[str, Any]:
        """The facts as the phone's shadow will report them."""
        said = {
            "os": self.os,
            "os_name": self.os_name,
            "os_evidence": self.os_evidence,
            "form": self.form,
            "browser": self.browser,
            "theme": self.theme,
            "language": self.lang,
            "sim": self.sim or None,
        }
        return {name: value for name, value in said.items() if value is not None}


class LeaveBody(BaseModel):
    """The phone that goes."""

    token: str = Field(max_length=512)


class CodeBody(BaseModel):
    """The code that new phones must bring from now on; null for none."""

    code: Annotated[str, Field(min_length=1, max_length=CODE_MAX)] | None


class DesiredBody(BaseModel):
    """What one phone should do; a part that is left out stays as it is, null takes it back."""

    model_config = ConfigDict(extra="forbid")

    color: Colour | None = None
    message: Annotated[str, Field(max_length=280)] | None = None
    removed: Literal[True] | None = None


class NoticeBody(BaseModel):
    """A line for every phone; null takes it away."""

    text: Annotated[str, Field(min_length=1, max_length=280)] | None


def router_for(services: Services, hub: Hub) -> APIRouter:
    """Routes under `/api/rooms/{room}`, and `/api/time`."""
    router = APIRouter()

    @router.get("/api/time")
    async def room_time() -> Response:
        return json_response({"now": room_time_ms()})

    here = Depends(only_room(services.configuration.room))
    inside = APIRouter(prefix="/api/rooms/{room}", dependencies=[here])
    _add_watching(inside, services)
    _add_leaving(inside, services)
    _add_presenting(inside, services)
    router.include_router(inside)

    @router.websocket("/api/rooms/{room}/feed")
    async def feed(websocket: WebSocket, room: str) -> None:
        if room.upper() != services.configuration.room.upper():
            await websocket.close()
            return
        await serve_feed(websocket, services.configuration.room, hub, services.tokens)

    return router


def _add_watching(router: APIRouter, services: Services) -> None:
    configuration, live_room = services.configuration, services.live_room
    picture = BytesIO()
    segno.make(configuration.join_url, error="m").save(picture, kind="svg", scale=8, border=4, xmldecl=False)
    qr = picture.getvalue()

    @router.get("")
    async def room() -> Response:
        return json_response(
            {"room": configuration.room, **live_room.counts(), "join_url": configuration.join_url}
        )

    @router.get("/qr.svg")
    async def qr_svg() -> Response:
        return Response(qr, headers={"cache-control": "no-store"}, media_type="image/svg+xml")


def join_route(services: Services) -> Route:
    """`POST …/join` as a plain route: a hall joins at once, and half of FastAPI's price is for what it
    has no use for."""
    roster, tokens, live_room = services.roster, services.tokens, services.live_room
    only = only_room(services.configuration.room)
    quotas = services.configuration.quotas
    turns = None if quotas is None else Turns(joins_per_second(quotas), TURN_MAX_S)

    async def join(request: Request) -> Response:
        await only(request.path_params["room"])
        body = await model_body(request, JoinBody)
        if not live_room.known:
            raise Problem(503, "starting", "The room is just starting: try again in a second.")
        await _turn(turns)
        thing = tokens.thing_of(body.token) if body.token else None
        try:
            member, new = await roster.join(thing, body.code, sim=body.sim)
        except JoinRefused as refused:
            raise Problem(403, refused.refusal, refused.message) from refused
        live_room.enter(member.thing, member.slot, body.facts(), sim=member.sim)
        answer = {
            "thing_name": member.thing,
            "token": tokens.phone_token(member.thing),
            "slot": member.slot,
            "room_time": room_time_ms(),
            "scene": live_room.scene,
            "poll": live_room.poll(presenter=False),
            "mqtt": await _way_in(request, services, member.thing),
        }
        return json_response(answer, CREATED if new else 200)

    return Route("/api/rooms/{room}/join", join, methods=["POST"])


async def _way_in(request: Request, services: Services, thing: str) -> dict[str, str]:
    """Where and as whom the phone connects. Raises `Problem`."""
    configuration = services.configuration
    who = {"client_id": thing, "username": thing}
    if configuration.door is None:
        return {"url": _tunnel_url(request), **who, "password": services.tokens.tunnel_password(thing)}
    try:
        return {"url": await configuration.door.address(thing, configuration.room), **who, "password": ""}
    except DoorClosed as closed:
        _log.warning("a phone cannot be let in", thing=thing, reason=str(closed))
        raise Problem(
            503, "closed", "The room cannot let you in just now: try again in a second."
        ) from closed


async def _turn(turns: Turns | None) -> None:
    """Wait until the quotas take one more phone. Raises `Problem` when that is too long to wait."""
    if turns is None:
        return
    wait = turns.wait(time.monotonic())
    if wait is None:
        raise Problem(503, "busy", "Many are coming in just now: try again in a second.")
    await asyncio.sleep(wait)


def _add_leaving(router: APIRouter, services: Services) -> None:
    roster, tokens, live_room = services.roster, services.tokens, services.live_room

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        body = await model_body(request, LeaveBody)
        thing = tokens.thing_of(body.token)
        if thing is None:
            raise Problem(403, "unknown_token", "This token was not given out by this room.")
        if await roster.leave(thing) is not None:
            await live_room.forget(thing)
        return Response(status_code=NO_CONTENT)


def _add_presenting(router: APIRouter, services: Services) -> None:
    presenter = [Depends(presenter_only(services.tokens))]
    live_room, roster = services.live_room, services.roster

    @router.post("/scene", dependencies=presenter)
    async def scene(request: Request) -> Response:
        command = await json_body(request)
        try:
            version = await live_room.set_scene(command)
        except SceneError as error:
            raise Problem(400, "bad_scene", str(error)) from error
        # A caption is the answer to a question; over another scene it would be untrue.
        live_room.set_caption(None)
        return json_response({"version": version})

    @router.post("/phones/{slot}/desired", dependencies=presenter)
    async def desired(slot: int, request: Request) -> Response:
        body = await model_body(request, DesiredBody)
        patch = body.model_dump(include=body.model_fields_set)
        if not patch:
            raise Problem(
                400, "nothing_desired", 'Say what the phone should do: "color", "message" or "removed".'
            )
        try:
            version = await live_room.desired(slot, patch)
        except ShadowRefused as refused:
            raise Problem(400, "refused", f"The shadow service refused: {refused.message}.") from refused
        if version is None:
            raise Problem(404, "unknown_slot", f"Nobody in this room has the number {slot}.")
        return json_response({"version": version})

    @router.get("/code", dependencies=presenter)
    async def code() -> Response:
        return json_response({"code": roster.join_code})

    @router.post("/code", dependencies=presenter)
    async def set_code(request: Request) -> Response:
        body = await model_body(request, CodeBody)
        await roster.set_join_code(body.code.strip().upper() if body.code else None)
        live_room.changed()
        return json_response({"code": roster.join_code})

    @router.post("/notice", dependencies=presenter)
    async def notice(request: Request) -> Response:
        body = await model_body(request, NoticeBody)
        await live_room.notices.say(text=body.text)
        return json_response({"text": body.text})


def _tunnel_url(request: Request) -> str:
    """The tunnel on the origin that the phone itself uses, whatever name it has for us."""
    secure = request.url.scheme == "https"
    return f"{'wss' if secure else 'ws'}://{request.headers.get('host', request.url.netloc)}/mqtt"
