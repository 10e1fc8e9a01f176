"""The real shadow service in this process: engine, desk, router, index, in-memory broker and store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from broker_bridge.client import ShadowClient, ShadowId, ThingDocument, Unavailable
from broker_bridge.fleet.index import FleetIndex
from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.port import Item
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.wire.topics import Operation

Hook = Callable[[], None]


@dataclass
class ShadowService:
    """A shadow service with its fleet index, and what a test does to it."""

    desk: ShadowDesk
    index: FleetIndex
    broker: MemoryBroker
    client: ShadowClient
    reachable: bool = True
    """False: searching the fleet fails, as when the bridge is away."""
    during_search: list[Hook] = field(default_factory=list)
    """Called, and dropped, in the middle of the next search, between two pages."""
    page_size: int = 100
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set on every change of any shadow."""

    async def report(self, thing: str, reported: Any, name: str | None = None) -> int:
        """What a phone does: `reported` of its classic shadow, or of the named one; the new version."""
        payload = orjson.dumps({"state": {"reported": reported}})
        reply = await self.desk.request(ShadowId(thing, name), Operation.UPDATE, payload)
        assert reply.rejected is None, reply.rejected
        return int(orjson.loads(reply.payload)["version"])

    async def join(self, thing: str, room: str = "DEMO") -> None:
        """A phone of a room."""
        await self.report(thing, {"room": room, "os": "iOS"})

    async def vote(self, thing: str, key: str, option: str | None) -> int:
        """A ballot, or its withdrawal; the ballot's version."""
        return await self.report(thing, {key: None if option is None else {"choice": [option]}}, "ballot")

    async def search(self, query: str) -> AsyncIterator[ThingDocument]:
        """As `DataPlane.search`, straight from the index."""
        if not self.reachable:
            raise Unavailable("the bridge is away")
        token: str | None = None
        while True:
            page = self.index.search(query, self.page_size, token)
            for found in page.things:
                await asyncio.sleep(0)
                yield ThingDocument(found["thingName"], orjson.loads(found.get("shadow") or "{}"), {}, None)
            while self.during_search:
                self.during_search.pop()()
                await self.desk.idle()
            token = page.next_token
            if token is None:
                return

    async def delete_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """As `DataPlane.delete_shadow`, for a shadow that is there."""
        reply = await self.desk.request(ShadowId(thing, name), Operation.DELETE, b"", via_rest=True)
        assert reply.rejected is None, reply.rejected
        answer: dict[str, Any] = orjson.loads(reply.payload)
        return answer

    async def desired(self, thing: str, name: str) -> dict[str, Any]:
        """The desired state of a shadow; empty when there is none."""
        reply = await self.desk.request(ShadowId(thing, name), Operation.GET, b"", via_rest=True)
        if reply.rejected is not None:
            return {}
        state: dict[str, Any] = orjson.loads(reply.payload)["state"]
        desired: dict[str, Any] = state.get("desired", {})
        return desired

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait, at most 10 s, until a change of some shadow makes `condition` hold."""
        async with asyncio.timeout(30):
            self.changed.clear()
            while not await condition():
                await self.changed.wait()
                self.changed.clear()


@asynccontextmanager
async def shadow_service() -> AsyncIterator[ShadowService]:
    """A running service; its client is connected."""
    broker, index, store, changed = MemoryBroker(), FleetIndex(), MemoryStore(), asyncio.Event()
    bridge, room = MemoryTransport(broker, "bridge"), MemoryTransport(broker, "room")
    await store.open()
    await bridge.connect()
    await room.connect()

    def indexed(shadow: ShadowId, item: Item) -> None:
        document = None if item.document is None else orjson.loads(item.document)
        index.put(shadow, document, item.version, item.written_at)
        changed.set()

    desk = ShadowDesk(store, lambda topic, payload: bridge.publish(topic, payload, qos=1), on_change=indexed)
    router = ShadowRouter(bridge, desk)
    await router.start()
    try:
        yield ShadowService(desk, index, broker, ShadowClient(room), changed=changed)
    finally:
        await router.stop()
        await room.close()
        await bridge.close()
        await store.close()
