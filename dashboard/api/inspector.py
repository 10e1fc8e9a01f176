"""The device inspector over HTTP: a websocket that tells of one device, a change of its desired state, and
a phone to show sleep on. All of it is the presenter's."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocketDisconnect

from broker_bridge.client import ShadowRefused, Timeout
from broker_bridge.transport.port import TransportError
from broker_bridge.wire.names import is_shadow_name, is_thing_name
from broker_bridge.wire.topics import ShadowId
from dashboard.api.json_body import json_body
from dashboard.api.problems import Problem, json_response
from dashboard.feed.endpoint import TRY_LATER, close, close_if_slow, first_frame, tell_until_gone
from dashboard.feed.inspector_messages import INSPECT_HELLO, UNKNOWN_DEVICE, InspectHello
from dashboard.feed.messages import NOT_ALLOWED
from dashboard.feed.session import Session
from dashboard.inspector import Inspector
from dashboard.rooms.inspection import phone_facts, sleepiest
from dashboard.rooms.slots import Slots
from dashboard.services import Services

WATCHERS_MAX: Final = 50
"""Inspectors of one room that are open at once: a presenter has a few, and each device costs readings."""
HELLO: Final = 'the first frame is {"type":"hello","token":"…","slot":12}'


class DesiredChange(BaseModel):
    """`desired` is a patch as in AWS's update request, null removes all of it; `version` must be the
    shadow's present one, or may be left out."""

    model_config = ConfigDict(extra="forbid")

    desired: dict[str, Any] | None
    shadow: str | None = None
    version: int | None = Field(default=None, ge=1)


def router_for(services: Services, inspector: Inspector, presenter: Callable[..., Any]) -> APIRouter:
    """The inspector's routes under `/api/rooms/{room}`; `presenter` is the dependency that refuses
    everybody else."""
    router = APIRouter(prefix="/api/rooms/{room}")
    code = services.configuration.room

    @router.websocket("/inspect")
    async def inspect(websocket: WebSocket, room: str) -> None:
        if room.upper() != code.upper():
            await websocket.close()
            return
        await _serve(websocket, services, inspector)

    @router.post("/things/{thing}/desired", dependencies=[Depends(presenter)])
    async def desired(room: str, thing: str, request: Request) -> Response:
        _check_room(room, code)
        change = _change(await json_body(request))
        if not is_thing_name(thing) or not (change.shadow is None or is_shadow_name(change.shadow)):
            raise Problem(400, "bad_name", "AWS IoT knows no thing or shadow of such a name.")
        try:
            accepted = await inspector.set_desired(
                ShadowId(thing, change.shadow), change.desired, change.version
            )
        except ShadowRefused as refused:
            status = refused.code if 400 <= refused.code < 500 else 400
            raise Problem(status, "rejected", f"{refused.code} {refused.message}") from refused
        except Timeout as late:
            raise Problem(503, "shadows_unavailable", "The shadow service did not answer in time.") from late
        return json_response({"version": accepted.get("version")})

    @router.get("/sleeper", dependencies=[Depends(presenter)])
    async def sleeper(room: str, avoid: int | None = None) -> Response:
        _check_room(room, code)
        best = sleepiest(services.live_room.phones.phones(), avoid)
        if not best:
            raise Problem(404, "empty_room", "No phone is in the room yet.")
        chosen = secrets.choice(best)
        return json_response({"thing": chosen.thing, **phone_facts(chosen)})

    return router


async def _serve(websocket: WebSocket, services: Services, inspector: Inspector) -> None:
    await websocket.accept()
    hello = await first_frame(websocket, INSPECT_HELLO, HELLO)
    if hello is None:
        return
    if not services.tokens.is_presenter(hello.token):
        await close(websocket, NOT_ALLOWED, "this is not the presenter token of this room")
        return
    thing = _thing_of(hello, services.roster.slots)
    if thing is None:
        await close(websocket, UNKNOWN_DEVICE, _nobody(hello))
        return
    if inspector.watchers >= WATCHERS_MAX:
        await close(websocket, TRY_LATER, "too many inspectors are open")
        return
    session, name = Session(), f"inspector of {thing}"
    try:
        await inspector.join(thing, session)
        await tell_until_gone(websocket, session, name)
    except (TransportError, TimeoutError):
        await close(websocket, TRY_LATER, "the broker does not answer")
    except WebSocketDisconnect:
        pass
    finally:
        await inspector.leave(thing, session)
    await close_if_slow(websocket, session, name)


def _thing_of(hello: InspectHello, slots: Slots) -> str | None:
    """The device that is asked for; a name need not be in the room, any thing has shadows."""
    if hello.slot is not None:
        member = slots.of_slot(hello.slot)
        return None if member is None else member.thing
    return hello.thing if hello.thing is not None and is_thing_name(hello.thing) else None


def _nobody(hello: InspectHello) -> str:
    if hello.slot is not None:
        return f"Nobody in this room has the number {hello.slot}."
    return "A thing's name has letters, digits, : _ and -."


def _change(body: object) -> DesiredChange:
    try:
        return DesiredChange.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise Problem(400, "bad_request", f"{where}: {first['msg']}.") from error


def _check_room(room: str, code: str) -> None:
    if room.upper() != code.upper():
        raise Problem(404, "unknown_room", f"There is no room {room[:40]} here.")
