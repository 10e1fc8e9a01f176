"""The thin registry: DescribeEndpoint, CreateThing, DescribeThing, ListThings, DeleteThing."""

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broker_bridge.fleet import InvalidPage
from broker_bridge.fleet.documents import thing_id
from broker_bridge.fleet.pages import name_before, token_after
from broker_bridge.rest.directory import ThingDirectory
from broker_bridge.rest.envelope import IDENTITY
from broker_bridge.rest.errors import AwsError, invalid_request
from broker_bridge.rest.parameters import json_answer, json_object, number, thing_name
from broker_bridge.store.registry import RegisteredThing, RegistryFull, ThingExists, VersionChanged

PAGE_MAX: Final = 250
"""Things in one page of ListThings; AWS's maxResults."""

PAGE: Final = 25
"""When the client does not say."""

ATTRIBUTES_MAX: Final = 50
"""Attributes of one thing; AWS's quota for a thing with a type."""

ACCOUNT: Final = "000000000000"
"""The account number in ARNs: there is none here."""

_ATTRIBUTE_NAME: Final = re.compile(r"[a-zA-Z0-9_.,@/:#-]{1,128}\Z")
_ATTRIBUTE_VALUE: Final = re.compile(r"[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}\Z")


class ThingRoutes:
    """Registrations. Deleting one leaves the thing's shadows alone, as on AWS."""

    def __init__(self, things: ThingDirectory) -> None:
        self._things = things

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        return [
            Route("/endpoint", self._endpoint, methods=["GET"]),
            Route("/things", self._list, methods=["GET"]),
            Route("/things/{thing}", self._create, methods=["POST"]),
            Route("/things/{thing}", self._describe, methods=["GET"]),
            Route("/things/{thing}", self._delete, methods=["DELETE"]),
        ]

    async def _endpoint(self, request: Request) -> Response:
        return json_answer({"endpointAddress": request.headers["host"]})

    async def _create(self, request: Request) -> Response:
        name, content = thing_name(request), await json_object(request)
        kind = content.get("thingTypeName")
        if kind is not None and not isinstance(kind, str):
            raise invalid_request("thingTypeName must be a string")
        try:
            await self._things.create(RegisteredThing(name, _attributes(content), kind))
        except ThingExists:
            message = f"Thing {name} already exists with different properties"
            raise AwsError(409, message, "ResourceAlreadyExistsException") from None
        except RegistryFull as full:
            raise invalid_request(str(full)) from None
        return json_answer({"thingName": name, "thingArn": _arn(request, name), "thingId": thing_id(name)})

    async def _describe(self, request: Request) -> Response:
        name = thing_name(request)
        thing = await self._things.describe(name)
        if thing is None:
            raise AwsError(404, f"Thing {name} is not found")
        more = {"thingId": thing_id(name), "defaultClientId": name}
        return json_answer({**_shown(request, thing), **more})

    async def _list(self, request: Request) -> Response:
        size = number(request, "maxResults", PAGE, 1, PAGE_MAX)
        if any(name in request.query_params for name in ("attributeName", "attributeValue", "thingTypeName")):
            raise invalid_request(
                "ListThings has no filters here; use SearchIndex with attributes.NAME:VALUE"
            )
        try:
            after = name_before(request.query_params.get("nextToken"))
        except InvalidPage as refused:
            raise invalid_request(str(refused)) from None
        found = await self._things.page(after, size + 1)
        answer: dict[str, Any] = {"things": [_shown(request, thing) for thing in found[:size]]}
        if len(found) > size:
            answer["nextToken"] = token_after(found[size - 1].name)
        return json_answer(answer)

    async def _delete(self, request: Request) -> Response:
        name = thing_name(request)
        expected = number(request, "expectedVersion", 0, 0, 999_999_999) or None
        try:
            await self._things.delete(name, expected)
        except VersionChanged:
            message = f"The version of thing {name} is not {expected}"
            raise AwsError(409, message, "VersionConflictException") from None
        return json_answer({})


def _attributes(content: dict[str, Any]) -> dict[str, str]:
    payload = content.get("attributePayload")
    attributes = payload.get("attributes") if isinstance(payload, dict) else payload
    if attributes is None:
        return {}
    if not isinstance(attributes, dict) or len(attributes) > ATTRIBUTES_MAX:
        raise invalid_request(
            f"attributePayload.attributes must be an object of at most {ATTRIBUTES_MAX} texts"
        )
    for name, value in attributes.items():
        if not isinstance(value, str) or not _ATTRIBUTE_NAME.match(name) or not _ATTRIBUTE_VALUE.match(value):
            raise invalid_request(
                f"Invalid attribute {name[:128]!r}: letters, digits and _ . , @ / : # - only"
            )
    return attributes


def _shown(request: Request, thing: RegisteredThing) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "thingName": thing.name,
        "thingArn": _arn(request, thing.name),
        "attributes": dict(thing.attributes),
        "version": thing.version,
    }
    if thing.thing_type is not None:
        shown["thingTypeName"] = thing.thing_type
    return shown


def _arn(request: Request, name: str) -> str:
    return f"arn:aws:iot:{request.scope[IDENTITY].region}:{ACCOUNT}:thing/{name}"
