"""boto3's `iot-data` against the real application: what it sends is understood, what it expects is there."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from broker_bridge.transport.port import Message
from tests.support.data_plane import DataPlaneService, data_plane, in_thread


@pytest.fixture
async def service() -> AsyncIterator[DataPlaneService]:
    """A service of its own for each test."""
    async with data_plane() as running:
        yield running


@pytest.fixture
def sdk(service: DataPlaneService) -> Any:
    """AWS's SDK for the data plane."""
    return service.boto("iot-data")


async def refused(call: Any, **arguments: Any) -> tuple[int, str, str]:
    """Status, exception name and message of a call that must fail."""
    with pytest.raises(ClientError) as raised:
        await in_thread(call, **arguments)
    answer: Any = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


async def update(sdk: Any, thing: str, state: Any, **more: Any) -> Any:
    """An accepted update, decoded."""
    answer = await in_thread(
        sdk.update_thing_shadow, thingName=thing, payload=json.dumps({"state": state}).encode(), **more
    )
    return json.loads(await in_thread(answer["payload"].read))


async def test_every_answer_has_a_request_id_and_json(sdk: Any) -> None:
    """Success and failure carry `x-amzn-requestid`, a success `content-type: application/json`."""
    await update(sdk, "t", {"reported": {"a": 1}})
    answer = await in_thread(sdk.get_thing_shadow, thingName="t")
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert answer["ResponseMetadata"]["RequestId"]
    answer["payload"].close()
    with pytest.raises(ClientError) as raised:
        await in_thread(sdk.get_thing_shadow, thingName="missing")
    assert raised.value.response["ResponseMetadata"]["RequestId"]


async def test_refusals_are_typed_exceptions(sdk: Any) -> None:
    """404, 409, 400 and 413 arrive as the SDK's own exception classes with AWS's texts."""
    gone = await refused(sdk.get_thing_shadow, thingName="t", shadowName="s")
    assert gone == (404, "ResourceNotFoundException", "No shadow exists with name: 's'")
    payload = b'{"state":{"reported":{}},"version":7}'
    stale = await refused(sdk.update_thing_shadow, thingName="t", payload=payload)
    assert stale == (409, "ConflictException", "Version conflict")
    broken = await refused(sdk.update_thing_shadow, thingName="t", payload=b"{")
    assert broken[:2] == (400, "InvalidRequestException")
    large = json.dumps({"state": {"reported": {"a": "x" * 9000}}}).encode()
    big = await refused(sdk.update_thing_shadow, thingName="t", payload=large)
    assert big == (413, "RequestEntityTooLargeException", "The payload exceeds the maximum size allowed")
    huge = await refused(sdk.update_thing_shadow, thingName="t", payload=b"x" * 200_000)
    assert huge[:2] == (413, "RequestEntityTooLargeException")
    not_utf8 = await refused(sdk.update_thing_shadow, thingName="t", payload=b'{"state":"\xff"}')
    assert not_utf8[:2] == (415, "UnsupportedDocumentEncodingException")


@pytest.mark.parametrize("thing", ["a b", "a/b", "ä", "x" * 129])
async def test_names_outside_the_alphabet_are_refused(sdk: Any, thing: str) -> None:
    """A thing name that AWS would not take is 400 and says what is allowed."""
    status, kind, message = await refused(sdk.get_thing_shadow, thingName=thing)
    assert (status, kind) == (400, "InvalidRequestException")
    assert "thingName" in message
    assert (await refused(sdk.get_thing_shadow, thingName="t", shadowName="a b"))[0] == 400


async def test_colon_in_names_survives_encoding(sdk: Any) -> None:
    """boto3 sends `:` as `%3A`; the thing and its shadow are found under their own names."""
    await update(sdk, "room:1", {"reported": {"a": 1}}, shadowName="s:1")
    answer = await in_thread(sdk.get_thing_shadow, thingName="room:1", shadowName="s:1")
    assert json.loads(await in_thread(answer["payload"].read))["state"] == {"reported": {"a": 1}}


async def test_named_shadows_are_listed_in_pages(sdk: Any, service: DataPlaneService) -> None:
    """The classic shadow and deleted ones are never listed; an unknown thing has an empty list."""
    for name in ("c", "a", "b", "gone"):
        await update(sdk, "t", {"reported": {"a": 1}}, shadowName=name)
    await update(sdk, "t", {"reported": {"a": 1}})
    (await in_thread(sdk.delete_thing_shadow, thingName="t", shadowName="gone"))["payload"].close()
    first = await in_thread(sdk.list_named_shadows_for_thing, thingName="t", pageSize=2)
    assert first["results"] == ["a", "b"]
    assert isinstance(first["timestamp"], int)
    rest = await in_thread(
        sdk.list_named_shadows_for_thing, thingName="t", pageSize=2, nextToken=first["nextToken"]
    )
    assert rest["results"] == ["c"]
    assert "nextToken" not in rest
    unknown = await in_thread(sdk.list_named_shadows_for_thing, thingName="unknown")
    assert unknown["results"] == []
    bad = await refused(sdk.list_named_shadows_for_thing, thingName="t", nextToken="made up")
    assert bad[:2] == (400, "InvalidRequestException")


async def test_publish_reaches_subscribers(sdk: Any, service: DataPlaneService) -> None:
    """A message goes out on its topic with its slashes, and MQTT 5 properties do not get in its way."""
    listener = await service.transport("listener")
    heard: asyncio.Queue[Message] = asyncio.Queue()
    await listener.subscribe(["room/+/say"], heard.put_nowait, qos=1)
    await in_thread(
        sdk.publish,
        topic="room/A B/say",
        qos=1,
        payload=b"hello",
        userProperties=json.dumps([{"k": "v"}]),
        contentType="text/plain",
        responseTopic="room/answers",
        correlationData="AAEC",
        payloadFormatIndicator="UTF8_DATA",
        messageExpiry=60,
    )
    message = await asyncio.wait_for(heard.get(), 30)
    assert (message.topic, message.payload, message.qos) == ("room/A B/say", b"hello", 1)


async def test_publish_on_a_request_topic_updates_the_shadow(sdk: Any, service: DataPlaneService) -> None:
    """Publishing an update by hand is an update, as on AWS."""
    listener = await service.transport("listener")
    heard: asyncio.Queue[Message] = asyncio.Queue()
    await listener.subscribe(["$aws/things/t/shadow/update/accepted"], heard.put_nowait, qos=1)
    await in_thread(
        sdk.publish, topic="$aws/things/t/shadow/update", qos=1, payload=b'{"state":{"reported":{"a":1}}}'
    )
    await asyncio.wait_for(heard.get(), 30)
    (await in_thread(sdk.get_thing_shadow, thingName="t"))["payload"].close()


@pytest.mark.parametrize(
    "message",
    [
        {"topic": "a/+/b"},
        {"topic": "a/#"},
        {"topic": "1/2/3/4/5/6/7/8/9"},
        {"topic": "x" * 257},
        {"topic": "a", "qos": 2},
        {"topic": "$aws/things/t/shadow/update", "retain": True},
        {"topic": "a", "correlationData": "not base64!"},
        {"topic": "a", "responseTopic": "b/#"},
    ],
)
async def test_publish_refuses_what_aws_refuses(sdk: Any, message: dict[str, Any]) -> None:
    """Wildcards, too long topics, QoS 2, retained reserved topics and broken properties are 400."""
    assert (await refused(sdk.publish, payload=b"x", **message))[:2] == (400, "InvalidRequestException")


async def test_retained_messages_are_shown(sdk: Any) -> None:
    """What was published with retain is listed in pages and given back; an empty message takes it away."""
    for topic in ("r/2", "r/1", "r/3"):
        await in_thread(sdk.publish, topic=topic, qos=1, retain=True, payload=topic.encode())
    one = await in_thread(sdk.get_retained_message, topic="r/1")
    assert (one["topic"], one["payload"], one["qos"]) == ("r/1", b"r/1", 1)
    assert abs(one["lastModifiedTime"] / 1000 - time.time()) < 600
    again = await in_thread(sdk.get_retained_message, topic="r/1")
    assert again["lastModifiedTime"] == one["lastModifiedTime"]
    first = await in_thread(sdk.list_retained_messages, maxResults=2)
    assert [(m["topic"], m["payloadSize"]) for m in first["retainedTopics"]] == [("r/1", 3), ("r/2", 3)]
    rest = await in_thread(sdk.list_retained_messages, maxResults=2, nextToken=first["nextToken"])
    assert [message["topic"] for message in rest["retainedTopics"]] == ["r/3"]
    await in_thread(sdk.publish, topic="r/1", qos=1, retain=True, payload=b"")
    assert (await refused(sdk.get_retained_message, topic="r/1"))[0] == 404


async def test_what_is_not_offered_is_awss_error(sdk: Any) -> None:
    """An operation outside this service is a typed refusal, not a broken answer."""
    assert (await refused(sdk.delete_connection, clientId="c"))[:2] == (404, "ResourceNotFoundException")


async def test_wrong_keys_are_403(service: DataPlaneService) -> None:
    """A wrong secret and an unknown key are refused, each with AWS's own exception name."""
    wrong = service.boto("iot-data", secret="x" * 40)
    assert (await refused(wrong.get_thing_shadow, thingName="t"))[:2] == (403, "InvalidSignatureException")
    unknown = service.boto("iot-data", key_id="AKIDUNKNOWN")
    status, kind, message = await refused(unknown.get_thing_shadow, thingName="t")
    assert (status, kind) == (403, "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


async def test_a_clock_that_is_off_is_named() -> None:
    """A signature more than 15 minutes old or early is refused with both times in the message."""
    for now, word in ((4_000_000_000.0, "expired"), (1_000_000_000.0, "not yet current")):
        async with data_plane(clock=lambda now=now: now) as service:
            status, kind, message = await refused(service.boto("iot-data").get_thing_shadow, thingName="t")
            assert (status, kind) == (403, "InvalidSignatureException")
            assert word in message
