"""The feed's marks: what they cost, and what a cursor brings back."""

import random
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from dashboard.feed import history
from dashboard.feed.history import History, grouped, ungrouped
from dashboard.feed.hub import Hub
from dashboard.feed.messages import SERVER_MESSAGE
from dashboard.feed.recording import read
from dashboard.feed.session import Session
from dashboard.rooms.room import Mark
from tests.support.standing_room import FAMILIES, full_room

PHONES = 2_000
REPORTS_A_FRAME = 100
"""A recolour of 2,000 that takes a second: 20 frames."""
BYTES_A_MARK = 16
RECOLOUR = Path(__file__).with_name("recolour-2000.jsonl")
"""One recolour out of the recording of a room with 2,000 simulated phones."""
COLOURS = ("#2563EB", "#A3E635", "#F59E0B", "#DB2777", "#0EA5E9", "#94A3B8")


async def frames(hub: Hub, session: Session, act: Callable[[], None]) -> bytes:
    """The frame that tells what `act` did."""
    act()
    hub._tell()
    frame = (await session.next()).encode()
    SERVER_MESSAGE.validate_json(frame)
    return frame


async def test_a_recolour_of_2000_takes_at_most_16_bytes_a_mark() -> None:
    """Hollow in one frame and filled in twenty, phones in no order, six colours: whole frames, all bytes."""
    room = full_room(PHONES)
    hub, session = Hub(room), Session()  # type: ignore[arg-type]
    hub._tell()
    hub.join("stage", session)
    await session.next()
    slots = list(range(1, PHONES + 1))
    random.Random(4).shuffle(slots)
    for version in (1, 2):

        def hollow(version: int = version) -> None:
            room.scene = {"version": version, "at": 1_700_000_000_000, "by": "os", "palette": {}}
            room.phones.scene_version = version

        told = [await frames(hub, session, hollow)]
        for first in range(0, PHONES, REPORTS_A_FRAME):

            def report(first: int = first, version: int = version) -> None:
                for slot in slots[first : first + REPORTS_A_FRAME]:
                    said = {"scene": version, "color": COLOURS[(slot + version) % 6], "visible": slot % 5 > 0}
                    family = FAMILIES[slot % len(FAMILIES)]
                    room.phones.report(f"phone-{slot}", version, {"os": family, **said})

            told.append(await frames(hub, session, report))
        changed = sum(len(list(ungrouped(orjson.loads(frame).get("marks", [])))) for frame in told)
        assert changed >= PHONES
        assert sum(map(len, told)) / changed <= BYTES_A_MARK


def test_a_recorded_recolour_of_2000_takes_at_most_16_bytes_a_mark() -> None:
    """Frames as a room of 2,000 simulated phones caused them, encoded anew: whole frames, all bytes."""
    _, *changes = read(RECOLOUR)
    marks = [list(ungrouped(moment.frame.get("marks", []))) for moment in changes]
    assert len({mark[0] for frame in marks for mark in frame}) == PHONES
    size = 0
    for moment, changed in zip(changes, marks, strict=True):
        told = {**moment.frame, "marks": grouped(changed)} if changed else moment.frame
        assert orjson.dumps(told) == orjson.dumps(moment.frame)
        size += len(orjson.dumps(told))
    assert size / sum(map(len, marks)) <= BYTES_A_MARK


def test_grouping_loses_nothing() -> None:
    """Marks taken apart again are the marks that were grouped."""
    marks: list[Mark] = [(1, 7, "2563EB"), (2, 3, ""), (3, 7, "2563EB"), (4, -1, "")]
    assert grouped(marks) == [(7, "2563EB", [1, 3]), (3, "", [2]), (-1, "", [4])]
    assert sorted(ungrouped(grouped(marks))) == marks


def test_a_cursor_brings_back_the_newest_of_what_was_missed() -> None:
    """Each mark once, as it is now; nothing for the newest cursor; None for one of another run."""
    past: History[Mark] = History(100)
    past.add(101, [(1, 1, ""), (2, 1, "")])
    past.add(102, [])
    past.add(103, [(1, 7, "2563EB")])
    assert past.since(100) == [(1, 7, "2563EB"), (2, 1, "")]
    assert past.since(102) == [(1, 7, "2563EB")]
    assert past.since(103) == []
    assert past.since(99) is None
    assert past.since(104) is None


def test_the_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was forgotten is not pretended to be known."""
    monkeypatch.setattr(history, "HISTORY_ENTRIES", 3)
    past: History[Mark] = History(0)
    for cursor in range(1, 5):
        past.add(cursor, [(cursor, 1, "")])
    assert past.since(0) is None
    assert past.since(1) == [(2, 1, ""), (3, 1, ""), (4, 1, "")]
