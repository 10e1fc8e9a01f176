"""When the room looks again for phones that have not reported the newest scene."""

from itertools import pairwise
from typing import Any

import pytest

from dashboard.rooms.overdue import GAP_S, LOOK_AFTER_S, MOVING_S, Overdue
from dashboard.rooms.room import Room

SCENE: dict[str, Any] = {"version": 5, "at": 10_000}
LATER = 20_000
"""A room time at which phones should have reported it."""


def room_of(*things: str) -> Room:
    """Phones that are connected and looked at, and show the scene before."""
    room = Room()
    for slot, thing in enumerate(things, start=1):
        room.enter(thing, slot, {"os": "iOS"})
        room.presence(thing, 1, True)
        room.report(thing, 1, {"visible": True, "scene": 4})
    return room


def looks(overdue: Overdue, seconds: int, scene: dict[str, Any] = SCENE, start: int = 0) -> list[int]:
    """The seconds at which it looks, when asked every second."""
    return [now for now in range(start, start + seconds) if overdue.due(scene, LATER, float(now))]


def test_it_looks_after_five_ten_and_twenty_seconds_and_gives_up() -> None:
    """A phone that never reports keeps nobody busy, whatever scenes come, until it says something."""
    room = room_of("silent")
    overdue = Overdue(room)

    first, second, third = LOOK_AFTER_S
    assert looks(overdue, 1_000) == [first, first + second, first + second + third]
    assert looks(overdue, 1_000, {"version": 6, "at": 0}, 1_000) == []
    room.presence("silent", 2, True)
    assert looks(overdue, 12, {"version": 6, "at": 0}, 2_000) == [2_000 + first]
    room.report("silent", 2, {"visible": True, "scene": 5})
    assert looks(overdue, 12, {"version": 7, "at": 0}, 3_000) == [3_000 + first]


@pytest.mark.parametrize(
    "said",
    [{"visible": True, "scene": 5}, {"visible": False, "scene": 4}],
    ids=["has reported", "sleeps"],
)
def test_who_has_reported_or_sleeps_is_not_looked_for(said: dict[str, Any]) -> None:
    """Nor who is not connected, or not known to be."""
    room = room_of("a", "gone", "unknown")
    room.report("a", 2, said)
    room.presence("gone", 1, False)
    unknown = room.phone("unknown")
    assert unknown is not None
    unknown.connected = None

    assert looks(Overdue(room), 100) == []


def test_it_stops_when_all_have_reported() -> None:
    """The look helped."""
    room = room_of("a")
    overdue = Overdue(room)
    assert looks(overdue, 7) == [5]

    room.report("a", 2, {"visible": True, "scene": 5})

    assert looks(overdue, 100, start=7) == []


def test_a_phone_that_has_reported_nothing_may_have_lost_that() -> None:
    """It is connected, and said on joining what it is."""
    room = Room()
    room.enter("new", 1, {"os": "iOS"})
    room.presence("new", 1, True)

    assert looks(Overdue(room), 10) == [5]


def test_nobody_is_late_before_the_report_should_be_there() -> None:
    """Without a scene, before its moment, and while phones spread their reports."""
    overdue = Overdue(room_of("a"))

    assert not any(overdue.due(None, LATER, float(now)) for now in range(100))
    spread = {**SCENE, "spread_ms": 3_000}
    assert not any(overdue.due(spread, 12_999, float(now)) for now in range(100, 200))
    assert [now for now in range(200, 210) if overdue.due(spread, 13_000, float(now))] == [205]


def test_every_phone_has_its_own_time_and_looks_keep_apart() -> None:
    """A phone that comes later is looked for later; no two looks are nearer than the gap."""
    room = room_of("a")
    overdue = Overdue(room)
    assert looks(overdue, 3) == []
    room.enter("b", 2, {})
    room.presence("b", 1, True)

    seen = looks(overdue, 100, start=3)

    assert seen[:2] == [5, 5 + GAP_S]
    assert min(later - sooner for sooner, later in pairwise(seen)) >= GAP_S
    assert len(seen) <= 2 * len(LOOK_AFTER_S)


def test_a_look_waits_while_the_crowd_is_moving() -> None:
    """Phones that report every second put it off, but not for ever."""
    room = room_of(*(f"p{number}" for number in range(30)))
    overdue = Overdue(room)
    seen = []
    for now in range(30):
        if overdue.due(SCENE, LATER, float(now)):
            seen.append(now)
        room.report(f"p{now}", 2, {"visible": True, "scene": 5})

    assert seen[0] == LOOK_AFTER_S[0] + MOVING_S


def test_a_new_scene_is_a_new_chance() -> None:
    """Who was looked for once under one scene is given its five seconds again under the next."""
    overdue = Overdue(room_of("a"))
    assert looks(overdue, 6) == [5]

    assert looks(overdue, 20, {"version": 6, "at": 0}, 6) == [11, 21]
