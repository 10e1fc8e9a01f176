"""`/healthz`, `/readyz` and `/metrics`: without signature, for supervisors and scrapers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

READY_TIMEOUT_S: Final = 2.0
"""Seconds in which all parts must have said how they are."""

Health = Callable[[], Awaitable[Mapping[str, str]]]
"""Gives each part (`broker`, `store`) with "ok" or a sentence that says what is wrong with it."""


class HealthRoutes:
    """Alive as soon as it answers; ready when every part says "ok"."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        return [
            Route("/healthz", self._alive, methods=["GET"]),
            Route("/readyz", self._ready, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    async def _alive(self, _request: Request) -> Response:
        return Response(b'{"alive":true}', media_type="application/json")

    async def _ready(self, _request: Request) -> Response:
        answer: dict[str, Any]
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                parts = await self._health()
        except TimeoutError:
            answer = {"ready": False, "bridge": f"its parts did not answer within {READY_TIMEOUT_S:g} s"}
        else:
            answer = {"ready": all(state == "ok" for state in parts.values()), **parts}
        status = 200 if answer["ready"] else 503
        return Response(orjson.dumps(answer), status_code=status, media_type="application/json")

    async def _metrics(self, _request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
