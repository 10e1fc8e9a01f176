"""What a phone shows: the crowd's rule and the room's own rule give the same colours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms import scene as room_rules
from device_sim.phone.behaviour import persona
from device_sim.phone.scene import colour_of, command_of, read_scene
from device_sim.phone.surroundings import Surroundings

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06X}")
VALUES = st.sampled_from(("iOS", "Android", "other", "en", "Safari", "phone", "true", "False"))
SCENES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(
        {
            "by": st.sampled_from(("os", "browser", "language", "form", "visible", "sim", "nothing")),
            "palette": st.dictionaries(VALUES, COLOURS),
        }
    ),
    st.fixed_dictionaries({"color": COLOURS}),
    st.fixed_dictionaries(
        {
            "wave": st.fixed_dictionaries(
                {
                    "colors": st.lists(COLOURS, min_size=2, max_size=6),
                    "period_ms": st.integers(1_020, 60_000),
                    "slots": st.integers(2, 10_000),
                }
            )
        }
    ),
    st.just({"blank": True}),
    st.just({}),
)


@given(SCENES, st.integers(0, 200), st.integers(0, 10_000), st.integers(0, 2**41))
def test_the_crowd_colours_as_the_room_does(scene: dict[str, Any], index: int, slot: int, at: int) -> None:
    """For every scene and phone, the simulator's colour is that of the room's rules at the scene's start."""
    scene = {"version": 3, "at": at, **scene}
    facts = {**persona(1, index).facts, "visible": True, "sim": True}
    assert colour_of(scene, facts, slot) == room_rules.colour_of(scene, facts, slot, at)


@given(SCENES)
def test_a_scene_can_be_asked_for_again(scene: dict[str, Any]) -> None:
    """The command made from a scene message leads to the same scene."""
    command = command_of({"version": 3, "at": 5, **scene})
    assert command == scene


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"\xff", b'{"version":"1"}', b'{"version":1,"by":"os"}', None]
)
def test_what_is_no_scene_is_not_shown(payload: bytes | None) -> None:
    """Bytes that are no scene message change nothing."""
    assert read_scene(payload) is None


def test_only_an_open_question_is_one() -> None:
    """Locked, revealed and absent polls are nothing to vote on."""
    room = Surroundings("DEMO", 1)
    poll = {"id": "p1", "options": ["a"], "state": "open"}
    assert room.hear_poll({"version": 1, "poll": poll}) == poll
    for state in ("locked", "revealed"):
        assert room.hear_poll({"version": 1, "poll": {**poll, "state": state}}) is None
    assert room.hear_poll({"version": 1, "poll": None}) is None


def test_the_latest_scene_is_kept_whoever_hears_an_old_one() -> None:
    """A late phone that hears an old scene does not turn the room back."""
    room = Surroundings("DEMO", 1)
    room.hear_scene(b'{"version":5,"at":0,"color":"#111111"}')
    room.hear_scene(b'{"version":4,"at":0}')
    assert room.scene is not None
    assert room.scene["version"] == 5
