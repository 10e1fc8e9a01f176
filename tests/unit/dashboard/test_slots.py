"""Slots and the roster that keeps them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.database import DatabaseError, RoomDatabase
from dashboard.rooms import slots as slots_module
from dashboard.rooms.slots import Membership, RoomFull, Slots
from dashboard.roster import JoinRefused, Refusal, Roster


@given(st.lists(st.tuples(st.sampled_from(["join", "leave"]), st.integers(0, 9)), max_size=60))
def test_a_slot_is_given_once_in_the_life_of_a_room(steps: list[tuple[str, int]]) -> None:
    """Whoever comes and goes: numbers run from 1 without a gap, and none is given twice."""
    slots, given_slots = Slots(), []
    for step, number in steps:
        thing = f"phone-{number}"
        if step == "leave":
            slots.forget(thing)
        elif slots.of_thing(thing) is None:
            given_slots.append(slots.give(thing).slot)
        else:
            assert slots.give(thing).slot in given_slots
    assert given_slots == list(range(1, len(given_slots) + 1))


def test_a_full_room_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is on phones in the room, not on numbers given."""
    monkeypatch.setattr(slots_module, "MEMBERS_MAX", 2)
    slots = Slots(last=7)
    slots.give("phone-a")
    slots.give("phone-b")
    with pytest.raises(RoomFull, match="2 phones"):
        slots.give("phone-c")
    slots.forget("phone-a")
    assert slots.give("phone-c").slot == 10


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
    """A second roster on the same database knows members, removals, the last slot and the code."""
    first = await reloaded(database)
    joined = await asyncio.gather(*(first.join(None, None, sim=number == 3) for number in range(300)))
    things = [member.thing for member, new in joined if new]
    assert len(set(things)) == 300
    await first.leave(things[299])
    await first.set_removed(things[0], True)
    await first.set_join_code("ABC")
    second = await reloaded(database)
    assert [member.slot for member in second.slots] == list(range(1, 300))
    assert second.slots.of_thing(things[3]) == joined[3][0]
    assert joined[3][0].sim
    assert not second.admits(things[0])
    assert second.join_code == "ABC"
    assert (await second.join(None, "abc"))[0].slot == 301


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
