"""The recorded conversations over HTTP, with boto3, while another client listens over MQTT."""

import asyncio
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from broker_bridge.transport.port import Message
from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer
from tests.support.data_plane import DataPlaneService, data_plane, in_thread
from tests.support.shadow_vectors import VECTORS, Vector

ANSWER_SECONDS = 10.0
"""For what takes milliseconds."""


class HttpAsker:
    """Asks over HTTP; what the service tells others is taken from MQTT."""

    def __init__(self, service: DataPlaneService) -> None:
        self._sdk = service.boto("iot-data")
        self.heard: asyncio.Queue[Message] = asyncio.Queue()

    async def ask(self, shadow: ShadowId, operation: Operation, payload: bytes) -> dict[str, Any]:
        """What one request led to. HTTP matches answers itself: a token it cannot carry counts as echoed."""
        target = {"thingName": shadow.thing} | ({} if shadow.name is None else {"shadowName": shadow.name})
        body = {"payload": payload} if operation is Operation.UPDATE else {}
        try:
            answer = await in_thread(getattr(self._sdk, f"{operation}_thing_shadow"), **target, **body)
        except ClientError as refused:
            return {"rejected": _refusal(refused) | _token(payload)}
        accepted = json.loads(await in_thread(answer["payload"].read))
        if operation is Operation.UPDATE:
            return await self._published(shadow) | {"accepted": accepted}
        if operation is Operation.DELETE:
            deleted = parse_answer((await asyncio.wait_for(self.heard.get(), ANSWER_SECONDS)).topic)
            assert deleted == (shadow, Operation.DELETE, Answer.ACCEPTED)
        return {"accepted": accepted | _token(payload)}

    async def _published(self, shadow: ShadowId) -> dict[str, Any]:
        published: dict[str, Any] = {}
        while "accepted" not in published:
            message = await asyncio.wait_for(self.heard.get(), ANSWER_SECONDS)
            parsed = parse_answer(message.topic)
            assert parsed is not None
            assert parsed[:2] == (shadow, Operation.UPDATE)
            published[str(parsed[2])] = json.loads(message.payload)
        return published


def _refusal(refused: ClientError) -> dict[str, Any]:
    answer = refused.response
    assert answer["Error"]["Code"].endswith("Exception")
    return {"code": answer["ResponseMetadata"]["HTTPStatusCode"], "message": answer["Error"]["Message"]}


def _token(payload: bytes) -> dict[str, Any]:
    try:
        request = json.loads(payload)
    except ValueError:
        return {}
    return {"clientToken": request["clientToken"]} if "clientToken" in request else {}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
async def test_http_answers_as_aws_does(vector: Vector) -> None:
    """Every step is answered as the vector says; updates and deletions are told over MQTT, refusals not."""
    async with data_plane() as service:
        asker = HttpAsker(service)
        listener = await service.transport("listener")
        prefix = "$aws/things/thing-1/shadow"
        filters = [f"{prefix}/+/+", f"{prefix}/name/+/+/+"]
        await listener.subscribe(filters, asker.heard.put_nowait, qos=1)

        await vector.check("thing-1", asker.ask)

        assert asker.heard.empty()
