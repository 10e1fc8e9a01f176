"""A poll with a timer locks by itself, on a real database and the real shadow service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dashboard.database import RoomDatabase
from dashboard.rooms.poll import CLOSING_GRACE_MS, PollState
from dashboard.rooms.poll_parsing import parse_draft
from tests.support.asked_polls import AskedPolls, Everybody
from tests.support.shadow_service import ShadowService, shadow_service

SECONDS = 5
ENDS_MS = SECONDS * 1_000 + CLOSING_GRACE_MS
DRAFT = parse_draft({"kind": "yesno", "question": "Tea?", "seconds": SECONDS})
WAIT_S = 30.0


@pytest.fixture
async def service() -> AsyncIterator[ShadowService]:
    async with shadow_service() as running:
        yield running


class TimedPolls(AskedPolls):
    """Polls whose room time is 0 until one is open, and `at_ms` from then on."""

    at_ms = 0
    changed: asyncio.Event

    async def until(self, poll_id: str, state: PollState) -> None:
        """Wait until the poll is in a state."""
        async with asyncio.timeout(WAIT_S):
            while self.get(poll_id).state is not state:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def timed(path: Path, service: ShadowService, at_ms: int) -> AsyncIterator[TimedPolls]:
    """A room's polls from start to stop; the same path again is the same room."""
    database, changed = RoomDatabase(path), asyncio.Event()
    await database.open()

    def now() -> int:
        return polls.at_ms if polls.book.open_poll() is not None else 0

    shadows = service.client, service
    polls = TimedPolls("DEMO", "room-x", database, *shadows, changed.set, now, Everybody(), "key")
    polls.at_ms, polls.changed = at_ms, changed
    await polls.start()
    try:
        yield polls
    finally:
        await polls.stop()
        await database.close()


async def test_it_locks_at_its_end_with_the_answers_until_then(
    tmp_path: Path, service: ShadowService
) -> None:
    """After the grace for slow phones; what comes then does not count."""
    async with timed(tmp_path / "rooms.db", service, ENDS_MS - 300) as polls:
        poll = await polls.create(DRAFT)
        polls.ballot_changed("phone-a", 1, {poll.id: {"choice": ["Yes"]}})
        assert (await polls.open(poll.id)).closes_at == SECONDS * 1_000
        await polls.until(poll.id, PollState.LOCKED)
        polls.ballot_changed("phone-b", 1, {poll.id: {"choice": ["No"]}})
        assert polls.describe(polls.get(poll.id))["tally"] == {"Yes": 1, "No": 0}
        assert polls.get(poll.id).closes_at is None


async def test_it_locks_although_the_room_was_not_running_at_its_end(
    tmp_path: Path, service: ShadowService
) -> None:
    """The next run finds it open and over; the answers are read from the phones' shadows."""
    async with timed(tmp_path / "rooms.db", service, 0) as polls:
        poll = await polls.create(DRAFT)
        await polls.open(poll.id)
    await service.join("phone-a")
    await service.vote("phone-a", poll.id, "Yes")
    async with timed(tmp_path / "rooms.db", service, ENDS_MS + 60_000) as polls:
        await polls.until(poll.id, PollState.LOCKED)
        assert polls.describe(polls.get(poll.id))["tally"] == {"Yes": 1, "No": 0}


async def test_it_locks_as_soon_as_the_shadows_are_there_again(
    tmp_path: Path, service: ShadowService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the fleet cannot be read the poll stays open, and the timer tries again."""
    monkeypatch.setattr("dashboard.polling.RETRY_CLOSING_S", 0.01)
    async with timed(tmp_path / "rooms.db", service, ENDS_MS) as polls:
        poll = await polls.create(DRAFT)
        service.reachable = False
        await polls.open(poll.id)
        await asyncio.sleep(0.1)  # Several attempts; none of them tells anybody.
        assert polls.get(poll.id).state is PollState.OPEN
        service.reachable = True
        await polls.until(poll.id, PollState.LOCKED)


async def test_a_poll_that_was_locked_by_hand_has_no_timer_left(
    tmp_path: Path, service: ShadowService
) -> None:
    """Reset and asked again, it has all its time."""
    async with timed(tmp_path / "rooms.db", service, 0) as polls:
        poll = await polls.create(DRAFT)
        await polls.open(poll.id)
        await polls.lock(poll.id)
        await polls.reset(poll.id)
        again = await polls.open(poll.id)
        assert (again.state, again.closes_at) == (PollState.OPEN, SECONDS * 1_000)
        timers = [task for task in asyncio.all_tasks() if task.get_name().startswith("timer of the poll")]
        assert len(timers) == 1
