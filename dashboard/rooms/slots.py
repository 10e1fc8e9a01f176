"""Who holds which slot: numbers from 1 in the order of joining, each given once in a room's life. Pure
rules."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

MEMBERS_MAX: Final = 20_000
"""Phones in one room at a time: twice the largest hall, so that a joining bot cannot fill the memory."""


class Membership(StrEnum):
    """What became of a phone that joined."""

    PRESENT = "present"
    REMOVED = "removed"
    LEFT = "left"


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

    def __init__(self, members: Iterable[Member] = (), *, last: int = 0) -> None:
        """Start from stored members; `last` is the highest slot ever given, also to phones that left."""
        self._by_thing: dict[str, Member] = {}
        self._by_slot: dict[int, Member] = {}
        for member in members:
            self._put(member)
        self._last = max(last, max(self._by_slot, default=0))

    def __len__(self) -> int:
        """Members present or removed."""
        return len(self._by_slot)

    def __iter__(self) -> Iterator[Member]:
        """All members, present or removed."""
        return iter(self._by_slot.values())

    def of_thing(self, thing: str) -> Member | None:
        """The member that a thing is; None for one that never came or has left."""
        return self._by_thing.get(thing)

    def of_slot(self, slot: int) -> Member | None:
        """The member that holds a slot."""
        return self._by_slot.get(slot)

    def give(self, thing: str, *, sim: bool = False) -> Member:
        """The next slot for a new thing. Raises `RoomFull`; a thing that has a slot keeps it."""
        if (known := self._by_thing.get(thing)) is not None:
            return known
        if len(self._by_slot) >= MEMBERS_MAX:
            raise RoomFull(f"The room is full: {MEMBERS_MAX} phones are in it.")
        self._last += 1
        member = Member(self._last, thing, sim=sim)
        self._put(member)
        return member

    def forget(self, thing: str) -> Member | None:
        """The thing left: its slot's number stays used, and is nobody's. The member it was, if it was one."""
        member = self._by_thing.pop(thing, None)
        if member is not None:
            del self._by_slot[member.slot]
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
