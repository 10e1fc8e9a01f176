"""The room as a fold over what its phones say: reports, presence, comings and goings. Pure, without a clock.

Every message may come late, twice or not in order: a report counts by its shadow's version, presence by
the session that the phone opened, and both folds are idempotent.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from dashboard.rooms.facts import DIMENSIONS, UNSAID, Trait, Vocabulary, fact_value
from dashboard.rooms.scene import is_colour

Mark = tuple[int, int, str]
"""How a phone looks: `(slot, flags, "RRGGBB" or "")`; flags `GONE`: it has no mark any more."""
Traits = tuple[int, Trait]
"""Who a phone is: `(slot, trait)`."""

GONE: Final = -1
CONNECTED: Final = 1
VISIBLE: Final = 2
CONVERGED: Final = 4
"""The phone has reported that it shows the current scene."""
SIMULATED: Final = 8

_NOBODY: Final[Trait] = (UNSAID,) * len(DIMENSIONS)


@dataclass(slots=True)
class Phone:
    """What is known of one phone."""

    thing: str
    slot: int
    sim: bool = False
    said: Mapping[str, Any] = field(default_factory=dict)
    """What it said on joining."""
    reported: Mapping[str, Any] = field(default_factory=dict)
    version: int = -1
    """The version of the shadow that `reported` is from; -1 before the first."""
    session: int = -1
    """The newest connection that it told of, ms since the epoch."""
    connected: bool | None = None
    """None: unknown, because the broker was lost or nothing was said yet."""
    counted: tuple[bool, bool, Trait] = (False, False, _NOBODY)
    mark: Mark | None = None
    """The mark as it was last taken."""
    trait: Trait | None = None
    """The trait as it was last taken."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What it reported last; while that is nothing, what it said on joining."""
        return self.reported or self.said

    @property
    def awake(self) -> bool:
        """Connected, and looked at."""
        return self.counted[1]


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers on the wall; `facts` counts the connected by the values of every dimension, values without
    a phone left out."""

    joined: int
    connected: int
    visible: int
    facts: dict[str, dict[str, int]]

    @property
    def os(self) -> dict[str, int]:
        """The connected by family of their operating system."""
        return self.facts["os"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the last time somebody took the changes."""

    marks: list[Mark]
    traits: list[Traits]


class Room:
    """All phones of one room. Not thread-safe; every change costs O(1), a new scene O(phones)."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}
        self._dirty: dict[str, Phone] = {}
        self._gone: set[int] = set()
        self._connected = 0
        self._visible = 0
        self._vocabulary = Vocabulary()
        self._by_value: list[Counter[int]] = [Counter() for _ in DIMENSIONS]
        self._scene_version = 0

    def __len__(self) -> int:
        return len(self._phones)

    def __contains__(self, thing: str) -> bool:
        return thing in self._phones

    def phone(self, thing: str) -> Phone | None:
        """One phone, for reading; None when it is not in the room."""
        return self._phones.get(thing)

    def phones(self) -> Iterator[Phone]:
        """All phones, for reading."""
        return iter(self._phones.values())

    def enter(self, thing: str, slot: int, facts: Mapping[str, Any], *, sim: bool = False) -> None:
        """A phone has this slot. For a known phone only what it said on joining is taken, until it
        reports."""
        phone = self._phones.get(thing)
        if phone is None:
            phone = self._phones[thing] = Phone(thing, slot, sim)
            self._gone.discard(slot)
        if facts:
            phone.said = facts
        self._touch(phone)

    def leave(self, thing: str) -> None:
        """The phone is no more in the room."""
        phone = self._phones.pop(thing, None)
        if phone is None:
            return
        self._count(phone, (False, False, _NOBODY))
        self._dirty.pop(thing, None)
        # Also when no change told of this phone: a snapshot may have, or its slot was another's before.
        self._gone.add(phone.slot)

    def report(self, thing: str, version: int, reported: Mapping[str, Any]) -> bool:
        """Fold the `reported` of a phone's classic shadow; False when it is not newer than what is known."""
        phone = self._phones.get(thing)
        if phone is None or version <= phone.version:
            return False
        phone.version = version
        phone.reported = reported
        self._touch(phone)
        return True

    def presence(self, thing: str, session: int, connected: bool) -> bool:
        """Fold one birth or will; False when it says nothing new.

        The newest session wins, and a session that ended does not open again: births and wills may come
        in any order.
        """
        phone = self._phones.get(thing)
        if phone is None or session < phone.session:
            return False
        if session == phone.session and (phone.connected is False or phone.connected is connected):
            return False
        phone.session, phone.connected = session, connected
        self._touch(phone)
        return True

    def broker_lost(self) -> None:
        """Whoever was connected is unknown from now on, until the next birth."""
        for phone in self._phones.values():
            if phone.connected:
                phone.connected = None
                self._touch(phone)

    @property
    def scene_version(self) -> int:
        """The scene that phones should show; 0 before the first."""
        return self._scene_version

    @scene_version.setter
    def scene_version(self, version: int) -> None:
        if version != self._scene_version:
            self._scene_version = version
            self._dirty.update(self._phones)

    def counts(self) -> Counts:
        """The numbers as they are now."""
        facts = {name: self._count_dimension(index) for index, name in enumerate(DIMENSIONS)}
        return Counts(len(self._phones), self._connected, self._visible, facts)

    def count_by(self, fact: str) -> dict[str, int]:
        """How many connected phones have which value of a fact; phones that do not report it are left out."""
        if fact in DIMENSIONS:
            return self._count_dimension(DIMENSIONS.index(fact))
        connected = (phone for phone in self._phones.values() if phone.connected)
        values = (fact_value(phone.facts.get(fact)) for phone in connected)
        return dict(Counter(value for value in values if value is not None))

    def _count_dimension(self, dimension: int) -> dict[str, int]:
        values, counted = self.values[DIMENSIONS[dimension]], self._by_value[dimension]
        return {value: counted[index] for index, value in enumerate(values) if counted[index]}

    @property
    def values(self) -> Mapping[str, list[str]]:
        """The values that traits point into, by dimension; another object when there are more."""
        return self._vocabulary.values

    def marks(self) -> list[Mark]:
        """Every phone's mark, by slot."""
        return sorted(self._mark(phone) for phone in self._phones.values())

    def traits(self) -> list[Traits]:
        """Every phone's trait, by slot."""
        return sorted((phone.slot, phone.counted[2]) for phone in self._phones.values())

    @property
    def changed(self) -> bool:
        """True when `take_changes` may have something to give."""
        return bool(self._dirty or self._gone)

    def take_changes(self) -> Changes:
        """The marks and traits that differ from those taken before."""
        marks: list[Mark] = [(slot, GONE, "") for slot in self._gone]
        traits: list[Traits] = []
        for phone in self._dirty.values():
            mark, trait = self._mark(phone), phone.counted[2]
            if mark != phone.mark:
                phone.mark = mark
                marks.append(mark)
            if trait != phone.trait:
                phone.trait = trait
                traits.append((phone.slot, trait))
        self._dirty.clear()
        self._gone.clear()
        return Changes(marks, traits)

    def _touch(self, phone: Phone) -> None:
        connected = phone.connected is True
        facts = phone.facts
        trait = self._vocabulary.trait(facts)
        self._count(phone, (connected, connected and facts.get("visible") is True, trait))
        self._dirty[phone.thing] = phone

    def _count(self, phone: Phone, now: tuple[bool, bool, Trait]) -> None:
        before = phone.counted
        if before == now:
            return
        phone.counted = now
        self._connected += now[0] - before[0]
        self._visible += now[1] - before[1]
        for counted, old, new in zip(self._by_value, before[2], now[2], strict=True):
            counted[old] -= before[0]
            counted[new] += now[0]

    def _mark(self, phone: Phone) -> Mark:
        facts = phone.facts
        flags = phone.counted[0] * CONNECTED | phone.counted[1] * VISIBLE
        if self._scene_version and facts.get("scene") == self._scene_version:
            flags |= CONVERGED
        if phone.sim or facts.get("sim") is True:
            flags |= SIMULATED
        colour = facts.get("color")
        return phone.slot, flags, _six_digits(colour) if isinstance(colour, str) else ""


@lru_cache(maxsize=256)
def _six_digits(colour: str) -> str:
    """The colour of a mark; empty when it is none. Remembered: a room shows few colours, each thousands
    of times."""
    return colour[1:].upper() if is_colour(colour) else ""
