"""`/api/rooms/{room}/ask`: a sentence for the room, what one can say, and what was said."""

from collections.abc import Callable
from typing import Any, Protocol

from fastapi import APIRouter, Depends, Request, Response

from dashboard.api.json_body import json_body
from dashboard.api.problems import Problem, json_response
from dashboard.ask.asker import Asker, BadQuestion
from dashboard.ask.language_model import LANGUAGES, language_model
from dashboard.ask.port import Way
from dashboard.ask.understand import load

LOG_SHOWN = 50
"""Lines of the log that are shown: more than a page has room for."""


class Logged(Protocol):
    """Where questions are kept."""

    async def logged(self, newest: int) -> list[dict[str, Any]]:
        """The newest lines, newest first."""


def router_for(code: str, asker: Asker, log: Logged, presenter: Callable[..., Any]) -> APIRouter:
    """Routes for the room with this code; `presenter` is the dependency that refuses everybody else.

    What the room raises is for the application's own handlers.
    """
    load()
    router = APIRouter(prefix="/api/rooms/{room_code}/ask", dependencies=[Depends(presenter)])

    def only(room_code: str) -> None:
        if room_code.upper() != code.upper():
            raise Problem(404, "unknown_room", f"There is no room {room_code[:40]} here.")

    @router.post("")
    async def asked(room_code: str, request: Request) -> Response:
        only(room_code)
        body = await json_body(request)
        asked = body if isinstance(body, dict) else {}
        others = asked.get("alternatives")
        heard = [asked.get("text"), *(others if isinstance(others, list) else [])]
        way: Way = "voice" if asked.get("way") == "voice" else "text"
        language = asked.get("language")
        try:
            answer = await asker.ask(heard, way=way, prefer=language if isinstance(language, str) else None)
        except BadQuestion as error:
            raise Problem(400, "bad_question", str(error)) from error
        return json_response(answer.as_json())

    @router.get("")
    async def sayable(room_code: str) -> Response:
        only(room_code)
        examples = {language: [*language_model(language).examples] for language in LANGUAGES}
        return json_response({"examples": examples})

    @router.get("/log")
    async def logged(room_code: str) -> Response:
        only(room_code)
        return json_response({"asked": await log.logged(LOG_SHOWN)})

    return router
