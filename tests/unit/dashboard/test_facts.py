"""What phones say of themselves, as the values of dimensions."""

from dashboard.rooms.facts import DIMENSIONS, OS_FAMILIES, UNSAID, VALUE_MAX, VALUES_MAX, Vocabulary
from dashboard.rooms.room import Room
from dashboard.rooms.scene import REST, scene_of


def said(vocabulary: Vocabulary, **facts: object) -> dict[str, str | None]:
    """What a trait says, in words."""
    trait = vocabulary.trait(facts)
    return {
        name: vocabulary.values[name][index] if index != UNSAID else None
        for name, index in zip(DIMENSIONS, trait, strict=True)
    }


def test_a_trait_says_what_the_phone_said() -> None:
    """Every dimension; what is not reported is unsaid, a system that is none of the families is other."""
    phone = said(Vocabulary(), os="BeOS", browser="Safari", language=7, form="", theme=None, team="blue")
    assert phone == {
        "os": "other",
        "os_name": None,
        "form": None,
        "browser": "Safari",
        "language": "7",
        "theme": None,
    }


def test_values_are_only_added() -> None:
    """An index keeps its meaning, and the list is the same object until there is a new value."""
    vocabulary = Vocabulary()
    assert list(vocabulary.values["os"]) == list(OS_FAMILIES)
    vocabulary.trait({"browser": "Safari"})
    before = vocabulary.values
    vocabulary.trait({"browser": "Safari", "os": "iOS"})
    assert vocabulary.values is before
    vocabulary.trait({"browser": "Firefox"})
    assert vocabulary.values["browser"] == ["Safari", "Firefox"]


def test_inventing_values_does_not_fill_the_room() -> None:
    """Too long ones and those beyond the bound are other, and phones that said them are still counted."""
    room = Room()
    for slot in range(1, VALUES_MAX + 20):
        room.enter(f"phone-{slot}", slot, {"browser": f"Browser {slot}"})
        room.presence(f"phone-{slot}", 1, True)
    room.enter("phone-0", VALUES_MAX + 20, {"browser": "x" * (VALUE_MAX + 1)})
    room.presence("phone-0", 1, True)
    counts = room.counts().facts["browser"]
    assert len(room.values["browser"]) == len(counts) == VALUES_MAX
    assert counts["other"] == 21
    assert sum(counts.values()) == VALUES_MAX + 20


def test_a_scene_by_any_dimension_gives_the_most_frequent_values_colours() -> None:
    """The palette is made for the values that the room has: the first get colours, the rest shares one."""
    room = Room()
    browsers = ["Safari"] * 3 + ["Chrome"] * 2 + [f"Rare {number}" for number in range(9)]
    for slot, browser in enumerate(browsers, start=1):
        room.enter(f"phone-{slot}", slot, {"browser": browser})
        room.presence(f"phone-{slot}", 1, True)
    palette = scene_of({"by": "browser"}, room.count_by, 0)["palette"]
    assert [*palette][:2] == ["Safari", "Chrome"]
    assert len(palette) == len(set(palette.values())) == 8
    assert palette["other"] == REST
