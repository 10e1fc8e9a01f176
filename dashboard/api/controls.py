"""What the presenter does to the room beside its scenes: groups, joins, one phone, back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from dashboard.api.json_body import model_body
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import Problem, json_response
from dashboard.api.rooms import Colour
from dashboard.api.this_room import only_room
from dashboard.fresh_start import AlreadyRunning, FreshStart
from dashboard.live_room import LiveRoom
from dashboard.room_health import RoomHealth
from dashboard.rooms.facts import VALUE_MAX
from dashboard.rooms.scene import SceneError
from dashboard.roster import Roster
from dashboard.services import Services


class GroupBody(BaseModel):
    """The phones with one value of a fact, and their colour; null takes it back."""

    fact: Annotated[str, Field(max_length=VALUE_MAX)]
    value: Annotated[str, Field(min_length=1, max_length=VALUE_MAX)]
    color: Colour | None


class JoinsBody(BaseModel):
    """Whether new phones stay outside."""

    frozen: bool


def router_for(services: Services, room_health: RoomHealth, fresh_start: FreshStart) -> APIRouter:
    """The presenter's routes under `/api/rooms/{room}`: scenes, joins, one phone, health, start fresh."""
    router = APIRouter(
        prefix="/api/rooms/{room}",
        dependencies=[
            Depends(only_room(services.configuration.room)),
            Depends(presenter_only(services.tokens)),
        ],
    )
    _add_scenes(router, services.live_room)
    _add_joins(router, services.roster, services.live_room)

    @router.post("/phones/{slot}/highlight")
    async def highlight(slot: int) -> Response:
        until = await services.live_room.point_out(slot)
        if until is None:
            raise Problem(404, "unknown_slot", f"Nobody in this room has the number {slot}.")
        return json_response({"until": until})

    @router.get("/health")
    async def health() -> Response:
        return json_response(await room_health.report())

    @router.post("/fresh")
    async def fresh() -> Response:
        try:
            return json_response({"archive": await fresh_start.start()})
        except AlreadyRunning as running:
            raise Problem(409, "already_running", "The room is being started fresh just now.") from running

    return router


def _add_scenes(router: APIRouter, live_room: LiveRoom) -> None:
    @router.post("/group")
    async def group(request: Request) -> Response:
        body = await model_body(request, GroupBody)
        try:
            version = await live_room.set_group((body.fact, body.value), body.color)
        except SceneError as error:
            raise Problem(400, "bad_group", str(error)) from error
        live_room.set_caption(None)
        return json_response({"version": version})

    @router.post("/undo")
    async def undo() -> Response:
        version = await live_room.undo()
        if version is None:
            raise Problem(409, "nothing_to_undo", "There is no earlier scene to go back to.")
        live_room.set_caption(None)
        return json_response({"version": version})


def _add_joins(router: APIRouter, roster: Roster, live_room: LiveRoom) -> None:
    @router.post("/joins")
    async def joins(request: Request) -> Response:
        body = await model_body(request, JoinsBody)
        await roster.freeze(body.frozen)
        live_room.changed()
        return json_response({"frozen": roster.frozen})

    @router.get("/removed")
    async def removed() -> Response:
        return json_response(
            {"removed": [{"slot": member.slot, "sim": member.sim} for member in roster.removed]}
        )
