"""The thing registry as a port, and one in memory. Shadows need no registration; a registration adds
attributes."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

THINGS_MAX: Final = 100_000
"""Things that a registry takes, so that no client can fill memory or disk."""


class ThingExists(Exception):
    """A thing of this name is registered with other properties."""


class VersionChanged(Exception):
    """The thing's version is not the one the caller expected."""


class RegistryFull(Exception):
    """The registry takes no further things."""


@dataclass(frozen=True, slots=True)
class RegisteredThing:
    """A thing as registered; `version` counts its changes from 1."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    thing_type: str | None = None
    version: int = 1


class Registry(Protocol):
    """Registered things by name, as durable as the store they belong to. All raise `StoreUnavailable`."""

    async def create(self, thing: RegisteredThing) -> RegisteredThing:
        """Register; the same registration again is fine. Raises `ThingExists`, `RegistryFull`."""

    async def describe(self, name: str) -> RegisteredThing | None:
        """The thing, None when it is not registered."""

    async def page(self, after: str, limit: int) -> Sequence[RegisteredThing]:
        """Things sorted by name, those after `after`, at most `limit`."""

    async def delete(self, name: str, expected_version: int | None = None) -> None:
        """Forget; an unknown thing is fine. Raises `VersionChanged`."""


def same_registration(known: RegisteredThing, asked: RegisteredThing) -> bool:
    """True when creating `asked` finds itself in `known`."""
    return (dict(known.attributes), known.thing_type) == (dict(asked.attributes), asked.thing_type)


def full() -> RegistryFull:
    """The sentence for a registry at its bound."""
    return RegistryFull(f"the registry holds {THINGS_MAX} things already")


class MemoryRegistry:
    """A `Registry` that lives as long as this object."""

    def __init__(self) -> None:
        self._things: dict[str, RegisteredThing] = {}
        self._names: list[str] | None = []

    def clear(self) -> None:
        """Forget every registration at once."""
        self._things.clear()
        self._names = []

    async def create(self, thing: RegisteredThing) -> RegisteredThing:
        """Register."""
        known = self._things.get(thing.name)
        if known is not None:
            if not same_registration(known, thing):
                raise ThingExists(thing.name)
            return known
        if len(self._things) >= THINGS_MAX:
            raise full()
        self._things[thing.name] = thing
        self._names = None
        return thing

    async def describe(self, name: str) -> RegisteredThing | None:
        """The thing, or None."""
        return self._things.get(name)

    async def page(self, after: str, limit: int) -> Sequence[RegisteredThing]:
        """Things sorted by name."""
        if self._names is None:
            self._names = sorted(self._things)
        first = bisect_right(self._names, after)
        return [self._things[name] for name in self._names[first : first + limit]]

    async def delete(self, name: str, expected_version: int | None = None) -> None:
        """Forget."""
        known = self._things.get(name)
        if known is None:
            return
        if expected_version is not None and expected_version != known.version:
            raise VersionChanged(name)
        del self._things[name]
        self._names = None
