"""The roster while one room ends and the next begins."""

import asyncio
from pathlib import Path

import pytest

from dashboard.database import RoomDatabase
from dashboard.roster import JoinRefused, Refusal, Roster


async def test_nobody_joins_between_two_rooms(tmp_path: Path) -> None:
    """Who asks meanwhile is told to come again; then slots begin at 1, and old tokens are nobody's."""
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    roster = Roster(database)
    await roster.load()
    old, _ = await roster.join(None, None)
    ending, may_end = asyncio.Event(), asyncio.Event()

    async def empty() -> None:
        ending.set()
        await may_end.wait()
        await database.write("DELETE FROM roster")

    renewal = asyncio.create_task(roster.begin_anew(empty), name="a new room")
    await ending.wait()
    with pytest.raises(JoinRefused) as refused:
        await roster.join(None, None)
    assert refused.value.refusal is Refusal.FROZEN
    may_end.set()
    await renewal
    member, new = await roster.join(old.thing, None)
    assert (new, member.slot) == (True, 1)
    assert await database.read("SELECT thing FROM roster") == [(member.thing,)]
    await database.close()
