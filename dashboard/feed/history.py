"""Marks and traits on the wire, grouped by what they share, and the bounded memory from which a cursor
resumes. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, Final, Generic, TypeVar

from dashboard.rooms.facts import Trait
from dashboard.rooms.room import Mark, Traits

MarkGroup = tuple[int, str, list[int]]
"""`MarkGroup` of `dashboard.feed.messages`."""
TraitGroup = tuple[Trait, list[int]]
"""`TraitGroup` of `dashboard.feed.messages`."""
Entry = TypeVar("Entry", bound=tuple[Any, ...])
"""Something of one slot, which comes first."""

HISTORY_ENTRIES: Final = 20_000
"""Changed marks that are remembered: each of 10,000 twice. Who missed more is served faster by a snapshot."""
HISTORY_FRAMES: Final = 1_200
"""Frames that are remembered: a minute of a busy room."""


def grouped(marks: Iterable[Mark]) -> list[MarkGroup]:
    """The marks, those that look the same together: a room shows few looks, each hundreds of times."""
    groups: dict[tuple[int, str], list[int]] = {}
    for slot, flags, colour in marks:
        groups.setdefault((flags, colour), []).append(slot)
    return [(*look, slots) for look, slots in groups.items()]


def ungrouped(groups: Iterable[MarkGroup]) -> Iterator[Mark]:
    """The marks again, one by one."""
    for flags, colour, slots in groups:
        for slot in slots:
            yield slot, flags, colour


def grouped_traits(traits: Iterable[Traits]) -> list[TraitGroup]:
    """The phones, those that have all facts in common together."""
    groups: dict[Trait, list[int]] = {}
    for slot, trait in traits:
        groups.setdefault(trait, []).append(slot)
    return list(groups.items())


class History(Generic[Entry]):
    """What changed with each of the newest cursors: `HISTORY_FRAMES`, `HISTORY_ENTRIES` at most."""

    def __init__(self, cursor: int) -> None:
        """`cursor` is the first: nobody can have seen one before it."""
        self._reaches_back_to = cursor
        self._newest = cursor
        self._frames: deque[tuple[int, list[Entry]]] = deque()
        self._entries = 0

    def add(self, cursor: int, entries: list[Entry]) -> None:
        """These changed with this cursor, which is greater than any before."""
        self._newest = cursor
        if not entries:
            return
        self._frames.append((cursor, entries))
        self._entries += len(entries)
        while len(self._frames) > HISTORY_FRAMES or self._entries > HISTORY_ENTRIES:
            self._reaches_back_to, forgotten = self._frames.popleft()
            self._entries -= len(forgotten)

    def since(self, cursor: int) -> list[Entry] | None:
        """Each that changed after this cursor, as it is now; None when that is not known any more, or
        when the cursor is none of ours."""
        if not self._reaches_back_to <= cursor <= self._newest:
            return None
        newest: dict[int, Entry] = {}
        for told, entries in self._frames:
            if told > cursor:
                newest.update((entry[0], entry) for entry in entries)
        return list(newest.values())
