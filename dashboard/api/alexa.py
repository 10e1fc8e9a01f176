"""`POST /alexa`: the room's Alexa skill."""

import structlog
from fastapi import APIRouter, Request, Response

from dashboard.alexa.skill import Skill
from dashboard.alexa.verifier import NotAlexa, Verifier
from dashboard.api.problems import Problem, json_response

BODY_MAX = 128 * 1024
"""Bytes of a request: Alexa's have a few thousand."""

_log = structlog.get_logger(__name__)


def router_for(skill: Skill, verifier: Verifier | None) -> APIRouter:
    """The route; without a `verifier` the room has no skill, and the answer is 404."""
    router = APIRouter()

    @router.post("/alexa")
    async def alexa(request: Request) -> Response:
        if verifier is None:
            raise Problem(404, "no_skill", "This room has no Alexa skill: start it with --alexa-skill-id.")
        body = await _body(request)
        try:
            envelope = await verifier.verified(request.headers, body)
        except NotAlexa as refused:
            _log.warning("a request to the skill was refused", reason=str(refused))
            raise Problem(400, "not_alexa", str(refused)) from refused
        return json_response(await skill.respond(envelope))

    return router


async def _body(request: Request) -> bytes:
    """The raw bytes, which are what is signed."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > BODY_MAX:
            raise Problem(400, "too_long", "The request is longer than any of Alexa's.")
    return bytes(body)
