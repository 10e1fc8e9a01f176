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
from broker_bridge.rest.parameters import check_topic, flag, json_answer, number, path_text
from broker_bridge.rest.retained import RetainedView
from broker_bridge.transport.port import MessageProperties, Transport, TransportError

PUBLISH_TIMEOUT_S: Final = 5.0
"""Seconds until a publish that the broker has not acknowledged becomes a 500."""

IN_FLIGHT_MAX: Final = 10
"""Messages that the broker has not taken yet: half of what Mosquitto allows a client of MQTT 5 by default."""

USER_PROPERTIES_MAX: Final = 50
"""Properties in one message; far more than anything sends, and a bound."""

_FORMATS: Final = ("UNSPECIFIED_BYTES", "UTF8_DATA")


class Publish(Protocol):
    """Hands one message to the broker."""

    def __call__(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        properties: MessageProperties | None = None,
    ) -> Awaitable[None]:
        """Ends when the broker has the message. Raises `ValueError` for properties that MQTT cannot carry."""


def without_properties(transport: Transport) -> Publish:
    """Publishes on a connection of MQTT 3.1.1, which has no properties: they are left out."""

    def publish(
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        properties: MessageProperties | None = None,  # noqa: ARG001 - 3.1.1 has none
    ) -> Awaitable[None]:
        return transport.publish(topic, payload, qos=qos, retain=retain)

    return publish


class PublishRoutes:
    """Publish, with the properties of MQTT 5."""

    def __init__(self, publish: Publish | None, retained: RetainedView | None) -> None:
        """`retained` is told of messages to be retained."""
        self._publish = publish
        self._retained = retained
        self._in_flight = asyncio.Semaphore(IN_FLIGHT_MAX)

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        return [Route("/topics/{topic:path}", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        topic = path_text(request, "topic")
        check_topic(topic)
        properties = _properties(request)
        qos, retain = number(request, "qos", 0, 0, 1), flag(request, "retain")
        if retain and topic.startswith("$"):
            raise invalid_request("A message on a reserved topic cannot be retained")
        if self._publish is None:
            raise AwsError(405, "This service was started without a connection to publish on")
        payload = await request.body()
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S), self._in_flight:
                await self._publish(topic, payload, qos=qos, retain=retain, properties=properties)
        except (TransportError, TimeoutError):
            raise AwsError(500, "The MQTT broker did not take the message") from None
        except ValueError as error:
            raise invalid_request(str(error)) from None
        if retain and self._retained is not None:
            await self._retained.written(topic, payload, qos)
        return json_answer({"message": "OK"})


def _properties(request: Request) -> MessageProperties | None:
    """What the request says of the message, None when that is nothing."""
    query, headers = request.query_params, request.headers
    response_topic = query.get("responseTopic")
    if response_topic is not None:
        check_topic(response_topic)
    expiry = number(request, "messageExpiry", 0, 1, 999_999_999)
    indicator = headers.get("x-amz-mqtt5-payload-format-indicator")
    if indicator not in (None, *_FORMATS):
        raise invalid_request(f"payloadFormatIndicator must be {' or '.join(_FORMATS)}")
    correlation = headers.get("x-amz-mqtt5-correlation-data")
    user = headers.get("x-amz-mqtt5-user-properties")
    said = MessageProperties(
        content_type=query.get("contentType"),
        response_topic=response_topic,
        correlation_data=None if correlation is None else _base64(correlation, "correlationData"),
        expiry_s=expiry or None,
        is_text=None if indicator is None else indicator == _FORMATS[1],
        user=()
        if user is None
        else tuple(pair for properties in user_properties(user) for pair in properties.items()),
    )
    return None if said == MessageProperties() else said


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
