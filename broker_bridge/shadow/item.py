"""A shadow as it is kept: bytes with a version."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """A shadow as stored. It outlives its shadow's deletion as a tombstone, because the version goes on."""

    version: int
    """The stored version; for a tombstone, the number that the deletion itself counted."""
    document: bytes | None
    """UTF-8 JSON `{"state":…,"metadata":…}`, or None for a tombstone."""
    written_at: int
    """Epoch seconds of the last write; a tombstone's age is counted from it."""
