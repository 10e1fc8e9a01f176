"""The room as a fold: order and repetition of messages do not matter."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms.facts import OS_FAMILIES
from dashboard.rooms.room import CONNECTED, CONVERGED, SIMULATED, VISIBLE, Mark, Room, Trait

THINGS = ("phone-a", "phone-b", "phone-c")
REPORTED = st.fixed_dictionaries(
    {},
    optional={
        "os": st.sampled_from(["iOS", "Android", "BeOS", 7]),
        "visible": st.booleans() | st.just("yes"),
        "scene": st.integers(0, 3),
        "color": st.sampled_from(["#A1b2C3", "#000000", "red", None, 5]),
        "sim": st.booleans(),
        "browser": st.sampled_from(["Safari", "Chrome", 5, None, "x" * 65]),
    },
)
SESSIONS = st.integers(0, 4)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Messages as the world makes them: one report per version, one birth and one end per session."""
    messages: list[tuple[Any, ...]] = []
    for thing in THINGS:
        for version, reported in enumerate(draw(st.lists(REPORTED, max_size=4)), start=1):
            messages.append(("report", thing, version, reported))
        for session in draw(st.sets(SESSIONS, max_size=3)):
            messages.append(("presence", thing, session, True))
            if draw(st.booleans()):
                messages.append(("presence", thing, session, False))
    return messages


def room_of(messages: list[tuple[Any, ...]]) -> Room:
    room = Room()
    for slot, thing in enumerate(THINGS, start=1):
        room.enter(thing, slot, {"os": "Linux"})
    room.scene_version = 2
    for kind, *told in messages:
        (room.report if kind == "report" else room.presence)(*told)
    return room


def values_of(room: Room) -> list[tuple[int, list[str | None]]]:
    """What each phone says, dimension by dimension, in words."""
    values = room.values.values()
    return [
        (slot, [known[index] if index >= 0 else None for known, index in zip(values, trait, strict=True)])
        for slot, trait in room.traits()
    ]


@given(histories(), st.randoms(use_true_random=False), st.data())
def test_shuffled_and_repeated_messages_give_the_same_room(
    history: Any, rng: Any, data: st.DataObject
) -> None:
    """Reports and presence converge to one room in whatever order and however often they come."""
    again = history + (data.draw(st.lists(st.sampled_from(history))) if history else [])
    rng.shuffle(again)
    straight, shuffled = room_of(history), room_of(again)
    assert shuffled.marks() == straight.marks()
    assert values_of(shuffled) == values_of(straight)
    assert shuffled.counts() == straight.counts()


@given(histories(), st.lists(st.integers(0, 30)))
def test_changes_add_up_to_the_marks(history: Any, cuts: list[int]) -> None:
    """Whoever folds all changes, taken at any moments, has the marks and the counts that the room has."""
    room = room_of([])
    wall: dict[int, Mark] = {}
    traits: dict[int, Trait] = {}
    for index, (kind, *told) in enumerate([*history, ("leave", "phone-b"), ("end",)]):
        if index in cuts or kind == "end":
            changes = room.take_changes()
            wall.update({mark[0]: mark for mark in changes.marks})
            traits.update(changes.traits)
        if kind == "leave":
            room.leave(*told)
        elif kind == "report":
            room.report(*told)
        elif kind == "presence":
            room.presence(*told)
    marks = sorted(mark for mark in wall.values() if mark[1] >= 0)
    assert marks == room.marks()
    assert [(mark[0], traits[mark[0]]) for mark in marks] == room.traits()


@given(histories())
def test_running_counts_are_what_counting_would_give(history: Any) -> None:
    """The numbers kept up to date equal the numbers of the marks."""
    room = room_of(history)
    marks, counts = room.marks(), room.counts()
    connected = {slot for slot, flags, _ in marks if flags & CONNECTED}
    assert counts.joined == len(marks)
    assert counts.connected == len(connected)
    assert counts.visible == sum(flags & VISIBLE > 0 for _, flags, _ in marks)
    assert counts.os == {
        family: found
        for index, family in enumerate(OS_FAMILIES)
        if (found := sum(trait[0] == index for slot, trait in room.traits() if slot in connected))
    }
    assert room.count_by("os") == counts.os


def test_flags_say_what_they_say() -> None:
    """Connected, visible only while connected, converged by version, simulated by either side's word."""
    room = Room()
    room.enter("phone-a", 1, {"os": "iOS"}, sim=True)
    assert room.marks() == [(1, SIMULATED, "")]
    room.report("phone-a", 1, {"os": "Android", "visible": True, "scene": 4, "color": "#a1B2c3"})
    assert room.marks() == [(1, SIMULATED, "A1B2C3")]
    room.presence("phone-a", 10, True)
    room.scene_version = 4
    assert room.marks() == [(1, SIMULATED | CONNECTED | VISIBLE | CONVERGED, "A1B2C3")]
    room.scene_version = 5
    assert room.take_changes().marks == [(1, SIMULATED | CONNECTED | VISIBLE, "A1B2C3")]


def test_a_session_that_ended_does_not_open_again() -> None:
    """A late birth, an old session's will and a repeated message change nothing."""
    room = Room()
    room.enter("phone-a", 1, {})
    assert room.presence("phone-a", 10, True)
    assert not room.presence("phone-a", 9, False)
    assert room.presence("phone-a", 10, False)
    assert not room.presence("phone-a", 10, True)
    assert room.counts().connected == 0
    assert room.presence("phone-a", 11, True)
    assert room.counts().connected == 1


def test_a_lost_broker_makes_everybody_unknown_until_their_next_birth() -> None:
    """Unknown is not connected; the next birth counts, the will of a session that was lost also does."""
    room = Room()
    for slot, thing in enumerate(THINGS, start=1):
        room.enter(thing, slot, {})
        room.presence(thing, 10, True)
    room.presence("phone-c", 10, False)
    room.broker_lost()
    assert room.counts().connected == 0
    assert room.presence("phone-a", 11, True)
    assert room.presence("phone-b", 10, False)
    assert not room.presence("phone-c", 10, True)
    assert room.counts().connected == 1


def test_a_slot_is_known_by_its_mark_when_it_goes() -> None:
    """Leaving tells the wall, also one that had the mark from a snapshot only."""
    room = Room()
    room.enter("phone-a", 1, {})
    room.leave("phone-a")
    assert room.take_changes().marks == [(1, -1, "")]
    room.enter("phone-b", 2, {})
    room.take_changes()
    room.leave("phone-b")
    room.leave("phone-b")
    assert room.take_changes().marks == [(2, -1, "")]
    assert not room.report("phone-b", 1, {})
    assert not room.presence("phone-b", 1, True)


def test_a_slot_that_is_dealt_again_is_the_newcomers() -> None:
    """Whatever was told between: the wall has the newcomer's mark and trait, and none when that goes too."""
    room = Room()
    room.enter("phone-a", 1, {"os": "iOS"})
    room.report("phone-a", 1, {"os": "iOS", "color": "#112233"})
    room.take_changes()
    room.leave("phone-a")
    room.enter("phone-b", 1, {"os": "iOS"})
    changes = room.take_changes()
    assert (changes.marks, changes.traits) == ([(1, 0, "")], room.traits())
    room.leave("phone-b")
    room.enter("phone-c", 1, {})
    room.leave("phone-c")
    assert room.take_changes().marks == [(1, -1, "")]


def test_a_wish_does_not_wipe_what_the_phone_said_on_joining() -> None:
    """A document without a report leaves the facts of the join; a report goes before them."""
    room = Room()
    room.enter("phone-a", 1, {"os": "iOS"})
    room.presence("phone-a", 1, True)
    room.report("phone-a", 1, {})
    assert room.counts().os == {"iOS": 1}
    room.enter("phone-a", 1, {"os": "Windows"})
    room.report("phone-a", 2, {"os": "Linux"})
    assert room.counts().os == {"Linux": 1}
    room.report("phone-a", 3, {})
    assert room.counts().os == {"Windows": 1}


def test_facts_are_counted_as_palettes_name_them() -> None:
    """Only connected phones count; booleans are written as JSON writes them."""
    room = Room()
    for slot, thing in enumerate(THINGS, start=1):
        room.enter(thing, slot, {})
        room.report(thing, 1, {"sim": slot == 1, "language": ["fr"] if slot == 2 else "fr"})
    room.presence("phone-a", 1, True)
    room.presence("phone-b", 1, True)
    assert room.count_by("sim") == {"true": 1, "false": 1}
    assert room.count_by("language") == {"fr": 1}
    assert room.count_by("nothing") == {}
