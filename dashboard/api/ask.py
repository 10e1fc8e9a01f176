"""`POST /api/rooms/{room}/ask`: a sentence for the room."""

from collections.abc import Callable
from typing import Any, Protocol

from fastapi import APIRouter, Depends, Request, Response

from dashboard.api.json_body import json_body
from dashboard.api.problems import Problem, json_response
from dashboard.ask.asker import AskableRoom, BadQuestion, ask
from dashboard.ask.understand import load

SAID_ON_THE_WALL = frozenset({"break_down", "count"})
"""Intents whose answer is worth reading; after the others the wall speaks for itself."""


class CaptionedRoom(AskableRoom, Protocol):
    """A room that can also show the answer as a line under the wall."""

    def set_caption(self, caption: str | None) -> None:
        """Show a line, or take it away."""


def router_for(code: str, room: CaptionedRoom, presenter: Callable[..., Any]) -> APIRouter:
    """The route for the room with this code; `presenter` is the dependency that refuses everybody else.

    What `room.show` raises is for the application's own handlers.
    """
    load()
    router = APIRouter(dependencies=[Depends(presenter)])

    @router.post("/api/rooms/{room_code}/ask")
    async def asked(room_code: str, request: Request) -> Response:
        if room_code.upper() != code.upper():
            raise Problem(404, "unknown_room", f"There is no room {room_code[:40]} here.")
        body = await json_body(request)
        try:
            answer = await ask(room, body.get("text") if isinstance(body, dict) else None)
        except BadQuestion as error:
            raise Problem(400, "bad_question", str(error)) from error
        if answer.intent is not None:
            room.set_caption(answer.speech if answer.intent in SAID_ON_THE_WALL else None)
        return json_response(answer.as_json())

    return router
