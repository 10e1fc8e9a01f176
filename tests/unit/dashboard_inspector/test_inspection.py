"""The rules of the device inspector: what is kept, what is news, and who sleeps best."""

from typing import Any

import pytest

from broker_bridge.wire.topics import ShadowId
from dashboard.feed.inspector_messages import INSPECTOR_MESSAGE
from dashboard.rooms.inspection import (
    ECHO_MS,
    MESSAGES_MAX,
    NEWEST_MAX,
    PAYLOAD_MAX,
    SHADOWS_MAX,
    Inspection,
    sleepiest,
)
from dashboard.rooms.room import Phone

SHADOW = "$aws/things/lamp/shadow"


def checked(frame: dict[str, Any] | None) -> dict[str, Any]:
    """The frame, which must be one of the wire."""
    assert frame is not None
    INSPECTOR_MESSAGE.validate_python(frame)
    return frame


def document(version: int, **state: Any) -> dict[str, Any]:
    """An answer to a get."""
    return {"state": state, "metadata": {}, "version": version, "timestamp": version}


@pytest.mark.parametrize(
    ("topic", "changed"),
    [
        (f"{SHADOW}/update", None),
        (f"{SHADOW}/update/accepted", None),
        (f"{SHADOW}/update/delta", None),
        (f"{SHADOW}/update/documents", ShadowId("lamp")),
        (f"{SHADOW}/name/a/update/documents", ShadowId("lamp", "a")),
        (f"{SHADOW}/name/a/delete/accepted", ShadowId("lamp", "a")),
        (f"{SHADOW}/delete/rejected", None),
        ("room/DEMO/presence/lamp", None),
    ],
)
def test_a_shadow_is_read_again_when_it_changed(topic: str, changed: ShadowId | None) -> None:
    """Documents and an accepted deletion say that a shadow changed; nothing else does."""
    assert Inspection("lamp").heard(topic, b"{}", 0) == changed


def test_an_answer_that_comes_twice_counts_once() -> None:
    """A broker that delivers once for each subscription is not seen; the same request twice is."""
    seen = Inspection("lamp")
    for at in (0, 1, ECHO_MS + 2):
        seen.heard(f"{SHADOW}/update/accepted", b'{"version":1}', at)
        seen.heard(f"{SHADOW}/get", b"{}", at)
    heard = [message["topic"] for message in seen.snapshot("DEMO", 0)["messages"]]
    assert heard.count(f"{SHADOW}/update/accepted") == 2
    assert heard.count(f"{SHADOW}/get") == 3


def test_messages_are_bounded_and_what_is_missed_is_counted() -> None:
    """A device that shouts fills no memory; long payloads are cut and their size is told."""
    seen = Inspection("lamp")
    seen.take_changes(0)
    for number in range(MESSAGES_MAX + 5):
        seen.heard(f"{SHADOW}/update", b"\xff" * (PAYLOAD_MAX * 5) + bytes([number]), number)
    frame = checked(seen.take_changes(9))
    assert len(frame["messages"]) == MESSAGES_MAX
    assert frame["missed"] == 5
    assert {(len(one["payload"]), one["size"]) for one in frame["messages"]} == {
        (PAYLOAD_MAX, PAYLOAD_MAX * 5 + 1)
    }
    assert seen.take_changes(10) is None


def test_only_what_changed_is_news() -> None:
    """A shadow read again without a change is no news, its removal is, and so is a phone's waking."""
    seen = Inspection("lamp")
    seen.took(None, document(1, desired={"on": True}))
    seen.took("a", document(1))
    assert [one["name"] for one in checked(seen.take_changes(0))["shadows"]] == [None, "a"]
    seen.took(None, document(1, desired={"on": True}) | {"timestamp": 99})
    assert seen.take_changes(0) is None
    seen.took("a", None)
    seen.met(Phone("lamp", 7, connected=True, reported={"visible": False}))
    frame = checked(seen.take_changes(0))
    assert frame["gone"] == ["a"]
    assert frame["phone"] == {
        "slot": 7,
        "connected": True,
        "visible": False,
        "sim": False,
        "session": 0,
    }
    seen.troubled("away")
    assert checked(seen.take_changes(0)) == {"type": "inspected", "now": 0, "problem": "away"}
    seen.troubled(None)
    assert checked(seen.take_changes(0))["problem"] is None
    assert [one["version"] for one in checked(seen.snapshot("DEMO", 0))["shadows"]] == [1]


def test_a_thing_of_a_hundred_shadows_shows_the_first_ones() -> None:
    """Shadows beyond the bound are counted, each once."""
    seen = Inspection("lamp")
    for number in range(SHADOWS_MAX + 3):
        if seen.admits(f"s{number:03}"):
            seen.took(f"s{number:03}", document(1))
    assert not seen.admits(f"s{SHADOWS_MAX + 1:03}")
    assert seen.admits("s000")
    frame = checked(seen.snapshot("DEMO", 0))
    assert (len(frame["shadows"]), frame["more"]) == (SHADOWS_MAX, 3)


def phone(slot: int, *, connected: bool | None, visible: bool | None, sim: bool = False) -> Phone:
    """A phone of the room, its session as its slot."""
    reported = {} if visible is None else {"visible": visible}
    return Phone(f"phone-{slot}", slot, sim, reported=reported, connected=connected, session=slot)


HIDDEN = phone(1, connected=True, visible=False)
AWAY = phone(2, connected=False, visible=True)
SIM_AWAY = phone(3, connected=False, visible=True, sim=True)
AWAKE = phone(4, connected=True, visible=True)
SIM = phone(5, connected=True, visible=True, sim=True)


def test_who_sleeps_is_chosen_first() -> None:
    """Hidden, then away, then simulated ones that sleep, then who is awake, real before simulated."""
    room = [SIM, AWAKE, SIM_AWAY, AWAY, HIDDEN]
    for sleeper in (HIDDEN, AWAY, SIM_AWAY, AWAKE, SIM):
        assert sleepiest(room) == [sleeper]
        room.remove(sleeper)
    assert sleepiest(room) == []


def test_another_is_chosen_if_there_is_one() -> None:
    """The phone that is shown already is chosen again only when it is alone."""
    assert sleepiest([HIDDEN, AWAKE], avoid=HIDDEN.slot) == [AWAKE]
    assert sleepiest([HIDDEN], avoid=HIDDEN.slot) == [HIDDEN]


def test_who_left_long_ago_is_not_chosen() -> None:
    """Among many that are away only the newest are worth waking: the others went home."""
    away = [phone(slot, connected=False, visible=True) for slot in range(1, 100)]
    assert [one.slot for one in sleepiest(away)] == [*range(99, 99 - NEWEST_MAX, -1)]
