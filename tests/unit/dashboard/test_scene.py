"""Scenes: commands, palettes, patches and the colour of one phone."""

import itertools
import math
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms.facts import OS_FAMILIES
from dashboard.rooms.scene import (
    DEALT,
    OS_PALETTE,
    REST,
    SceneError,
    colour_of,
    dealt_palette,
    replacing_patch,
    scene_message,
    scene_of,
    wave_colour,
)
from scripts.generate_wire import scene_schema

SCHEMA = scene_schema()
COLOURS = st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True)
NAMES = st.text(min_size=1, max_size=20)
COMMANDS = st.one_of(
    st.just({}),
    st.just({"by": "os"}),
    st.builds(
        lambda palette: {"by": "browser", "palette": palette}, st.dictionaries(NAMES, COLOURS, max_size=5)
    ),
    st.builds(lambda colour: {"color": colour}, COLOURS),
    st.builds(
        lambda colors, period, slots: {"wave": {"colors": colors, "period_ms": period, "slots": slots}},
        st.lists(COLOURS, min_size=2, max_size=6),
        st.integers(1_020, 60_000),
        st.integers(2, 10_000),
    ),
    st.just({"blank": True}),
)
JSON_OBJECTS = st.recursive(
    st.integers() | st.text(max_size=5),
    lambda inner: st.dictionaries(st.text(max_size=3), inner, min_size=1, max_size=4),
    max_leaves=12,
).filter(lambda value: isinstance(value, dict))


def counts(_fact: str) -> dict[str, int]:
    return {"Safari": 3, "Chrome": 5, "other": 9}


def merged(old: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """What the shadow service makes of a patch."""
    result = dict(old)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


@given(COMMANDS, st.integers(0, 2**50))
def test_every_command_becomes_a_message_that_the_schema_allows(command: dict[str, Any], at: int) -> None:
    """What goes out is valid, shows at the asked moment, and says what was commanded."""
    scene = scene_of(command, counts, at)
    message = scene_message(7, scene)
    jsonschema.validate(message, SCHEMA)
    assert (message["version"], message["at"]) == (7, at)
    assert set(message) - {"version", "at", "palette"} == set(command) - {"palette"}


@given(JSON_OBJECTS, JSON_OBJECTS)
def test_a_replacing_patch_leaves_exactly_the_new_state(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Merging the patch over any state gives the new one, stale keys of palettes included."""
    assert merged(old, replacing_patch(old, new)) == new


@given(st.dictionaries(st.text(max_size=3), JSON_OBJECTS | st.integers() | st.none()), st.integers())
def test_whatever_somebody_writes_into_the_shadow_stays_a_valid_message(
    desired: dict[str, Any], at: int
) -> None:
    """A foreign hand in the shadow clears the room at worst."""
    message = scene_message(1, {"at": at, **desired})
    jsonschema.validate(message, SCHEMA)
    colour_of(message, {"os": "iOS"}, 1, 1)


@pytest.mark.parametrize(
    "command",
    [
        None,
        [],
        {"by": "os", "color": "#000000"},
        {"by": 1},
        {"by": "Os"},
        {"by": "scene"},
        {"by": "shoe_size"},
        {"by": "os", "palette": {"iOS": "blue"}},
        {"palette": {"iOS": "#000000"}},
        {"color": "red"},
        {"color": "#12345"},
        {"wave": 1},
        {"wave": {"colors": ["#000000"]}},
        {"wave": {"period_ms": 10}},
        {"wave": {"speed": 1}},
        {"blank": 1},
        {"flash": True},
    ],
)
def test_what_is_no_scene_is_refused_with_a_sentence(command: object) -> None:
    """Each mistake names what would be right."""
    with pytest.raises(SceneError, match=r"\.$"):
        scene_of(command, lambda _fact: {}, 0)


def test_a_fact_of_their_own_can_be_shown_when_phones_report_it() -> None:
    """Facts beyond ours are known by being reported."""
    assert scene_of({"by": "battery"}, lambda _fact: {"full": 2}, 0)["palette"] == {
        "full": DEALT[0],
        "other": REST,
    }


def test_a_palette_is_dealt_by_frequency() -> None:
    """The commonest value gets the first colour; `other` and what has no colour are grey."""
    palette = dealt_palette(counts("browser"))
    assert palette == {"Chrome": DEALT[0], "Safari": DEALT[1], "other": REST}
    many = dealt_palette({f"v{number}": 1 for number in range(20)})
    assert len(many) == len(DEALT) + 1
    assert list(many)[:2] == ["v0", "v1"]


def test_a_phone_shows_the_colour_of_its_fact() -> None:
    """By value as JSON writes it, else other, else nothing."""
    scene = {"version": 1, "at": 0, "by": "visible", "palette": {"true": "#00FF00", "other": "#111111"}}
    assert colour_of(scene, {"visible": True}) == "#00FF00"
    assert colour_of(scene, {"visible": False}) == "#111111"
    assert colour_of({**scene, "palette": {}}, {"visible": True}) is None
    assert colour_of({"version": 1, "at": 0, "color": "#123456"}, {}) == "#123456"
    assert colour_of({"version": 1, "at": 0, "blank": True}, {}) == "#000000"
    assert colour_of({"version": 1, "at": 0}, {}) is None
    assert colour_of(None, {}) is None


@given(st.integers(1, 10_000), st.integers(0, 10**13))
def test_a_wave_comes_round_for_every_slot(slot: int, now: int) -> None:
    """After one period a slot has its colour again, and the slot one wavelength on has it at the same
    time."""
    wave = {"colors": ["#000001", "#000002", "#000003"], "period_ms": 3_000, "slots": 16}
    here = wave_colour(wave, 0, slot, now * 3 // 3)
    exact = (now / 3_000 - slot / 16) % (1 / 3) > 1e-6  # on the very edge rounding may decide either way
    if exact and (now / 3_000 - slot / 16) % (1 / 3) < 1 / 3 - 1e-6:
        assert wave_colour(wave, 0, slot, now + 3_000) == here
        assert wave_colour(wave, 0, slot + 16, now) == here


def test_the_palette_can_be_told_apart_by_every_kind_of_eye() -> None:
    """iOS and Android differ by ΔE00 ≥ 31 for all, any two of the palette by ≥ 13 (Machado 2009,
    CIEDE2000)."""
    assert set(OS_PALETTE) == set(OS_FAMILIES)
    assert _least_difference(OS_PALETTE["iOS"], OS_PALETTE["Android"]) >= 31
    assert min(_least_difference(a, b) for a, b in itertools.combinations(OS_PALETTE.values(), 2)) >= 13
    assert min(_least_difference(a, b) for a, b in itertools.combinations((*DEALT, REST), 2)) >= 13


EYES = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _least_difference(first: str, second: str) -> float:
    return min(_ciede2000(_lab(first, eye), _lab(second, eye)) for eye in EYES)


def _lab(colour: str, eye: str) -> tuple[float, float, float]:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    seen = [sum(weight * c for weight, c in zip(row, linear, strict=True)) for row in EYES[eye]]
    red, green, blue = (min(1.0, max(0.0, c)) for c in seen)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _ciede2000(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Sharma, Wu and Dalal 2005, equations 2 to 22."""
    mean_chroma = (math.hypot(*first[1:]) + math.hypot(*second[1:])) / 2
    scale = 1 + 0.5 * (1 - math.sqrt(mean_chroma**7 / (mean_chroma**7 + 25**7)))
    (l1, a1, b1), (l2, a2, b2) = first, second
    c1, c2 = math.hypot(a1 * scale, b1), math.hypot(a2 * scale, b2)
    h1, h2 = (math.degrees(math.atan2(b, a * scale)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    hue_difference = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    weight = (
        1
        - 0.17 * math.cos(math.radians(hue - 30))
        + 0.24 * math.cos(math.radians(2 * hue))
        + 0.32 * math.cos(math.radians(3 * hue + 6))
        - 0.20 * math.cos(math.radians(4 * hue - 63))
    )
    blue = 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2)))) * blue
    light_part = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    chroma_part = (c2 - c1) / (1 + 0.045 * chroma)
    hue_part = hue_difference / (1 + 0.015 * chroma * weight)
    return math.sqrt(light_part**2 + chroma_part**2 + hue_part**2 + rotation * chroma_part * hue_part)
