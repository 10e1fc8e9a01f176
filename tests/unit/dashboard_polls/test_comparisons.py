"""Which groups of a poll's phones a presenter may see, view after view, also over a restart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from dashboard.database import RoomDatabase
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_parsing import parse_draft
from tests.support.asked_polls import AskedPolls, Everybody
from tests.support.shadow_service import ShadowService, shadow_service

PHONES = [f"phone-{n:02d}" for n in range(30)]
FACTS = {
    thing: {
        "os": "iOS" if n < 10 else "Android",
        "browser": "Safari" if n < 9 else "Chrome",
        "language": "fr" if n % 2 else "en",
    }
    for n, thing in enumerate(PHONES)
}
"""Ten iPhones, one of which has Chrome; every other phone speaks French."""


@pytest.fixture
async def service() -> AsyncIterator[ShadowService]:
    async with shadow_service() as running:
        yield running


@asynccontextmanager
async def polls_on(path: Path, service: ShadowService) -> AsyncIterator[AskedPolls]:
    """A room's polls from start to stop; the same path again is the same room."""
    database = RoomDatabase(path)
    await database.open()
    clock = iter(range(1_000_000))
    audience = Everybody(facts=FACTS)
    assert [audience.slot(thing) for thing in PHONES] == list(range(1, 31)), "all are members"
    shadows = service.client, service
    polls = AskedPolls(
        "DEMO", "room-x", database, *shadows, lambda: None, lambda: next(clock), audience, "key"
    )
    await polls.start()
    try:
        yield polls
    finally:
        await polls.stop()
        await database.close()


async def asked(polls: AskedPolls, *, anonymous: bool = True, few: int = 10) -> Poll:
    """A locked poll: the first `few` phones said A, the others B."""
    draft = {"kind": "single", "question": "Which?", "options": ["A", "B"], "anonymous": anonymous}
    poll = await polls.create(parse_draft(draft))
    await polls.open(poll.id)
    for n, thing in enumerate(PHONES):
        # Earlier polls are locked, so their ballots may be gone.
        polls.ballot_changed(thing, poll.created_ms + 1, {poll.id: {"choice": ["A" if n < few else "B"]}})
    return await polls.lock(poll.id)


def groups(polls: AskedPolls, poll: Poll, by: str) -> tuple[dict[str, dict[str, int]], int]:
    """The tally of each group that is shown, and how many phones are in none."""
    seen = polls.views.grouped(poll, by)
    return {group["value"]: group["tally"] for group in seen["groups"]}, seen["hidden"]


def chosen(polls: AskedPolls, poll: Poll, *where: str) -> Any:
    """How many phones meet the conditions; None when that is not told."""
    return polls.views.filtered(poll, where).get("answered")


async def test_two_views_are_no_answer(tmp_path: Path, service: ShadowService) -> None:
    """By system, then not by browser, whose difference would be one phone's answer; language may be shown
    as far as it leaves five, and the memory of that is kept over a restart."""
    async with polls_on(tmp_path / "rooms.db", service) as polls:
        poll = await asked(polls)
        by_os = {"Android": {"A": 0, "B": 20}, "iOS": {"A": 10, "B": 0}}
        assert groups(polls, poll, "os") == (by_os, 0)
        assert groups(polls, poll, "browser") == ({}, 30)
        assert set(groups(polls, poll, "language")[0]) == {"en", "fr"}
        assert chosen(polls, poll, "browser:Safari") is None
        assert chosen(polls, poll, "os:iOS", "browser:Safari") is None
        assert chosen(polls, poll, "os:iOS", "language:fr") == 5
        assert chosen(polls, poll, "os:Android", f"{poll.id}:B") == 20
        assert chosen(polls, poll, "os:Android", f"{poll.id}:A") is None
        assert chosen(polls, poll, "os:OS/2") is None
    async with polls_on(tmp_path / "rooms.db", service) as polls:
        assert polls.book.compared == {poll.id: ["os", "browser", "language"]}
        assert groups(polls, poll, "browser") == ({}, 30)
        assert groups(polls, poll, "os")[1] == 0
        assert (await polls.reset(poll.id)).ballot_key not in polls.book.compared


async def test_what_is_asked_first_is_shown(tmp_path: Path, service: ShadowService) -> None:
    """A presenter who begins with the browser sees the browser, and no system then."""
    async with polls_on(tmp_path / "rooms.db", service) as polls:
        poll = await asked(polls)
        assert set(groups(polls, poll, "browser")[0]) == {"Safari", "Chrome"}
        assert groups(polls, poll, "os") == ({}, 30)


async def test_a_named_poll_shows_everything_but_an_anonymous_one(
    tmp_path: Path, service: ShadowService
) -> None:
    """Its own groups may be of one; beside an anonymous poll only if each of its answers is of five."""
    async with polls_on(tmp_path / "rooms.db", service) as polls:
        secret = await asked(polls, few=12)
        known = await asked(polls, anonymous=False, few=1)
        assert groups(polls, known, "browser")[1] == 0
        assert chosen(polls, known, "os:iOS", "browser:Chrome") == 1
        assert groups(polls, known, secret.id) == ({}, 30)
        assert chosen(polls, known, f"{secret.id}:A") is None
        shared = await asked(polls, anonymous=False, few=6)
        by_secret = {"A": {"A": 6, "B": 6}, "B": {"A": 0, "B": 18}}
        assert groups(polls, shared, secret.id) == (by_secret, 0)
