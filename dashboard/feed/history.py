"""Marks on the wire, grouped by what they show, and the bounded memory from which a cursor resumes. Pure."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from dashboard.rooms.room import Mark

Group = tuple[int, int, str, list[int]]
"""`MarkGroup` of `dashboard.feed.messages`."""

HISTORY_MARKS: Final = 20_000
"""Changed marks that are remembered: each of 10,000 twice. Who missed more is served faster by a snapshot."""
HISTORY_FRAMES: Final = 1_200
"""Frames that are remembered: a minute of a busy room."""


def grouped(marks: Iterable[Mark]) -> list[Group]:
    """The marks, those that look the same together: a room shows few looks, each hundreds of times."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for slot, family, flags, colour in marks:
        groups.setdefault((family, flags, colour), []).append(slot)
    return [(*look, slots) for look, slots in groups.items()]


def ungrouped(groups: Iterable[Group]) -> Iterator[Mark]:
    """The marks again, one by one."""
    for family, flags, colour, slots in groups:
        for slot in slots:
            yield slot, family, flags, colour


class History:
    """The marks that changed with each of the newest cursors: `HISTORY_FRAMES`, `HISTORY_MARKS` at most."""

    def __init__(self, cursor: int) -> None:
        """`cursor` is the first: nobody can have seen one before it."""
        self._reaches_back_to = cursor
        self._newest = cursor
        self._frames: deque[tuple[int, list[Mark]]] = deque()
        self._marks = 0

    def add(self, cursor: int, marks: list[Mark]) -> None:
        """These marks changed with this cursor, which is greater than any before."""
        self._newest = cursor
        if not marks:
            return
        self._frames.append((cursor, marks))
        self._marks += len(marks)
        while len(self._frames) > HISTORY_FRAMES or self._marks > HISTORY_MARKS:
            self._reaches_back_to, forgotten = self._frames.popleft()
            self._marks -= len(forgotten)

    def since(self, cursor: int) -> list[Mark] | None:
        """Each mark that changed after this cursor, as it is now; None when that is not known any more, or
        when the cursor is none of ours."""
        if not self._reaches_back_to <= cursor <= self._newest:
            return None
        newest: dict[int, Mark] = {}
        for told, marks in self._frames:
            if told > cursor:
                newest.update((mark[0], mark) for mark in marks)
        return list(newest.values())
