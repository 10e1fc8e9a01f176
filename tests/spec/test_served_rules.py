"""The rules of docs/spec/shadow.md at the running service: real brokers, a real store, and AWS's SDK."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from broker_bridge.service import BridgeService
from broker_bridge.settings import RestSettings
from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.wire.topics import Operation, ShadowId, request_topic
from tests.support.plain_brokers import PlainBroker, plain_broker
from tests.support.shadow_answers import ShadowAsker

pytestmark = pytest.mark.broker

REST = RestSettings("127.0.0.1", 0, "AKIDEXAMPLE", "a-secret-for-tests")
THING = "thing-1"
CLASSIC, NAMED = ShadowId(THING), ShadowId(THING, "s")

Start = Callable[..., Awaitable[BridgeService]]


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def one_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlainBroker]:
    """Both kinds, one after the other."""
    with plain_broker(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
async def broker(one_broker: PlainBroker) -> AsyncIterator[PlainBroker]:
    """The broker, and nothing left in the bridge's session afterwards."""
    yield one_broker
    leftover = PahoTransport(one_broker.account("bridge"))
    await leftover.connect()
    await leftover.close()


@pytest.fixture
async def start(broker: PlainBroker, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a service; each start of a test is on the same store."""
    async with AsyncExitStack() as running:

        async def started(**settings: Any) -> BridgeService:
            service = BridgeService(
                broker.account("bridge"), f"sqlite:///{tmp_path / 's.db'}", rest=REST, **settings
            )
            await service.start()
            running.push_async_callback(service.stop)
            return service

        yield started


@pytest.fixture
async def client(broker: PlainBroker) -> AsyncIterator[PahoTransport]:
    """A client's connection."""
    transport = PahoTransport(broker.account("client"))
    await transport.connect()
    yield transport
    await transport.close()


@pytest.fixture
async def asker(client: PahoTransport) -> ShadowAsker:
    """Asks, and hears all that is said of the thing."""
    asker = ShadowAsker(client, THING)
    await asker.start()
    return asker


class Sdk:
    """AWS's SDK against the service's data plane."""

    def __init__(
        self, service: BridgeService, kind: str = "iot-data", secret: str = REST.secret_access_key
    ) -> None:
        self._client = boto3.session.Session().client(
            kind,
            endpoint_url=f"http://127.0.0.1:{service.rest_port}",
            region_name="us-east-1",
            aws_access_key_id=REST.access_key_id,
            aws_secret_access_key=secret,
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )

    async def call(self, operation: str, **arguments: Any) -> Any:
        """An answer; a streamed payload is decoded."""
        answer = await asyncio.to_thread(getattr(self._client, operation), **arguments)
        if "payload" in answer:
            answer["payload"] = json.loads(await asyncio.to_thread(answer["payload"].read))
        return answer

    async def refused(self, operation: str, **arguments: Any) -> Any:
        """The response of a call that must fail."""
        with pytest.raises(ClientError) as raised:
            await self.call(operation, **arguments)
        return raised.value.response

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


@pytest.fixture
def sdk() -> Iterator[Callable[..., Sdk]]:
    """Makes SDK clients, closed with the test."""
    made: list[Sdk] = []

    def make(service: BridgeService, kind: str = "iot-data", **more: str) -> Sdk:
        made.append(Sdk(service, kind, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def update(section: str = "reported", token: str | None = None, **state: Any) -> bytes:
    """An update of one section."""
    return json.dumps({"state": {section: state}} | ({"clientToken": token} if token else {})).encode()


async def test_sh1_sh2_only_requests_are_answered(start: Start, client: PahoTransport) -> None:
    """What looks like an answer or another operation changes nothing; classic and named share nothing."""
    await start()
    for level in ("list", "update/delta", "name/s", "name/s/update/more"):
        await client.publish(f"$aws/things/{THING}/shadow/{level}", update(a=1), qos=1)
    asker = ShadowAsker(client, THING)
    await asker.start()

    assert (await asker.ask(NAMED, Operation.UPDATE, update(b=1)))["accepted"]["version"] == 1
    refused = (await asker.ask(CLASSIC, Operation.GET, b""))["rejected"]

    assert (refused["code"], refused["message"]) == (404, f"No shadow exists with name: '{THING}'")
    assert (await asker.ask(NAMED, Operation.GET, b""))["accepted"]["state"] == {"reported": {"b": 1}}


async def test_sh3_other_names_are_not_answered(
    start: Start, asker: ShadowAsker, client: PahoTransport, sdk: Callable[..., Sdk]
) -> None:
    """Over MQTT there is silence, over REST 400."""
    service = await start()
    strange = asyncio.Queue[Any]()
    filters = ["$aws/things/a.b/shadow/+/+", f"$aws/things/{THING}/shadow/name/{'x' * 65}/+/+"]
    await client.subscribe(filters, strange.put_nowait, qos=1)
    for topic_filter in filters:
        await client.publish(topic_filter.replace("+/+", "update"), update(a=1), qos=1)

    await asker.ask(CLASSIC, Operation.UPDATE, update(a=1))
    plane = sdk(service)

    assert strange.empty()
    for names in ({"thingName": "a.b"}, {"thingName": THING, "shadowName": "x y"}):
        answer = await plane.refused("get_thing_shadow", **names)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_sh4_a_retained_request_is_not_served_again(
    broker: PlainBroker, start: Start, asker: ShadowAsker, client: PahoTransport
) -> None:
    """A service that starts hears it again from the broker, and leaves it alone."""
    await client.publish(request_topic(CLASSIC, Operation.UPDATE), update(a=1), qos=1, retain=True)
    first = await start()
    assert (await asker.ask(CLASSIC, Operation.GET, b""))["rejected"]["code"] == 404
    await first.stop()

    await start()
    assert (await asker.ask(CLASSIC, Operation.GET, b""))["rejected"]["code"] == 404

    await client.publish(request_topic(CLASSIC, Operation.UPDATE), b"", qos=1, retain=True)


async def test_sh13_delta_documents_accepted_in_this_order(
    start: Start, broker: PlainBroker, client: PahoTransport
) -> None:
    """As a client with one subscription hears them, and a hundred times running."""
    await start()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    await client.subscribe([f"$aws/things/{THING}/shadow/update/+"], heard.put_nowait, qos=1)
    for number in range(100):
        client.publish(request_topic(CLASSIC, Operation.UPDATE), update("desired", n=number), qos=1)

    messages = [await asyncio.wait_for(heard.get(), 30) for _ in range(300)]

    kinds = [message.topic.rpartition("/")[2] for message in messages]
    assert kinds == ["delta", "documents", "accepted"] * 100
    bodies = [json.loads(message.payload) for message in messages]
    assert [body["version"] for body in bodies[2::3]] == list(range(1, 101))
    assert [body["current"]["version"] for body in bodies[1::3]] == list(range(1, 101))


async def test_sh40_registration_and_shadows_are_apart(
    start: Start, asker: ShadowAsker, sdk: Callable[..., Sdk]
) -> None:
    """A thing that nobody created has shadows; deleting a thing leaves them."""
    service = await start()
    control = sdk(service, "iot")
    assert "accepted" in await asker.ask(CLASSIC, Operation.UPDATE, update(a=1))
    await control.call("create_thing", thingName=THING)
    await control.call("delete_thing", thingName=THING)

    assert (await asker.ask(CLASSIC, Operation.GET, b""))["accepted"]["version"] == 1


async def test_sh52_more_than_the_rate_is_429(
    start: Start, asker: ShadowAsker, sdk: Callable[..., Sdk]
) -> None:
    """Over MQTT with its token, over REST as ThrottlingException; without a rate there is none."""
    # One, and for a quarter of an hour none: a busy machine may take seconds for what follows.
    service = await start(requests_per_second=0.001)
    await asker.ask(CLASSIC, Operation.UPDATE, update(a=1))
    refused = (await asker.ask(CLASSIC, Operation.UPDATE, update(token="t", a=2)))["rejected"]
    answer = await sdk(service).refused("get_thing_shadow", thingName=THING)

    assert (refused["code"], refused["message"], refused["clientToken"]) == (429, "Too Many Requests", "t")
    assert answer["Error"] == {"Code": "ThrottlingException", "Message": "Too Many Requests"}


async def test_sh53_a_store_that_is_gone_is_500(start: Start, asker: ShadowAsker) -> None:
    """And when it is back, nothing was changed."""
    service = await start()
    await asker.ask(CLASSIC, Operation.UPDATE, update(a=1))
    await service.store.close()
    refused = (await asker.ask(CLASSIC, Operation.UPDATE, update(token="t", a=2)))["rejected"]
    await service.store.open()

    assert (refused["code"], refused["message"]) == (500, "Internal service failure")
    assert refused["clientToken"] == "t"
    got = (await asker.ask(CLASSIC, Operation.GET, b""))["accepted"]
    assert (got["version"], got["state"]) == (1, {"reported": {"a": 1}})


async def test_sh57_sh58_rest_and_mqtt_share_one_store(
    start: Start, asker: ShadowAsker, client: PahoTransport, sdk: Callable[..., Sdk]
) -> None:
    """A REST update and delete are heard on MQTT as if they had come from there; gets and errors are not."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    await client.subscribe([f"$aws/things/{THING}/shadow/+/+"], heard.put_nowait, qos=1)
    plane = sdk(await start())
    await plane.refused("get_thing_shadow", thingName=THING)
    await plane.refused("update_thing_shadow", thingName=THING, payload=b"{")
    updated = await plane.call("update_thing_shadow", thingName=THING, payload=update("desired", "t", a=1))
    await plane.call("get_thing_shadow", thingName=THING)
    deleted = await plane.call("delete_thing_shadow", thingName=THING)

    messages = [await asyncio.wait_for(heard.get(), 30) for _ in range(4)]
    said = {message.topic.partition("/shadow/")[2]: json.loads(message.payload) for message in messages}

    assert list(said) == ["update/delta", "update/documents", "update/accepted", "delete/accepted"]
    assert said["update/accepted"] == updated["payload"]
    assert all(said[kind]["clientToken"] == "t" for kind in said if kind.startswith("update"))
    assert said["delete/accepted"] == deleted["payload"]
    assert heard.empty()


async def test_sh57_what_mqtt_wrote_rest_reads(
    start: Start, asker: ShadowAsker, sdk: Callable[..., Sdk]
) -> None:
    """The same document, named shadows too."""
    plane = sdk(await start())
    await asker.ask(NAMED, Operation.UPDATE, update("desired", a=1))

    over_mqtt = (await asker.ask(NAMED, Operation.GET, b""))["accepted"]
    over_rest = (await plane.call("get_thing_shadow", thingName=THING, shadowName="s"))["payload"]

    assert over_rest | {"timestamp": 0} == over_mqtt | {"timestamp": 0}


async def test_sh59_errors_over_rest(start: Start, sdk: Callable[..., Sdk]) -> None:
    """Status, exception, text and request id, for each of AWS's exceptions that a client can cause."""
    plane = sdk(await start())
    await plane.call("update_thing_shadow", thingName=THING, payload=update(a=1))
    body = {"operation": "update_thing_shadow", "thingName": THING}
    wanted: dict[tuple[int, str], dict[str, Any]] = {
        (404, "ResourceNotFoundException"): {"operation": "get_thing_shadow", "thingName": "missing"},
        (400, "InvalidRequestException"): {**body, "payload": b"{}"},
        (409, "ConflictException"): {**body, "payload": b'{"state":{},"version":9}'},
        (413, "RequestEntityTooLargeException"): {**body, "payload": update(a="x" * 9000)},
        (415, "UnsupportedDocumentEncodingException"): {**body, "payload": b'{"state":{"a":"\xff"}}'},
    }
    for (status, kind), call in wanted.items():
        answer = await plane.refused(**call)
        metadata = answer["ResponseMetadata"]
        assert (metadata["HTTPStatusCode"], answer["Error"]["Code"]) == (status, kind)
        assert metadata["HTTPHeaders"]["x-amzn-errortype"] == kind
        assert metadata["HTTPHeaders"]["x-amzn-requestid"]
        assert answer["Error"]["Message"]
    fine = (await plane.call("get_thing_shadow", thingName=THING))["ResponseMetadata"]
    assert fine["HTTPHeaders"]["x-amzn-requestid"]


async def test_sh60_without_a_valid_signature_nothing_is_served(
    start: Start, sdk: Callable[..., Sdk]
) -> None:
    """Neither unsigned nor with another's secret."""
    service = await start()
    async with httpx.AsyncClient(trust_env=False) as http:
        unsigned = await http.get(f"http://127.0.0.1:{service.rest_port}/things/{THING}/shadow")
    wrong = await sdk(service, secret="another").refused("get_thing_shadow", thingName=THING)

    assert (unsigned.status_code, wrong["ResponseMetadata"]["HTTPStatusCode"]) == (403, 403)


async def test_sh61_named_shadows_in_pages(start: Start, asker: ShadowAsker, sdk: Callable[..., Sdk]) -> None:
    """In order, without the classic shadow and deleted ones; an unknown thing has none; 1 to 100 a page."""
    plane = sdk(await start())
    for shadow in (CLASSIC, *(ShadowId(THING, f"s{number}") for number in range(5))):
        await asker.ask(shadow, Operation.UPDATE, update(a=1))
    await asker.ask(ShadowId(THING, "s3"), Operation.DELETE, b"")

    names: list[str] = []
    token: dict[str, str] = {}
    for _ in range(2):
        page = await plane.call("list_named_shadows_for_thing", thingName=THING, pageSize=2, **token)
        names += page["results"]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else {}

    assert (names, token) == (["s0", "s1", "s2", "s4"], {})
    assert isinstance(page["timestamp"], int)
    assert (await plane.call("list_named_shadows_for_thing", thingName="nobody"))["results"] == []
    for size in (0, 101):
        answer = await plane.refused("list_named_shadows_for_thing", thingName=THING, pageSize=size)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400


async def test_sh62_what_was_accepted_is_in_the_file(
    broker: PlainBroker, client: PahoTransport, tmp_path: Path
) -> None:
    """Killed the moment that a client hears `accepted`, the service has kept that update."""
    path = tmp_path / "killed.db"
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.bridge_process",
        str(broker.port),
        f"sqlite:///{path}",
        stdout=asyncio.subprocess.PIPE,
    )
    assert service.stdout is not None
    assert await asyncio.wait_for(service.stdout.readline(), 30) == b"ready\n"
    accepted: list[int] = []

    def on_accepted(message: Any) -> None:
        accepted.append(json.loads(message.payload)["version"])
        if service.returncode is None:
            service.send_signal(signal.SIGKILL)

    await client.subscribe([f"$aws/things/{THING}/shadow/update/accepted"], on_accepted, qos=1)
    for number in range(50):
        client.publish(request_topic(CLASSIC, Operation.UPDATE), update(n=number), qos=1)
    await asyncio.wait_for(service.wait(), 30)
    store = SqliteStore(path)
    await store.open()
    item = await store.load(CLASSIC)
    await store.close()

    assert item is not None
    assert item.version >= max(accepted) >= 1
