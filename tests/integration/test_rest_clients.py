"""Our own clients against the real service: shadow requests over MQTT, the data plane over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from broker_bridge.client import (
    Bucket,
    DataPlane,
    DataPlaneError,
    ShadowClient,
    ShadowId,
    ShadowRefused,
    Timeout,
    Unavailable,
)
from tests.support.data_plane import REGION, DataPlaneService, data_plane

SCENE = ShadowId("room", "scene")


@pytest.fixture
async def service() -> AsyncIterator[DataPlaneService]:
    """A service of its own for each test."""
    async with data_plane() as running:
        yield running


@pytest.fixture
async def shadows(service: DataPlaneService) -> ShadowClient:
    """A client on an MQTT connection of its own."""
    return ShadowClient(await service.transport("client"))


@pytest.fixture
async def plane(service: DataPlaneService) -> DataPlane:
    """A client over HTTP."""
    return await service.dataplane()


async def test_update_get_delete_over_mqtt(shadows: ShadowClient) -> None:
    """An update gives the accepted message, a get the document, a delete its version."""
    accepted = await shadows.update(SCENE, desired={"by": "os"})
    assert (accepted["state"], accepted["version"]) == ({"desired": {"by": "os"}}, 1)
    assert (await shadows.update(SCENE, desired=None, reported={"a": 1}, version=1))["version"] == 2
    assert (await shadows.get(SCENE))["state"] == {"reported": {"a": 1}}
    assert (await shadows.delete(SCENE))["version"] == 2


async def test_refusals_over_mqtt_have_code_and_message(shadows: ShadowClient) -> None:
    """A missing shadow is 404 and a stale version 409, with AWS's texts."""
    with pytest.raises(ShadowRefused, match="404 No shadow exists with name: 'scene'"):
        await shadows.get(SCENE)
    with pytest.raises(ShadowRefused) as refused:
        await shadows.update(SCENE, desired={"a": 1}, version=5)
    assert (refused.value.code, refused.value.message) == (409, "Version conflict")


async def test_concurrent_requests_get_their_own_answers(shadows: ShadowClient) -> None:
    """Hundred updates of one shadow at once: each caller hears of exactly its own."""
    answers = await asyncio.gather(*(shadows.update(SCENE, reported={f"k{n}": n}) for n in range(100)))
    assert [answer["state"] for answer in answers] == [{"reported": {f"k{n}": n}} for n in range(100)]
    assert sorted(answer["version"] for answer in answers) == list(range(1, 101))


async def test_subscriptions_are_bounded(
    service: DataPlaneService, shadows: ShadowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shadow asked longest ago makes room, and can be asked again."""
    monkeypatch.setattr("broker_bridge.client.shadow.SUBSCRIBED_MAX", 2)
    for round_ in (1, 2):
        for thing in ("a", "b", "c"):
            assert (await shadows.update(ShadowId(thing), reported={"n": round_}))["version"] == round_
    assert list(shadows._subscribed) == [ShadowId("b"), ShadowId("c")]
    await asyncio.gather(*(shadows.update(ShadowId(f"t{n}"), reported={}) for n in range(20)))


async def test_no_answer_is_a_timeout(service: DataPlaneService, shadows: ShadowClient) -> None:
    """When nobody serves shadows, a request ends with `Timeout`, and the next one starts afresh."""
    service.broker.deny("$aws/things/room/shadow/name/scene/get")
    with pytest.raises(Timeout):
        await shadows.get(SCENE, timeout=0.2)
    assert (await shadows.update(SCENE, desired={"a": 1}))["version"] == 1


async def test_a_denied_subscription_is_a_refusal(service: DataPlaneService, shadows: ShadowClient) -> None:
    """A broker that forbids the answers makes the request fail at once, not after the time-out."""
    service.broker.deny("$aws/things/room/shadow/name/scene/+/accepted")
    with pytest.raises(ShadowRefused) as refused:
        await shadows.get(SCENE)
    assert refused.value.code == 403


async def test_documents_are_watched_by_shadow_name(service: DataPlaneService, shadows: ShadowClient) -> None:
    """Watchers of classic and of named shadows hear of every accepted update of theirs, and of no other."""
    heard: asyncio.Queue[tuple[ShadowId, Any]] = asyncio.Queue()
    watcher = ShadowClient(await service.transport("watcher"))
    await watcher.watch_documents(None, lambda shadow, body: heard.put_nowait((shadow, body)))
    await watcher.watch_documents("ballot", lambda shadow, body: heard.put_nowait((shadow, body)))
    await shadows.update(ShadowId("p", "other"), reported={"x": 1})
    await shadows.update(ShadowId("p"), reported={"a": 1})
    await shadows.update(ShadowId("p", "ballot"), reported={"p1": {"choice": ["a"]}})
    shadow, body = await asyncio.wait_for(heard.get(), 30)
    assert (shadow, body["current"]["state"]) == (ShadowId("p"), {"reported": {"a": 1}})
    shadow, body = await asyncio.wait_for(heard.get(), 30)
    assert shadow == ShadowId("p", "ballot")
    assert heard.empty()


async def test_noise_on_documents_is_left_out(service: DataPlaneService) -> None:
    """What is not a documents message never reaches the handler."""
    heard: asyncio.Queue[ShadowId] = asyncio.Queue()
    watcher = ShadowClient(await service.transport("watcher"))
    await watcher.watch_documents(None, lambda shadow, _: heard.put_nowait(shadow))
    for noise in (b"", b"[]", b"{}", b"\xff", b'{"current":1}'):
        service.broker.publish("$aws/things/p/shadow/update/documents", noise)
    service.broker.publish("$aws/things/q/shadow/update/documents", b'{"current":{"version":1}}')
    assert await asyncio.wait_for(heard.get(), 30) == ShadowId("q")


async def test_shadows_over_http(plane: DataPlane) -> None:
    """Update, get, list and delete; a named shadow stays apart from the classic one."""
    assert (await plane.update_shadow("p:1", {"state": {"reported": {"a": 1}}}))["version"] == 1
    await plane.update_shadow("p:1", {"state": {"reported": {"b": 2}}}, "s:1")
    assert (await plane.get_shadow("p:1"))["state"] == {"reported": {"a": 1}}
    assert (await plane.get_shadow("p:1", "s:1"))["state"] == {"reported": {"b": 2}}
    assert await plane.list_named_shadows("p:1") == ["s:1"]
    await plane.delete_shadow("p:1", "s:1")
    with pytest.raises(ShadowRefused) as refused:
        await plane.get_shadow("p:1", "s:1")
    assert (refused.value.code, refused.value.message) == (404, "No shadow exists with name: 's:1'")


async def test_search_walks_all_pages(plane: DataPlane) -> None:
    """All matches come, in order, each once, with the shadow parsed."""
    for number in range(25):
        await plane.update_shadow(f"phone-{number:02}", {"state": {"reported": {"n": number}}})
    found = [thing async for thing in plane.search("shadow.reported.n<20", page_size=7)]
    assert [thing.thing for thing in found] == [f"phone-{number:02}" for number in range(20)]
    assert found[3].shadow["reported"] == {"n": 3}
    assert found[3].connected is None


async def test_named_shadows_walk_all_pages(plane: DataPlane) -> None:
    """More named shadows than a page holds are all listed."""
    names = [f"s{number:03}" for number in range(101)]
    for name in names:
        await plane.update_shadow("p", {"state": {"reported": {}}}, name)
    assert await plane.list_named_shadows("p") == names


async def test_buckets_over_http(plane: DataPlane) -> None:
    """The commonest values first."""
    for number, system in enumerate(("iOS", "Android", "iOS")):
        await plane.update_shadow(f"p{number}", {"state": {"reported": {"os": system}}})
    assert await plane.buckets("*", "shadow.reported.os") == [Bucket("iOS", 2), Bucket("Android", 1)]


async def test_a_bad_query_is_a_typed_error(plane: DataPlane) -> None:
    """The index's complaint reaches the caller with its name and its column."""
    with pytest.raises(DataPlaneError) as refused:
        [thing async for thing in plane.search("(")]
    assert (refused.value.status, refused.value.code) == (400, "InvalidQueryException")
    assert "column 2" in refused.value.message


async def test_ping(service: DataPlaneService, plane: DataPlane) -> None:
    """It returns when the service answers, and says what is wrong otherwise: keys, or nobody there."""
    await plane.ping()
    with pytest.raises(DataPlaneError, match="InvalidSignatureException"):
        await (await service.dataplane(secret="x" * 40)).ping()
    async with DataPlane("http://127.0.0.1:9", REGION, "a", "b") as nobody:
        with pytest.raises(Unavailable):
            await nobody.ping()


async def test_strange_names_cannot_leave_their_path(plane: DataPlane) -> None:
    """A name with slashes, dots or a query is refused as a name, and reaches no other operation."""
    for name in ("../indices", "a/shadow?name=b", "a%2Fb", "ä", " "):
        with pytest.raises(ShadowRefused) as refused:
            await plane.get_shadow(name)
        assert refused.value.code == 400


async def test_health_needs_no_signature_and_names_what_is_wrong(service: DataPlaneService) -> None:
    """`/readyz` is 200 while all parts say ok, else 503 with the part's own words."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as http:
        assert (await http.get("/healthz")).status_code == 200
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "broker": "ok", "store": "ok"})
        service.parts["broker"] = "not connected"
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["broker"]) == (503, "not connected")
        assert "shadow_requests_total" in (await http.get("/metrics")).text


async def test_without_signature_nothing_but_health(service: DataPlaneService) -> None:
    """Every other path is 403 with AWS's error, whether it exists or not."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as http:
        for path in ("/things/t/shadow", "/nothing", "/%68ealthz", "/healthz/", "/indices/search"):
            answer = await http.post(path, content=b"{}")
            assert answer.status_code == 403
            assert answer.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
            assert answer.headers["x-amzn-requestid"]
            assert answer.json() == {"message": "Missing Authentication Token"}
