"""Slots and the roster that keeps them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.rooms import slots as slots_module
from dashboard.rooms.slots import Member, Membership, RoomFull, Slots
from dashboard.roster import JoinRefused, Refusal, Roster


@given(
    st.lists(
        st.tuples(st.sampled_from(["join", "leave", "remove", "restart"]), st.integers(0, 9)), max_size=60
    )
)
def test_the_lowest_free_slot_is_given(steps: list[tuple[str, int]]) -> None:
    """Whoever comes and is forgotten, also across restarts: a newcomer gets the lowest number that nobody
    holds, and whoever is on the roster, there, away or removed, keeps the own."""
    slots, held = Slots(), dict[str, int]()
    for step, number in steps:
        thing = f"phone-{number}"
        if step == "leave":
            slots.forget(thing)
            held.pop(thing, None)
        elif step == "remove":
            slots.set_removed(thing, True)
        elif step == "restart":
            slots = Slots([*slots])
        else:
            lowest = next(n for n in range(1, 12) if n not in held.values())
            assert slots.give(thing).slot == held.setdefault(thing, lowest)
    assert {member.thing: member.slot for member in slots} == held


def test_a_slot_that_may_be_on_disk_is_not_given_again() -> None:
    """A join whose storing failed leaves its number to nobody."""
    slots = Slots([Member(2, "phone-b")])
    assert slots.give("phone-a").slot == 1
    slots.spoil("phone-a")
    assert slots.give("phone-c").slot == 3


def test_a_full_room_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on phones in the room, not on numbers given."""
    monkeypatch.setattr(slots_module, "MEMBERS_MAX", 2)
    slots = Slots()
    slots.give("phone-a")
    slots.give("phone-b")
    with pytest.raises(RoomFull, match="2 phones"):
        slots.give("phone-c")
    slots.forget("phone-a")
    assert slots.give("phone-c").slot == 1


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[RoomDatabase]:
    opened = RoomDatabase(tmp_path / "rooms.db")
    await opened.open()
    yield opened
    await opened.close()


async def reloaded(database: RoomDatabase) -> Roster:
    roster = Roster(database)
    await roster.load()
    return roster


async def test_what_was_answered_is_there_after_a_crash(database: RoomDatabase) -> None:
    """A second roster on the same database knows members, removals, free slots and the code."""
    first = await reloaded(database)
    joined = await asyncio.gather(*(first.join(None, None, sim=number == 3) for number in range(300)))
    things = [member.thing for member, new in joined if new]
    assert len(set(things)) == 300
    await first.leave(things[299])
    left = await first.leave(things[120])
    assert left is not None
    assert await first.leave(things[120]) is None
    await first.set_removed(things[0], True)
    await first.set_join_code("ABC")
    second = await reloaded(database)
    assert [member.slot for member in second.slots] == [n for n in range(1, 300) if n != left.slot]
    assert second.slots.of_thing(things[3]) == joined[3][0]
    assert joined[3][0].sim
    assert not second.admits(things[0])
    assert second.join_code == "ABC"
    assert [(await second.join(None, "abc"))[0].slot for _ in range(2)] == [left.slot, 300]


async def test_numbers_of_an_earlier_release_are_free_again(tmp_path: Path) -> None:
    """A file that still has the rows of phones that left: their numbers are dealt, lowest first."""
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    await database.write(
        "INSERT INTO roster (slot, thing, state, joined_ms) VALUES "
        "(1, 'phone-a', 'left', 0), (2, 'phone-b', 'left', 0), (3, 'phone-c', 'present', 0)"
    )
    await database.write("DELETE FROM schema_version WHERE script = 'roster_v2.sql'")
    await database.close()
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    roster = await reloaded(database)
    assert [(await roster.join(None, None))[0].slot for _ in range(3)] == [1, 2, 4]
    await database.close()


async def test_refusals_have_a_reason(database: RoomDatabase) -> None:
    """Removed, wrong code: each with its name and a sentence; a member needs no code."""
    roster = await reloaded(database)
    member, _ = await roster.join(None, None)
    await roster.set_join_code("ABC")
    assert await roster.join(member.thing, None) == (member, False)
    with pytest.raises(JoinRefused, match="code") as wrong:
        await roster.join(None, "ABD")
    assert wrong.value.refusal is Refusal.CODE
    await roster.set_removed(member.thing, True)
    with pytest.raises(JoinRefused, match="removed") as removed:
        await roster.join(member.thing, "ABC")
    assert removed.value.refusal is Refusal.REMOVED
    assert await roster.set_removed(member.thing, True) is None
    back = await roster.set_removed(member.thing, False)
    assert back is not None
    assert back.membership is Membership.PRESENT
    assert await roster.leave("phone-unknown") is None


async def test_a_join_that_cannot_be_stored_is_none(tmp_path: Path) -> None:
    """Without the disk nobody gets a slot, and nobody is on the roster."""
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    roster = await reloaded(database)
    await database.close()
    with pytest.raises(DatabaseError):
        await roster.join(None, None)
    assert len(roster.slots) == 0
