"""A client of the shadow service for tests: asks on one connection, and collects all that is said in
answer."""

import asyncio
import json
from typing import Any

from broker_bridge.transport.port import Message, Transport
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer, request_topic

ANSWER_SECONDS = 30.0
"""For what takes milliseconds."""


class ShadowAsker:
    """Asks one thing at a time, of one thing."""

    def __init__(self, transport: Transport, thing: str) -> None:
        self._transport = transport
        self._thing = thing
        self._messages: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        """Subscribe to every answer about the thing."""
        prefix = f"$aws/things/{self._thing}/shadow"
        filters = [f"{prefix}/+/+", f"{prefix}/name/+/+/+"]
        await self._transport.subscribe(filters, self._messages.put_nowait, qos=1)

    async def ask(self, shadow: ShadowId, operation: Operation, payload: bytes) -> dict[str, Any]:
        """What was published for one request, by kind; the answer itself is the last of it."""
        self._transport.publish(request_topic(shadow, operation), payload, qos=1)
        published: dict[str, Any] = {}
        while True:
            message = await asyncio.wait_for(self._messages.get(), ANSWER_SECONDS)
            parsed = parse_answer(message.topic)
            assert parsed is not None
            assert parsed[:2] == (shadow, operation)
            assert not message.retain
            assert str(parsed[2]) not in published
            published[str(parsed[2])] = json.loads(message.payload)
            if parsed[2] in (Answer.ACCEPTED, Answer.REJECTED):
                return published

    @property
    def silent(self) -> bool:
        """True when nothing more was said."""
        return self._messages.empty()
