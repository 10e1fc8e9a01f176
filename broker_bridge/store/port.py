"""The store port: shadows by id, each with a version that only the store's compare-and-set may move.

An item outlives its shadow's deletion as a tombstone (`document` is None), because the version goes on after
a delete (AWS: for 48 hours). The store knows nothing of merge rules; it keeps bytes.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from broker_bridge.shadow.item import Item
from broker_bridge.store.registry import Registry
from broker_bridge.store.retained import RetainedTimes
from broker_bridge.wire.topics import ShadowId

__all__ = ["Change", "Item", "ShadowStore", "StoreError", "StoreUnavailable", "VersionTaken"]


class StoreError(Exception):
    """Base of all store errors."""


class VersionTaken(StoreError):
    """The item was written by someone else since it was loaded: load again, apply again, save again."""


class StoreUnavailable(StoreError):
    """The store cannot answer now: disk full, locked, gone. Nothing was written."""


class Change(NamedTuple):
    """One item to write, if the stored version is still `expected_version` (0: there is no item)."""

    shadow: ShadowId
    item: Item
    expected_version: int


class ShadowStore(Protocol):
    """One suite of contract tests, `tests/contract/store_suite.py`, holds every adapter to these promises."""

    @property
    def registry(self) -> Registry:
        """The things that were registered."""

    @property
    def retained(self) -> RetainedTimes:
        """When the broker's retained messages were last changed."""

    async def open(self) -> None:
        """Make ready, creating or upgrading the schema. Raises `StoreUnavailable` with a sentence that says
        why."""

    async def close(self) -> None:
        """Finish what was accepted, then release everything. Idempotent."""

    async def load(self, shadow: ShadowId) -> Item | None:
        """The item, tombstones included; None when there never was one or it was purged.

        After a `VersionTaken` it is what the other writer wrote, never an older copy.
        """

    async def save(self, shadow: ShadowId, item: Item, *, expected_version: int) -> None:
        """Write durably, or raise `VersionTaken` when the stored version is not `expected_version` (0: no
        item).

        When this returns, the item survives the death of the process.
        """

    async def save_all(self, changes: Sequence[Change]) -> Collection[ShadowId]:
        """Write changes of different shadows durably, each as `save` would, and all at the price of about
        one.

        Returns the shadows whose version was taken; all others are written. Raises `StoreUnavailable` when
        none is.
        """

    async def purge(self, shadow: ShadowId) -> None:
        """Forget the item altogether, tombstone included."""

    async def purge_tombstones(self, *, written_before: int) -> int:
        """Forget all tombstones written before this epoch second; returns how many there were."""

    async def things(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Names of things with at least one living shadow, sorted, after `after`."""

    async def shadows_of(self, thing: str) -> Sequence[tuple[ShadowId, Item]]:
        """The living shadows of a thing, classic first, then named ones sorted by name."""

    async def ping(self) -> None:
        """Raise `StoreUnavailable` when the store cannot serve; used by the readiness check."""
