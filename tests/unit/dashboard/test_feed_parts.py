"""The feed's wire and its queue."""

import asyncio

import pytest

from dashboard.feed.session import FRAMES_MAX, Session
from scripts.generate_wire import ROOT, generated


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_what_is_generated_is_up_to_date(path: object) -> None:
    """Schemas and types in the repository are what the script writes now."""
    assert (ROOT / str(path)).read_text("utf-8") == generated()[path]  # type: ignore[index]


async def test_frames_come_in_order_and_are_waited_for() -> None:
    """What is sent is received, whoever is first."""
    session = Session()
    waiting = asyncio.create_task(session.next())
    await asyncio.sleep(0)
    session.send("a")
    session.send("b")
    assert [await waiting, await session.next()] == ["a", "b"]


async def test_a_full_queue_gives_the_watcher_up() -> None:
    """One frame too many empties the queue and ends the session; later frames cost nothing."""
    session = Session()
    for number in range(FRAMES_MAX):
        session.send(str(number))
    assert not session.given_up.is_set()
    for number in range(5):
        session.send(str(number))
    assert session.given_up.is_set()
    waiting = asyncio.create_task(session.next())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
