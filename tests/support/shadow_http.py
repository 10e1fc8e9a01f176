"""A client of the data plane for tests: asks with AWS's SDK, and collects what is said on MQTT meanwhile."""

import asyncio
import json
from typing import Any

from botocore.exceptions import ClientError

from broker_bridge.transport.port import Message, Transport
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer

ANSWER_SECONDS = 30.0
"""For what takes milliseconds."""


class HttpAsker:
    """Asks over HTTP with boto3's `iot-data`; with a connection, also says what others heard over MQTT."""

    def __init__(self, sdk: Any, listener: Transport | None = None, thing: str = "") -> None:
        self._sdk = sdk
        self._thing = thing
        self._listener = listener
        self._heard: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        """Listen to every answer about the thing."""
        if self._listener is not None:
            prefix = f"$aws/things/{self._thing}/shadow"
            filters = [f"{prefix}/+/+", f"{prefix}/name/+/+/+"]
            await self._listener.subscribe(filters, self._heard.put_nowait, qos=1)

    async def ask(self, shadow: ShadowId, operation: Operation, payload: bytes) -> dict[str, Any]:
        """What one request led to. HTTP matches answers itself: a token it cannot carry counts as echoed."""
        target = {"thingName": shadow.thing} | ({} if shadow.name is None else {"shadowName": shadow.name})
        body = {"payload": payload} if operation is Operation.UPDATE else {}
        call = getattr(self._sdk, f"{operation}_thing_shadow")
        try:
            answer = await asyncio.to_thread(call, **target, **body)
        except ClientError as refused:
            return {"rejected": _refusal(refused) | _token(payload)}
        accepted = json.loads(await asyncio.to_thread(answer["payload"].read))
        if operation is Operation.UPDATE:
            return await self._published(shadow) | {"accepted": accepted}
        if operation is Operation.DELETE:
            await self._expect_deletion(shadow)
        return {"accepted": accepted | _token(payload)}

    @property
    def silent(self) -> bool:
        """True when nothing more was said over MQTT."""
        return self._heard.empty()

    async def _expect_deletion(self, shadow: ShadowId) -> None:
        if self._listener is not None:
            message = await asyncio.wait_for(self._heard.get(), ANSWER_SECONDS)
            assert parse_answer(message.topic) == (shadow, Operation.DELETE, Answer.ACCEPTED)

    async def _published(self, shadow: ShadowId) -> dict[str, Any]:
        published: dict[str, Any] = {}
        while self._listener is not None and "accepted" not in published:
            message = await asyncio.wait_for(self._heard.get(), ANSWER_SECONDS)
            parsed = parse_answer(message.topic)
            assert parsed is not None
            assert parsed[:2] == (shadow, Operation.UPDATE)
            published[str(parsed[2])] = json.loads(message.payload)
        return published


def _refusal(refused: ClientError) -> dict[str, Any]:
    answer: Any = refused.response
    return {"code": answer["ResponseMetadata"]["HTTPStatusCode"], "message": answer["Error"]["Message"]}


def _token(payload: bytes) -> dict[str, Any]:
    try:
        request = json.loads(payload)
    except ValueError:
        return {}
    return {"clientToken": request["clientToken"]} if "clientToken" in request else {}
