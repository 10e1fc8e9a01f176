"""The check for bad language when many texts come at once: bounded turns, in order, and exact."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker_bridge.client import ShadowId
from dashboard.database import RoomDatabase
from dashboard.rooms.poll import PollState
from dashboard.rooms.poll_parsing import parse_draft
from dashboard.rooms.profanity import masked
from dashboard.text_checks import BURST_S, TextChecks
from tests.support.asked_polls import AskedPolls, Everybody
from tests.support.shadow_service import ShadowService, shadow_service

CHECK_S = 0.001
MANY = 300
WAIT_S = 20.0


class SlowCheck:
    """A check that takes a millisecond of a clock of its own, which only checks and rests move, and remembers
    what it was asked."""

    def __init__(self) -> None:
        self.now = 100.0
        self.asked: list[str] = []

    def __call__(self, text: str, _language: str) -> str:
        if text not in self.asked:
            self.now += CHECK_S
            self.asked.append(text)
        return text.upper()

    async def rest(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


async def test_a_flood_waits_and_is_checked_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one go no more than a burst; then turn by turn the first that came first, until all are known."""
    check = SlowCheck()
    monkeypatch.setattr("dashboard.text_checks.masked", check)
    known = asyncio.Event()
    checks = TextChecks(known.set, now=lambda: check.now, sleep=check.rest)
    running = asyncio.create_task(checks.run(), name="texts")
    await asyncio.sleep(0)
    texts = [f"text {n}" for n in range(MANY)]
    found = [checks.look(text, "en") for text in texts]
    at_once = len(check.asked)
    assert 0 < at_once <= BURST_S / CHECK_S * 2 + 1
    assert found == [text.upper() for text in texts[:at_once]] + [None] * (MANY - at_once)
    async with asyncio.timeout(WAIT_S):
        while len(check.asked) < MANY:
            known.clear()
            await known.wait()
    assert check.asked == texts
    assert [checks.look(text, "en") for text in texts] == [text.upper() for text in texts]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def service() -> AsyncIterator[ShadowService]:
    async with shadow_service() as running:
        yield running


async def test_what_is_shown_is_checked_and_in_the_end_everything_is(
    tmp_path: Path, service: ShadowService
) -> None:
    """Hundreds of texts in one go: no bad word is ever shown, everybody counts at once, and from the lock on
    every text is there; so it is when the room starts again, where phones are told no less."""
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    clock, hall, changed = iter(range(1_000_000)), Everybody(), asyncio.Event()
    shadows = service.client, service

    def opened() -> AskedPolls:
        return AskedPolls("DEMO", "room-x", database, *shadows, changed.set, lambda: next(clock), hall, "k")

    room = opened()
    await room.start()
    draft = parse_draft({"kind": "text", "question": "?", "moderation": "after", "language": "en"})
    poll = await room.create(draft)
    await room.open(poll.id)
    for n in range(MANY):
        hall.slot(f"phone-{n}")
        room.ballot_changed(f"phone-{n}", 1, {poll.id: {"text": f"what shit is this, {n}"}})
    first = room.book.outcome(room.get(poll.id))
    assert first.answered == MANY
    assert len(first.entries) < MANY
    locked = await room.lock(poll.id)
    assert locked.state is PollState.LOCKED
    last = room.book.outcome(locked)
    assert {entry.text for entry in last.entries} == {f"what *** is this, {n}" for n in range(MANY)}
    assert not any("shit" in entry.text for entry in first.entries)
    await room.reveal(poll.id)
    await room.stop()

    masked.cache_clear()
    before = (await service.client.get(ShadowId("room-x", "poll")))["version"]
    room = opened()
    await room.start()
    found = room.book.outcome(room.get(poll.id))
    assert found.answered == MANY
    assert len(found.entries) < MANY
    assert not any("shit" in entry.text for entry in found.entries)
    async with asyncio.timeout(WAIT_S):
        while len(room.book.outcome(room.get(poll.id)).entries) < MANY:
            changed.clear()
            await changed.wait()

    async def told() -> bool:
        return int((await service.client.get(ShadowId("room-x", "poll")))["version"]) > before

    await service.until(told)
    shown = (await service.client.get(ShadowId("room-x", "poll")))["state"]["desired"]["poll"]
    assert len(shown["entries"]) + shown["more"] == MANY
    await room.stop()
    await database.close()
