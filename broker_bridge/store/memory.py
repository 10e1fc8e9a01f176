"""Shadows in this process's memory: for tests, for demonstrations, and for whoever wants no file."""

from collections.abc import Collection, Sequence

from broker_bridge.shadow.item import Item
from broker_bridge.store.port import Change, StoreUnavailable, VersionTaken
from broker_bridge.store.registry import MemoryRegistry
from broker_bridge.store.retained import MemoryRetainedTimes
from broker_bridge.wire.topics import ShadowId


class MemoryStore:
    """A `ShadowStore` that lives as long as this object; closing it keeps the items, and opening it again is
    fine."""

    def __init__(self) -> None:
        self.registry = MemoryRegistry()
        self.retained = MemoryRetainedTimes()
        self._items: dict[ShadowId, Item] = {}
        self._open = False

    async def open(self) -> None:
        """Make ready."""
        self._open = True

    async def close(self) -> None:
        """Stop serving."""
        self._open = False

    def clear(self) -> None:
        """Forget everything at once, tombstones included; what is saved next begins at version 1 again."""
        self._items.clear()
        self.registry.clear()
        self.retained.clear()

    async def load(self, shadow: ShadowId) -> Item | None:
        """The item, tombstones included."""
        await self.ping()
        return self._items.get(shadow)

    async def save(self, shadow: ShadowId, item: Item, *, expected_version: int) -> None:
        """Write, or raise `VersionTaken`."""
        if await self.save_all([Change(shadow, item, expected_version)]):
            raise VersionTaken(f"{shadow} is no longer at version {expected_version}")

    async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
        """Write all whose version is still the expected one; returns the shadows of the others."""
        await self.ping()
        taken = set()
        for shadow, item, expected_version in changes:
            current = self._items.get(shadow)
            if (current.version if current else 0) == expected_version:
                self._items[shadow] = item
            else:
                taken.add(shadow)
        return taken

    async def purge(self, shadow: ShadowId) -> None:
        """Forget the item altogether."""
        await self.ping()
        self._items.pop(shadow, None)

    async def purge_tombstones(self, *, written_before: int) -> int:
        """Forget old tombstones."""
        await self.ping()
        old = [
            shadow
            for shadow, item in self._items.items()
            if item.document is None and item.written_at < written_before
        ]
        for shadow in old:
            del self._items[shadow]
        return len(old)

    async def things(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Names of things with a living shadow, sorted."""
        await self.ping()
        names = {shadow.thing for shadow, item in self._items.items() if item.document is not None}
        return sorted(name for name in names if name > after)[:limit]

    async def shadows_of(self, thing: str) -> Sequence[tuple[ShadowId, Item]]:
        """The living shadows of a thing, classic first."""
        await self.ping()
        living = [
            (shadow, item)
            for shadow, item in self._items.items()
            if shadow.thing == thing and item.document is not None
        ]
        return sorted(living, key=lambda entry: entry[0].name or "")

    async def ping(self) -> None:
        """Raise `StoreUnavailable` while the store is closed."""
        if not self._open:
            raise StoreUnavailable("the memory store is not open")
