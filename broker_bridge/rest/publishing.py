"""Publish over HTTP: topic and options checked as AWS does, then handed to the MQTT connection."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable
from typing import Any, Final, Protocol

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broker_bridge.rest.errors import AwsError, invalid_request
from broker_bridge.rest.parameters import flag, json_answer, number, path_text
from broker_bridge.transport.port import TransportError

PUBLISH_TIMEOUT_S: Final = 5.0
"""Seconds until a publish that the broker has not acknowledged becomes a 500."""

TOPIC_MAX_BYTES: Final = 256
SLASHES_MAX: Final = 7
"""AWS IoT's limits for a topic."""

USER_PROPERTIES_MAX: Final = 50
"""Properties in one message; far more than anything sends, and a bound."""

_FORMATS: Final = ("UNSPECIFIED_BYTES", "UTF8_DATA")


class Publish(Protocol):
    """Hands one message to the broker; `Transport.publish` is the real one."""

    def __call__(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """Ends when the broker has the message."""


class PublishRoutes:
    """Publish. The transport speaks MQTT 3.1.1, which has no properties: those of MQTT 5 are checked
    and left out."""

    def __init__(self, publish: Publish | None) -> None:
        self._publish = publish

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        return [Route("/topics/{topic:path}", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        topic = path_text(request, "topic")
        check_topic(topic)
        _check_properties(request)
        qos, retain = number(request, "qos", 0, 0, 1), flag(request, "retain")
        if retain and topic.startswith("$"):
            raise invalid_request("A message on a reserved topic cannot be retained")
        if self._publish is None:
            raise AwsError(405, "This service was started without a connection to publish on")
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await self._publish(topic, await request.body(), qos=qos, retain=retain)
        except (TransportError, TimeoutError):
            raise AwsError(500, "The MQTT broker did not take the message") from None
        return json_answer({"message": "OK"})


def check_topic(topic: str) -> None:
    """Raise `AwsError` 400 unless AWS would publish on this topic."""
    if not topic or any(character in topic for character in "+#\0"):
        raise invalid_request("Invalid topic: not empty, and without '+' and '#'")
    if len(topic.encode(errors="replace")) > TOPIC_MAX_BYTES or topic.count("/") > SLASHES_MAX:
        raise invalid_request(f"Invalid topic: at most {TOPIC_MAX_BYTES} bytes and {SLASHES_MAX} slashes")


def _check_properties(request: Request) -> None:
    response_topic = request.query_params.get("responseTopic")
    if response_topic is not None:
        check_topic(response_topic)
    number(request, "messageExpiry", 1, 1, 999_999_999)
    indicator = request.headers.get("x-amz-mqtt5-payload-format-indicator", _FORMATS[0])
    if indicator not in _FORMATS:
        raise invalid_request(f"payloadFormatIndicator must be {' or '.join(_FORMATS)}")
    _base64(request.headers.get("x-amz-mqtt5-correlation-data", ""), "correlationData")
    given = request.headers.get("x-amz-mqtt5-user-properties")
    if given is not None:
        user_properties(given)


def user_properties(header: str) -> list[dict[str, str]]:
    """The user properties in a header: base64 of a JSON list, which SDKs may have encoded twice."""
    message = "userProperties must be a JSON list of objects with texts"
    value: Any = _base64(header, "userProperties")
    for _ in range(2):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise invalid_request(message) from None
        if not isinstance(value, str):
            break
    if not isinstance(value, list) or len(value) > USER_PROPERTIES_MAX:
        raise invalid_request(f"{message}, at most {USER_PROPERTIES_MAX}")
    for item in value:
        if not isinstance(item, dict) or not all(isinstance(text, str) for text in item.values()):
            raise invalid_request(message)
    return value


def _base64(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_request(f"{name} must be base64") from None
