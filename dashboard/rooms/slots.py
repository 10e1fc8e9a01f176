"""Who holds which slot: numbers from 1 in the order of joining; what a forgotten phone leaves is dealt again.
Pure rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from heapq import heappop, heappush
from typing import Final

MEMBERS_MAX: Final = 20_000
"""Phones in one room at a time: twice the largest hall, so that a joining bot cannot fill the memory."""


class Membership(StrEnum):
    """What became of a phone that joined, and was not forgotten."""

    PRESENT = "present"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Member:
    """One slot and the thing it was given to."""

    slot: int
    thing: str
    membership: Membership = Membership.PRESENT
    sim: bool = False


class RoomFull(Exception):
    """No slot is left in this room."""


class Slots:
    """The members of a room by thing and by slot. Not thread-safe; no input or output."""

    def __init__(self, members: Iterable[Member] = ()) -> None:
        """Start from stored members: a number below the highest that nobody holds is dealt again."""
        self._by_thing: dict[str, Member] = {}
        self._by_slot: dict[int, Member] = {}
        self._removed: dict[int, Member] = {}
        for member in members:
            self._put(member)
        self._last = max(self._by_slot, default=0)
        self._free = [slot for slot in range(1, self._last) if slot not in self._by_slot]

    def __len__(self) -> int:
        """Members present or removed."""
        return len(self._by_slot)

    def __iter__(self) -> Iterator[Member]:
        """All members, present or removed."""
        return iter(self._by_slot.values())

    @property
    def removed(self) -> list[Member]:
        """Those that the presenter took out, by slot."""
        return [self._removed[slot] for slot in sorted(self._removed)]

    def of_thing(self, thing: str) -> Member | None:
        """The member that a thing is; None for one that never came or has left."""
        return self._by_thing.get(thing)

    def of_slot(self, slot: int) -> Member | None:
        """The member that holds a slot."""
        return self._by_slot.get(slot)

    def give(self, thing: str, *, sim: bool = False) -> Member:
        """The lowest free slot for a new thing. Raises `RoomFull`; a thing that has a slot keeps it."""
        if (known := self._by_thing.get(thing)) is not None:
            return known
        if len(self._by_slot) >= MEMBERS_MAX:
            raise RoomFull(f"The room is full: {MEMBERS_MAX} phones are in it.")
        if self._free:
            slot = heappop(self._free)
        else:
            slot = self._last = self._last + 1
        member = Member(slot, thing, sim=sim)
        self._put(member)
        return member

    def forget(self, thing: str) -> Member | None:
        """The thing is no member any more, and its slot is dealt again. The member it was, if it was one."""
        member = self.spoil(thing)
        if member is not None:
            heappush(self._free, member.slot)
        return member

    def spoil(self, thing: str) -> Member | None:
        """As `forget`, but nobody gets the slot: whether the disk has it for this thing is not known."""
        member = self._by_thing.pop(thing, None)
        if member is not None:
            del self._by_slot[member.slot]
            self._removed.pop(member.slot, None)
        return member

    def set_removed(self, thing: str, removed: bool) -> Member | None:
        """Shut a member out or let it in again; the member if that changed anything."""
        known = self._by_thing.get(thing)
        wanted = Membership.REMOVED if removed else Membership.PRESENT
        if known is None or known.membership is wanted:
            return None
        member = replace(known, membership=wanted)
        self._put(member)
        return member

    def _put(self, member: Member) -> None:
        self._by_thing[member.thing] = member
        self._by_slot[member.slot] = member
        if member.membership is Membership.REMOVED:
            self._removed[member.slot] = member
        else:
            self._removed.pop(member.slot, None)
