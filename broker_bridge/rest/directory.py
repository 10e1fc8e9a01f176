"""Which things there are: those that were registered, those with a shadow, and devices with a credential.

Locally nobody has to register anything, so a thing without a registration is one without attributes.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from typing import Final

from broker_bridge.fleet import FleetIndex, Registration
from broker_bridge.store.registry import RegisteredThing, Registry

PAGE: Final = 1_000
"""Registrations read at a time while the index is filled."""
LOOK_S: Final = 0.5
"""Between looks whether other devices were let in: what `things add` does is seen within a second."""

Devices = Callable[[], Collection[str]]
"""The devices that have a credential now; cheap while they are the same."""


def nobody() -> Collection[str]:
    """For a service that knows of no devices."""
    return ()


class ThingDirectory:
    """The registry, and beside it whatever else is a thing. Keeps the fleet index current."""

    def __init__(self, registry: Registry, index: FleetIndex, devices: Devices = nobody) -> None:
        self._registry = registry
        self._index = index
        self._devices = devices
        self._known: frozenset[str] = frozenset()

    async def fill(self) -> None:
        """Put what is known at the start into the index."""
        after = ""
        while things := await self._registry.page(after, PAGE):
            for thing in things:
                self._index.register(thing.name, _registration(thing))
            after = things[-1].name
        await self.refresh()

    async def follow_devices(self) -> None:
        """Look for other devices until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.refresh()

    async def refresh(self) -> None:
        """Follow the devices as they are now."""
        now = frozenset(self._devices())
        before, self._known = self._known, now
        for name in now ^ before:
            if await self._registry.describe(name) is None:
                self._index.register(name, self._unregistered(name))

    async def create(self, thing: RegisteredThing) -> RegisteredThing:
        """Register. Raises what `Registry.create` raises."""
        made = await self._registry.create(thing)
        self._index.register(made.name, _registration(made))
        return made

    async def describe(self, name: str) -> RegisteredThing | None:
        """The thing; None when there is none of this name."""
        await self.refresh()
        registered = await self._registry.describe(name)
        if registered is None and name in self._index:
            return RegisteredThing(name)
        return registered

    async def page(self, after: str, limit: int) -> Sequence[RegisteredThing]:
        """Things sorted by name, those after `after`, at most `limit`."""
        await self.refresh()
        registered = {thing.name: thing for thing in await self._registry.page(after, limit)}
        names = self._index.things()
        first = bisect_right(names, after)
        return [registered.get(name) or RegisteredThing(name) for name in names[first : first + limit]]

    async def delete(self, name: str, expected_version: int | None = None) -> None:
        """Forget the registration; what else makes it a thing stays. Raises `VersionChanged`."""
        await self._registry.delete(name, expected_version)
        self._index.register(name, self._unregistered(name))

    def _unregistered(self, name: str) -> Registration | None:
        return _registration(RegisteredThing(name)) if name in self._known else None


def _registration(thing: RegisteredThing) -> Registration:
    return Registration(thing.attributes, thing.thing_type, thing.version)
