"""The application around a desk that misbehaves, and the parts of it that need no desk."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.client.signing import AwsSignature
from broker_bridge.fleet import FleetIndex
from broker_bridge.rest import AccessKeys, create_app
from broker_bridge.rest import health as health_module
from broker_bridge.rest import shadows as shadows_module
from broker_bridge.rest.errors import AwsError
from broker_bridge.rest.publishing import user_properties
from broker_bridge.router import Reply
from broker_bridge.transport.port import Dropped
from broker_bridge.wire.topics import Operation, ShadowId


class OddDesk:
    """A desk that does what `does` says: raise it, or never answer."""

    def __init__(self) -> None:
        self.does: Exception | None = None

    async def request(
        self, shadow: ShadowId, operation: Operation, payload: bytes, *, via_rest: bool = False
    ) -> Reply:
        """As told."""
        assert via_rest
        if self.does is not None:
            raise self.does
        await asyncio.Event().wait()
        raise AssertionError


async def healthy() -> Mapping[str, str]:
    """All is well."""
    return {"store": "ok"}


def client(app: Any) -> httpx.AsyncClient:
    """A signing client of an application in this process."""
    signature = AwsSignature("iotdata", "eu-central-1", Credentials("key", "secret"))
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://bridge", auth=signature)


@pytest.fixture
def desk() -> OddDesk:
    """The desk of the application."""
    return OddDesk()


@pytest.fixture
async def http(desk: OddDesk) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application without broker."""
    async with client(create_app(desk, FleetIndex(), AccessKeys({"key": "secret"}), healthy)) as made:
        yield made


def refused(answer: httpx.Response, status: int, kind: str) -> str:
    """Check an error's shape; gives its message."""
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (status, kind)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-amzn-requestid"]
    message: str = answer.json()["message"]
    assert message
    return message


async def test_a_defect_is_awss_500_without_its_text(http: httpx.AsyncClient, desk: OddDesk) -> None:
    """What goes wrong inside is logged, and the client hears only AWS's sentence."""
    desk.does = RuntimeError("the secret inside")
    message = refused(await http.get("/things/t/shadow"), 500, "InternalFailureException")
    assert message == "Internal service failure"


async def test_a_desk_that_does_not_answer_is_503(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request never waits longer than its time-out."""
    monkeypatch.setattr(shadows_module, "ANSWER_TIMEOUT_S", 0.05)
    refused(await http.get("/things/t/shadow"), 503, "ServiceUnavailableException")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/things/t/shadow"),
        ("GET", "/topics/a"),
        ("POST", "/retainedMessage/a"),
        ("DELETE", "/indices"),
        ("GET", "/retainedMessage/a"),
        ("POST", "/topics/a"),
    ],
)
async def test_wrong_verbs_and_missing_parts_are_405(http: httpx.AsyncClient, method: str, path: str) -> None:
    """A verb that a resource does not have, and an operation that was not switched on."""
    refused(await http.request(method, path), 405, "MethodNotAllowedException")


@pytest.mark.parametrize(
    "path", ["/", "/things/t/shadow/", "/things/a/b/shadow", "/connections/c", "/things//shadow", "/jobs"]
)
async def test_unknown_paths_are_404(http: httpx.AsyncClient, path: str) -> None:
    """Whatever is not an operation of this service."""
    refused(await http.get(path), 404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/indices/search", b"["),
        ("/indices/search", b"[]"),
        ("/indices/search", b""),
        ("/indices/search", b'{"queryString":5}'),
        ("/indices/search", b'{"queryString":"*","maxResults":"1"}'),
        ("/indices/search", b'{"queryString":"*","maxResults":true}'),
        ("/indices/search", b'{"queryString":"*","queryVersion":"2020-01-01"}'),
        ("/indices/buckets", b'{"queryString":"*","aggregationField":"f"}'),
        ("/indices/buckets", b'{"queryString":"*","bucketsAggregationType":{"termsAggregation":{}}}'),
        ("/indices/percentiles", b'{"queryString":"*","percents":["1"]}'),
        ("/things/t", b'{"attributePayload":{"attributes":{"a b":"c"}}}'),
        ("/things/t", b'{"attributePayload":{"attributes":{"a":5}}}'),
        ("/things/t", b'{"attributePayload":{"attributes":[]}}'),
        ("/things/t", b'{"attributePayload":5}'),
        ("/things/t", b'{"thingTypeName":5}'),
    ],
)
async def test_bodies_that_are_not_requests_are_400(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    """JSON of the wrong shape is refused with a sentence."""
    refused(await http.post(path, content=body), 400, "InvalidRequestException")


@pytest.mark.parametrize(
    "path",
    [
        "/things?maxResults=0",
        "/things?maxResults=x",
        "/things?nextToken=x",
        "/things?thingTypeName=x",
        "/things/%FF/shadow",
        "/api/things/shadow/ListNamedShadowsForThing/t?pageSize=101",
        "/retainedMessage?maxResults=201",
    ],
)
async def test_bad_parameters_are_400(http: httpx.AsyncClient, path: str) -> None:
    """Numbers out of bounds, made-up tokens and broken names."""
    refused(await http.get(path), 400, "InvalidRequestException")


async def test_a_broker_that_is_away_is_500() -> None:
    """A message that the broker did not take is not called published."""

    async def lost(topic: str, payload: bytes, **_: object) -> None:
        raise Dropped

    app = create_app(OddDesk(), FleetIndex(), AccessKeys({"key": "secret"}), healthy, lost)
    async with client(app) as http:
        refused(await http.post("/topics/a?qos=1", content=b"x"), 500, "InternalFailureException")


async def test_readiness_does_not_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts that do not say how they are make the service unready."""

    async def hangs() -> Mapping[str, str]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(health_module, "READY_TIMEOUT_S", 0.05)
    async with client(create_app(OddDesk(), FleetIndex(), AccessKeys({"key": "secret"}), hangs)) as http:
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


def encoded(value: Any) -> str:
    """As the SDK puts it into the header."""
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_user_properties_may_be_encoded_twice() -> None:
    """boto3 encodes a caller's JSON text once more; both forms mean the same."""
    properties = [{"k": "v"}]
    assert user_properties(encoded(properties)) == properties
    assert user_properties(encoded(json.dumps(properties))) == properties


@given(st.text(max_size=20) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(encoded))
def test_other_user_properties_are_refused(header: str) -> None:
    """Whatever the header holds, it is properties or AWS's 400."""
    try:
        found = user_properties(header)
    except AwsError as error:
        status = error.status
    else:
        status = 400 if all(isinstance(item, dict) for item in found) else 200
    assert status == 400
