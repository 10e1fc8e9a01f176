"""GetRetainedMessage and ListRetainedMessages, through a view of the broker's retained messages."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from broker_bridge.fleet import InvalidPage
from broker_bridge.fleet.pages import name_before, token_after
from broker_bridge.rest.errors import AwsError, invalid_request
from broker_bridge.rest.parameters import check_topic, json_answer, number, path_text
from broker_bridge.store.port import StoreError
from broker_bridge.store.retained import RetainedTimes, Sighting
from broker_bridge.transport.port import Message, Transport, TransportError

PAGE_MAX: Final = 200
"""Messages in one page; botocore `iot-data` MaxResults."""

QUIET_S: Final = 0.2
"""Seconds without a further retained message after which a broker is taken to have sent all of them. They
come right after the subscription is granted, so this is many times what a broker on one machine needs."""

GATHERED_MAX: Final = 10_000
"""Retained messages gathered for one list."""


@dataclass(frozen=True, slots=True)
class RetainedMessage:
    """One retained message."""

    topic: str
    payload: bytes
    qos: int
    modified_at_ms: int
    """When it was published over REST, or else first seen."""


class RetainedView(Protocol):
    """What is retained at the broker now."""

    async def get(self, topic: str) -> RetainedMessage | None:
        """The retained message of one topic."""

    async def page(self, after: str, limit: int) -> Sequence[RetainedMessage]:
        """Messages sorted by topic, those after `after`, at most `limit`."""

    async def written(self, topic: str, payload: bytes, qos: int) -> None:
        """The broker took this message to be retained, now."""


class BrokerRetained:
    """Asks the broker itself, by a short subscription on a connection of its own that nothing else
    subscribes on; `times` remembers what MQTT does not tell."""

    def __init__(
        self, transport: Transport, times: RetainedTimes, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` in epoch seconds."""
        self._transport = transport
        self._times = times
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def get(self, topic: str) -> RetainedMessage | None:
        """The retained message of one topic, None when there is none."""
        found = await self._dated(await self._gather(topic, most=1))
        return found[0] if found else None

    async def page(self, after: str, limit: int) -> Sequence[RetainedMessage]:
        """All retained messages are gathered for each page; brokers give no other way."""
        found = await self._dated(await self._gather("#", most=GATHERED_MAX))
        return sorted((message for message in found if message.topic > after), key=lambda one: one.topic)[
            :limit
        ]

    async def written(self, topic: str, payload: bytes, qos: int) -> None:
        """Remember when; a store that is away forgets no message."""
        with suppress(StoreError):
            await self._times.written(_sighting(Message(topic, payload, qos)), self._now_ms())

    async def _dated(self, messages: Sequence[Message]) -> list[RetainedMessage]:
        times = await self._times.seen([_sighting(message) for message in messages], self._now_ms())
        return [
            RetainedMessage(message.topic, message.payload, message.qos, modified_at_ms)
            for message, modified_at_ms in zip(messages, times, strict=True)
        ]

    def _now_ms(self) -> int:
        return int(self._clock() * 1000)

    async def _gather(self, topic_filter: str, *, most: int) -> list[Message]:
        arrived: asyncio.Queue[Message] = asyncio.Queue(GATHERED_MAX)

        def keep(message: Message) -> None:
            if message.retain and not arrived.full():
                arrived.put_nowait(message)

        found: dict[str, Message] = {}
        async with self._one_at_a_time:
            await self._transport.subscribe([topic_filter], keep, qos=1)
            try:
                while len(found) < most:
                    async with asyncio.timeout(QUIET_S):
                        message = await arrived.get()
                    found[message.topic] = message
            except TimeoutError:
                pass  # quiet: the broker has sent what it had
            finally:
                await self._transport.unsubscribe([topic_filter])
        return list(found.values())


class RetainedRoutes:
    """GetRetainedMessage, ListRetainedMessages."""

    def __init__(self, view: RetainedView | None) -> None:
        self._given = view

    def routes(self) -> list[BaseRoute]:
        """For the application's router."""
        return [
            Route("/retainedMessage", self._list, methods=["GET"]),
            Route("/retainedMessage/{topic:path}", self._get, methods=["GET"]),
        ]

    async def _get(self, request: Request) -> Response:
        topic = path_text(request, "topic")
        check_topic(topic)
        try:
            found = await self._view().get(topic)
        except TransportError:
            raise _no_broker() from None
        if found is None or not found.payload:
            raise AwsError(404, f"No retained message exists on topic: '{topic}'")
        payload = base64.b64encode(found.payload).decode()
        return json_answer({**_summary(found), "payload": payload})

    async def _list(self, request: Request) -> Response:
        size = number(request, "maxResults", PAGE_MAX, 1, PAGE_MAX)
        try:
            after = name_before(request.query_params.get("nextToken"))
            found = await self._view().page(after, size + 1)
        except InvalidPage as refused:
            raise invalid_request(str(refused)) from None
        except TransportError:
            raise _no_broker() from None
        shown = [{**_summary(message), "payloadSize": len(message.payload)} for message in found[:size]]
        answer: dict[str, Any] = {"retainedTopics": shown}
        if len(found) > size:
            answer["nextToken"] = token_after(found[size - 1].topic)
        return json_answer(answer)

    def _view(self) -> RetainedView:
        if self._given is None:
            raise AwsError(405, "This service was started without a view of retained messages")
        return self._given


def _summary(message: RetainedMessage) -> dict[str, Any]:
    return {"topic": message.topic, "qos": message.qos, "lastModifiedTime": message.modified_at_ms}


def _sighting(message: Message) -> Sighting:
    return Sighting(message.topic, hashlib.sha256(b"%d" % message.qos + message.payload).digest())


def _no_broker() -> AwsError:
    return AwsError(503, "The MQTT broker cannot be reached")
