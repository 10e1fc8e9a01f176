"""The desk: order, groups, other writers, a store that fails, and who hears what."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from itertools import pairwise
from typing import Any

import pytest

from broker_bridge.router import ShadowDesk
from broker_bridge.shadow.engine import apply
from broker_bridge.shadow.item import Item
from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.port import Change
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


async def test_requests_of_one_shadow_are_served_in_order(store: MemoryStore) -> None:
    """A thousand at once: versions without gap or double, each document follows from the one before."""
    published = Published()
    desk = ShadowDesk(store, published, lambda: 5.0)

    replies = await asyncio.gather(
        *(desk.request(SHADOW, Operation.UPDATE, update(n=number)) for number in range(1000))
    )

    versions = [json.loads(reply.payload)["version"] for reply in replies]
    assert versions == list(range(1, 1001))
    documents = [message for topic, message in published.messages if topic.endswith("documents")]
    assert [one["current"]["state"]["reported"]["n"] for one in documents] == list(range(1000))
    assert all(later["previous"] == earlier["current"] for earlier, later in pairwise(documents))
    item = await store.load(SHADOW)
    assert item is not None
    assert item.version == 1000


async def test_another_writer_is_never_overwritten(store: MemoryStore) -> None:
    """A version taken meanwhile is loaded again and the request applied to it."""
    published = Published()

    class Contended(MemoryStore):
        stolen = 3

        async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
            if self.stolen:
                self.stolen -= 1
                other = update(**{f"other{self.stolen}": 1})
                item = apply(await self.load(SHADOW), SHADOW, Operation.UPDATE, other, 5).item
                assert item is not None
                await super().save_all([Change(SHADOW, item, item.version - 1)])
            return await super().save_all(changes)

    contended = Contended()
    await contended.open()
    changed: list[int] = []
    desk = ShadowDesk(contended, published, lambda: 5.0, lambda _, item: changed.append(item.version))

    first = asyncio.create_task(desk.request(SHADOW, Operation.UPDATE, update(a=1)))
    second = asyncio.create_task(desk.request(SHADOW, Operation.UPDATE, update(b=1)))
    elsewhere = await desk.request(ShadowId("thing-2"), Operation.UPDATE, update(c=1))

    assert json.loads((await first).payload)["version"] == 4
    assert json.loads((await second).payload)["version"] == 5
    assert json.loads(elsewhere.payload)["version"] == 1
    item = await contended.load(SHADOW)
    assert item is not None
    reported = json.loads(item.document or b"")["state"]["reported"]
    assert reported.keys() == {"other0", "other1", "other2", "a", "b"}
    assert changed[-1] == 5


async def test_listeners_hear_of_changes_before_the_answer(store: MemoryStore) -> None:
    """A tombstone is a deletion; gets and refusals are no change; a listener that raises does no harm."""
    published, changed = Published(), list[tuple[ShadowId, Item, int]]()

    def failing(shadow: ShadowId, item: Item) -> None:
        raise RuntimeError("a defect in a listener")

    def listener(shadow: ShadowId, item: Item) -> None:
        changed.append((shadow, item, len(published.messages)))

    desk = ShadowDesk(store, published, lambda: 5.0, [failing, listener])
    await desk.request(SHADOW, Operation.GET, b"")
    await desk.request(SHADOW, Operation.UPDATE, update(a=1))
    await desk.request(SHADOW, Operation.DELETE, b"")

    assert [(item.version, item.document is None, said) for _, item, said in changed] == [
        (1, False, 1),
        (2, True, 3),
    ]
