"""The store port: shadows by id, each with a version that only the store's compare-and-set may move.

An item outlives its shadow's deletion as a tombstone (`document` is None), because the version goes on after a delete
(AWS: for 48 hours). The store knows nothing of merge rules; it keeps bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from broker_bridge.wire.topics import ShadowId


class StoreError(Exception):
    """Base of all store errors."""


class VersionTaken(StoreError):
    """The item was written by someone else since it was loaded: load again, apply again, save again."""


class StoreUnavailable(StoreError):
    """The store cannot answer now: disk full, locked, gone. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Item:
    """A shadow as stored."""

    version: int
    """The stored version; for a tombstone, the number that the deletion itself counted."""
    document: bytes | None
    """UTF-8 JSON `{"state":…,"metadata":…}`, or None for a tombstone."""
    written_at: int
    """Epoch seconds of the last write; a tombstone's age is counted from it."""


class ShadowStore(Protocol):
    """One suite of contract tests, `tests/contract/store_suite.py`, holds every adapter to these promises."""

    async def open(self) -> None:
        """Make ready, creating or upgrading the schema. Raises `StoreUnavailable` with a sentence that says why."""

    async def close(self) -> None:
        """Finish what was accepted, then release everything. Idempotent."""

    async def load(self, shadow: ShadowId) -> Item | None:
        """The item, tombstones included; None when there never was one or it was purged."""

    async def save(self, shadow: ShadowId, item: Item, *, expected_version: int) -> None:
        """Write durably, or raise `VersionTaken` when the stored version is not `expected_version` (0: no item).

        When this returns, the item survives the death of the process.
        """

    async def purge(self, shadow: ShadowId) -> None:
        """Forget the item altogether, tombstone included."""

    async def things(self, *, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Names of things with at least one living shadow, sorted, after `after`."""

    async def shadows_of(self, thing: str) -> Sequence[tuple[ShadowId, Item]]:
        """The living shadows of a thing, classic first, then named ones sorted by name."""

    async def ping(self) -> None:
        """Raise `StoreUnavailable` when the store cannot serve; used by the readiness check."""
