"""The rules of docs/spec/shadow.md at the desk: commits, refusals of its own, REST beside MQTT."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

import pytest

from broker_bridge.router import Reply, ShadowDesk, ShadowRouter
from broker_bridge.shadow.item import Item
from broker_bridge.shadow.rate import Rate
from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.port import Change, StoreUnavailable
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.wire.topics import Operation, ShadowId
from tests.support.published import Published

SHADOW = ShadowId("thing-1")


@pytest.fixture
async def store() -> AsyncIterator[MemoryStore]:
    """An open store."""
    store = MemoryStore()
    await store.open()
    yield store
    await store.close()


def update(**state: Any) -> bytes:
    """An update of reported."""
    return json.dumps({"state": {"reported": state}}).encode()


async def test_sh62_an_answer_is_published_only_after_the_commit(store: MemoryStore) -> None:
    """While the store writes, nothing is said."""
    published, released = Published(), asyncio.Event()

    class Slow(MemoryStore):
        async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
            await released.wait()
            return await super().save_all(changes)

    slow = Slow()
    await slow.open()
    desk = ShadowDesk(slow, published, lambda: 5.0)
    request = asyncio.create_task(desk.request(SHADOW, Operation.UPDATE, update(a=1)))
    for _ in range(10):
        await asyncio.sleep(0)

    assert published.messages == []
    released.set()
    await request
    assert published.kinds() == ["update/documents", "update/accepted"]


async def test_sh53_a_store_that_fails_is_500_and_the_service_goes_on(store: MemoryStore) -> None:
    """With the token, and without a word of success."""
    published = Published()
    desk = ShadowDesk(store, published, lambda: 5.0)
    await store.close()

    reply = await desk.request(SHADOW, Operation.UPDATE, b'{"state":{},"clientToken":"t"}')

    assert reply.rejected is not None
    assert reply.rejected.code == 500
    assert json.loads(reply.payload)["clientToken"] == "t"
    assert published.kinds() == ["update/rejected"]
    await store.open()
    assert (await desk.request(SHADOW, Operation.UPDATE, update(a=1))).rejected is None


async def test_sh53_a_commit_that_fails_changes_nothing(store: MemoryStore) -> None:
    """No listener is told, no version is spent."""

    class Full(MemoryStore):
        async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
            raise StoreUnavailable("disk full")

    full, changed = Full(), list[Item]()
    await full.open()
    desk = ShadowDesk(full, Published(), lambda: 5.0, lambda _, item: changed.append(item))

    reply = await desk.request(SHADOW, Operation.UPDATE, update(a=1))

    assert reply.rejected is not None
    assert reply.rejected.code == 500
    assert changed == []
    assert await full.load(SHADOW) is None


async def test_sh57_sh58_rest_hears_its_own_errors_and_gets(store: MemoryStore) -> None:
    """Over MQTT only its updates and deletes are seen."""
    published = Published()
    desk = ShadowDesk(store, published, lambda: 5.0)

    async def rest(operation: Operation, payload: bytes = b"") -> Reply:
        return await desk.request(SHADOW, operation, payload, via_rest=True)

    missing = await rest(Operation.GET)
    wrong = await rest(Operation.UPDATE, b"{")
    assert (await rest(Operation.UPDATE, b'{"state":{"desired":{"a":1}}}')).rejected is None
    got = await rest(Operation.GET)
    gone = await rest(Operation.DELETE)

    assert missing.rejected is not None
    assert wrong.rejected is not None
    assert json.loads(got.payload)["state"]["delta"] == {"a": 1}
    assert json.loads(gone.payload)["version"] == 1
    assert published.kinds() == ["update/delta", "update/documents", "update/accepted", "delete/accepted"]


async def test_sh52_a_thing_over_its_rate_is_429(store: MemoryStore) -> None:
    """Others are served."""
    published = Published()
    desk = ShadowDesk(store, published, lambda: 5.0, rate=Rate(per_second=0.001, burst=2))

    replies = [await desk.request(SHADOW, Operation.UPDATE, update(a=1)) for _ in range(3)]
    other = await desk.request(ShadowId("thing-2"), Operation.UPDATE, update(a=1))

    assert [reply.rejected and reply.rejected.code for reply in replies] == [None, None, 429]
    assert other.rejected is None


async def test_sh3_sh4_retained_and_foreign_requests_are_ignored(store: MemoryStore) -> None:
    """An old request that a broker kept is not served again; names that AWS would refuse are not answered."""
    broker = MemoryBroker()
    service, client = MemoryTransport(broker, "service"), MemoryTransport(broker, "client")
    broker.publish("$aws/things/thing-1/shadow/update", update(a=1), qos=1, retain=True)
    desk = ShadowDesk(store, lambda topic, payload: service.publish(topic, payload, qos=1), lambda: 5.0)
    await ShadowRouter(service, desk).start()
    await service.connect()
    await client.connect()

    await client.publish("$aws/things/bad name/shadow/update", update(a=1), qos=1)
    await client.publish("$aws/things/thing-2/shadow/update", update(a=1), qos=1)
    await _until_stored(store)

    assert list(await store.things()) == ["thing-2"]
    await service.close()
    await client.close()


async def test_sh62_a_request_is_acknowledged_after_its_answer(store: MemoryStore) -> None:
    """A service that dies in between hears the request again, and never loses it."""
    broker, released = MemoryBroker(), asyncio.Event()

    class Slow(MemoryStore):
        async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
            await released.wait()
            return await super().save_all(changes)

    slow = Slow()
    await slow.open()
    first = MemoryTransport(broker, "service", clean_session=False)
    client = MemoryTransport(broker, "client")
    await client.connect()
    desk = ShadowDesk(slow, lambda topic, payload: first.publish(topic, payload, qos=1), lambda: 5.0)
    await ShadowRouter(first, desk).start()
    await first.connect()
    await client.publish("$aws/things/thing-1/shadow/update", update(a=1), qos=1)
    for _ in range(10):
        await asyncio.sleep(0)
    await first.close()
    released.set()
    await desk.idle()

    second, again = MemoryTransport(broker, "service", clean_session=False), MemoryStore()
    await again.open()
    desk = ShadowDesk(again, lambda topic, payload: second.publish(topic, payload, qos=1), lambda: 5.0)
    await ShadowRouter(second, desk).start()
    await second.connect()
    await _until_stored(again)

    assert list(await again.things()) == ["thing-1"]
    await second.close()
    await client.close()


async def _until_stored(store: MemoryStore) -> None:
    async with asyncio.timeout(30):
        while not await store.things():  # noqa: ASYNC110, the memory store has no event for it
            await asyncio.sleep(0)
