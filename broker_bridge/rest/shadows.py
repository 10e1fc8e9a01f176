"""The shadow operations of the data plane."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broker_bridge.fleet import FleetIndex, InvalidPage
from broker_bridge.fleet.index import NAMED_SHADOWS_PAGE, NAMED_SHADOWS_PAGE_MAX
from broker_bridge.rest.errors import AwsError, from_rejection, invalid_request
from broker_bridge.rest.parameters import json_answer, json_bytes, number, shadow_name, thing_name
from broker_bridge.router import Reply
from broker_bridge.wire.topics import Operation, ShadowId

ANSWER_TIMEOUT_S: Final = 10.0
"""Seconds until a request that the desk has not answered becomes a 503: longer than a store's worst
commit."""


class Desk(Protocol):
    """Serves one shadow request; `router.ShadowDesk` is the real one."""

    async def request(
        self, shadow: ShadowId, operation: Operation, payload: bytes, *, via_rest: bool = False
    ) -> Reply:
        """The answer, accepted or rejected; durable when this returns."""


class ShadowRoutes:
    """GetThingShadow, UpdateThingShadow, DeleteThingShadow, ListNamedShadowsForThing."""

    def __init__(self, desk: Desk, index: FleetIndex, clock: Callable[[], float]) -> None:
        self._desk = desk
        self._index = index
        self._clock = clock

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        shadow, named = "/things/{thing}/shadow", "/api/things/shadow/ListNamedShadowsForThing/{thing}"
        return [
            Route(shadow, self._get, methods=["GET"]),
            Route(shadow, self._update, methods=["POST"]),
            Route(shadow, self._delete, methods=["DELETE"]),
            Route(named, self._list_named, methods=["GET"]),
        ]

    async def _get(self, request: Request) -> Response:
        return await self._ask(request, Operation.GET, b"")

    async def _update(self, request: Request) -> Response:
        return await self._ask(request, Operation.UPDATE, await request.body())

    async def _delete(self, request: Request) -> Response:
        return await self._ask(request, Operation.DELETE, b"")

    async def _ask(self, request: Request, operation: Operation, payload: bytes) -> Response:
        shadow = ShadowId(thing_name(request), shadow_name(request))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                reply = await self._desk.request(shadow, operation, payload, via_rest=True)
        except TimeoutError:
            raise AwsError(503, "The service is temporarily unavailable: the store did not answer") from None
        if reply.rejected is not None:
            raise from_rejection(reply.rejected)
        return json_bytes(reply.payload)

    async def _list_named(self, request: Request) -> Response:
        size = number(request, "pageSize", NAMED_SHADOWS_PAGE, 1, NAMED_SHADOWS_PAGE_MAX)
        try:
            page = self._index.named_shadows(thing_name(request), size, request.query_params.get("nextToken"))
        except InvalidPage as refused:
            raise invalid_request(str(refused)) from None
        answer: dict[str, object] = {"results": page.names, "timestamp": int(self._clock())}
        if page.next_token is not None:
            answer["nextToken"] = page.next_token
        return json_answer(answer)
