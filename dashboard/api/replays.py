"""Replays over HTTP: the presenter lists and starts them, and whoever has the address watches."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response, WebSocket
from pydantic import BaseModel, Field

from dashboard.api.json_body import model_body
from dashboard.api.presenter import presenter_only
from dashboard.api.problems import Problem, json_response
from dashboard.api.this_room import only_room
from dashboard.feed.endpoint import close
from dashboard.feed.messages import NOT_ALLOWED
from dashboard.feed.recording import RecordingError
from dashboard.replays import Replays, UnknownRecording
from dashboard.services import Services

CREATED: Final = 201
SPEED_MAX: Final = 100
"""Times as fast as it was: a talk of an hour in half a minute."""


class ReplayBody(BaseModel):
    """Which recording, and how many times as fast."""

    name: Annotated[str, Field(max_length=200)]
    speed: Annotated[float, Field(gt=0, le=SPEED_MAX)] = 1


def router_for(services: Services, replays: Replays) -> APIRouter:
    """`…/recordings`, `…/replays` and the feed of each replay."""
    router = APIRouter(prefix="/api/rooms/{room}")
    room = services.configuration.room
    presenter = [Depends(only_room(room)), Depends(presenter_only(services.tokens))]

    @router.get("/recordings", dependencies=presenter)
    async def recordings() -> Response:
        return json_response({"recordings": [found.as_json() for found in await replays.recordings()]})

    @router.post("/replays", dependencies=presenter)
    async def start(request: Request) -> Response:
        body = await model_body(request, ReplayBody)
        try:
            identity = await replays.start(body.name, body.speed)
        except UnknownRecording as unknown:
            raise Problem(404, "unknown_recording", f"There is no recording {body.name}.") from unknown
        except RecordingError as error:
            raise Problem(409, "nothing_recorded", str(error)) from error
        return json_response({"id": identity, "stage_url": f"/stage/{room}?replay={identity}"}, CREATED)

    @router.websocket("/replays/{identity}/feed")
    async def feed(websocket: WebSocket, room: str, identity: str) -> None:  # noqa: ARG001 - the id says it
        replay = replays.get(identity)
        if replay is None:
            await websocket.accept()
            await close(websocket, NOT_ALLOWED, "this replay is over: start it again")
            return
        await replay.serve(websocket)

    return router
