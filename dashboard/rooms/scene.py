"""What the whole room shows: from a presenter's command to the colour of one phone. Pure rules.

A scene is the `desired` of the room's named shadow `scene`: `at`, perhaps `spread_ms`, and one of `by` with
`palette`, `color`, `wave`, `blank`, or none of these, which is the cleared room.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from dashboard.rooms.facts import FACTS, VALUE_MAX, Facts, fact_value
from dashboard.rooms.pace import SPREAD_MAX_MS

Scene = dict[str, Any]

OS_PALETTE: Final = {
    "iOS": "#2563EB",
    "Android": "#A3E635",
    "HarmonyOS": "#D55E00",
    "Windows": "#F8FAFC",
    "macOS": "#94A3B8",
    "Linux": "#FCA5A5",
    "ChromeOS": "#92400E",
    "other": "#475569",
}
"""CIEDE2000 between iOS and Android is at least 31 for every kind of colour vision (Machado 2009),
between any two 13;
shape and label carry the rest."""
DEALT: Final = ("#2563EB", "#A3E635", "#D55E00", "#F8FAFC", "#FCA5A5", "#94A3B8", "#92400E")
"""For other facts: the most frequent value gets the first colour; values beyond these share `REST`."""
REST: Final = "#475569"
BLACK: Final = "#000000"

CHANGE_SPACING_MS: Final = 170
"""Milliseconds between two changes of colour: WCAG 2.3.1 allows three flashes, so six changes, in any
second."""
PALETTE_MAX: Final = 64
"""Entries of a palette that a presenter sends; 64 of the longest values stay far below a shadow's 8 KiB."""
WAVE_COLOURS: Final = (2, 6)
WAVE_PERIOD_MS: Final = (1_020, 60_000)
"""The shortest period still gives six colours `CHANGE_SPACING_MS` each."""
WAVE_SLOTS: Final = (2, 10_000)
WAVE_DEFAULT: Final = {"colors": ["#2563EB", "#A3E635"], "period_ms": 4_000, "slots": 20}

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_FACT = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_NOT_FACTS = frozenset({"room", "scene", "color", "message", "removed"})
_KINDS = ("by", "color", "wave", "blank")


class SceneError(ValueError):
    """A command that is no scene; the text says what would be one."""


def is_colour(value: object) -> bool:
    """True for `#RRGGBB`."""
    return isinstance(value, str) and _COLOUR.match(value) is not None


def scene_of(command: object, count_by: Callable[[str], Mapping[str, int]], at: int) -> Scene:
    """The scene that a command asks for, to be shown at `at` (ms of room time). Raises `SceneError`.

    Commands: `{"by": fact}` (and `"palette"` to override colours), `{"color": "#RRGGBB"}`, `{"wave": {…}}`,
    `{"blank": true}`, `{}`. `count_by` tells how many connected phones have which value of a fact.
    """
    if not isinstance(command, dict):
        raise SceneError('A scene is an object, for instance {"by": "os"} or {"color": "#2563EB"}.')
    kinds = [kind for kind in _KINDS if command.get(kind) is not None]
    unknown = sorted(set(command) - set(_KINDS) - {"palette"})
    if unknown or len(kinds) > 1 or ("palette" in command and kinds != ["by"]):
        raise SceneError(
            'A scene has one of "by" (with an optional "palette"), "color", "wave" or "blank", or nothing.'
        )
    if not kinds:
        return {"at": at}
    return {"at": at, **_PARSERS[kinds[0]](command, count_by)}


def _by(command: Mapping[str, Any], count_by: Callable[[str], Mapping[str, int]]) -> Scene:
    fact = command["by"]
    if not isinstance(fact, str) or not _FACT.match(fact) or fact in _NOT_FACTS:
        raise SceneError(f'"by" names a fact of the phones: {", ".join(FACTS)}.')
    counts = count_by(fact)
    if fact not in FACTS and not counts:
        raise SceneError(f'No phone reports "{fact}". Facts that phones report: {", ".join(FACTS)}.')
    palette = OS_PALETTE if fact == "os" else dealt_palette(counts)
    return {"by": fact, "palette": {**palette, **_given_palette(command.get("palette"))}}


def _given_palette(palette: object) -> dict[str, str]:
    if palette is None:
        return {}
    if not isinstance(palette, dict) or len(palette) > PALETTE_MAX:
        raise SceneError(f'"palette" is an object of at most {PALETTE_MAX} values and their colours.')
    for value, colour in palette.items():
        if not 0 < len(value) <= VALUE_MAX or not is_colour(colour):
            raise SceneError('"palette" gives each value a colour, for instance {"iOS": "#2563EB"}.')
    return {value: colour.upper() for value, colour in palette.items()}


def dealt_palette(counts: Mapping[str, int]) -> dict[str, str]:
    """Colours by frequency, ties by name, so that the same room always gets the same palette; the rest
    is grey."""
    ranked = sorted((value for value in counts if 0 < len(value) <= VALUE_MAX), key=lambda v: (-counts[v], v))
    ranked = [value for value in ranked if value != "other"]
    return {**dict(zip(ranked, DEALT, strict=False)), "other": REST}


def _color(command: Mapping[str, Any], _count_by: object) -> Scene:
    if not is_colour(command["color"]):
        raise SceneError('"color" is six hexadecimal digits, for instance {"color": "#2563EB"}.')
    return {"color": command["color"].upper()}


def _wave(command: Mapping[str, Any], _count_by: object) -> Scene:
    given = command["wave"]
    wave: Scene = {**WAVE_DEFAULT, **(given if isinstance(given, dict) else {})}
    if given is not True and not isinstance(given, dict):
        raise SceneError('"wave" is an object, for instance {"wave": {"colors": ["#2563EB", "#A3E635"]}}.')
    if not is_wave(wave):
        raise SceneError(
            f'"wave" has "colors" ({WAVE_COLOURS[0]} to {WAVE_COLOURS[1]} of "#RRGGBB"), "period_ms" '
            f'({WAVE_PERIOD_MS[0]} to {WAVE_PERIOD_MS[1]}) and "slots" ({WAVE_SLOTS[0]} to {WAVE_SLOTS[1]}).'
        )
    return {"wave": {**wave, "colors": [colour.upper() for colour in wave["colors"]]}}


def is_wave(wave: object) -> bool:
    """True for a complete wave: how it looks is in `wave_colour`."""
    if not isinstance(wave, dict) or set(wave) != set(WAVE_DEFAULT):
        return False
    colors = wave["colors"]
    return (
        isinstance(colors, list)
        and WAVE_COLOURS[0] <= len(colors) <= WAVE_COLOURS[1]
        and all(is_colour(colour) for colour in colors)
        and _within(wave["period_ms"], WAVE_PERIOD_MS)
        and _within(wave["slots"], WAVE_SLOTS)
    )


def _within(value: object, bounds: tuple[int, int]) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and bounds[0] <= value <= bounds[1]


def _blank(command: Mapping[str, Any], _count_by: object) -> Scene:
    if command["blank"] is not True:
        raise SceneError('"blank" is true, or left out.')
    return {"blank": True}


_PARSERS: Final = {"by": _by, "color": _color, "wave": _wave, "blank": _blank}


def replacing_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The `desired` patch that turns the shadow's `old` into exactly `new`: null for every key that is to go.

    Shadow updates merge, so without the nulls a colour of the last palette would stay in the next.
    """
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        before = old.get(key)
        patch[key] = (
            replacing_patch(before, value) if isinstance(value, dict) and isinstance(before, dict) else value
        )
    return patch


def scene_message(version: int, desired: Mapping[str, Any]) -> Scene:
    """What goes out on `room/{room}/scene` for a version of the room's shadow, whoever wrote it.

    A part that no phone could show is left out, so that the room is cleared rather than confused.
    """
    at = desired.get("at")
    message: Scene = {"version": version, "at": at if isinstance(at, int) else 0}
    spread = desired.get("spread_ms")
    if type(spread) is int and 0 < spread <= SPREAD_MAX_MS:
        message["spread_ms"] = spread
    palette = desired.get("palette")
    if isinstance(desired.get("by"), str) and isinstance(palette, dict):
        shown = {value: colour for value, colour in palette.items() if is_colour(colour)}
        return {**message, "by": desired["by"], "palette": shown}
    if is_colour(desired.get("color")):
        return {**message, "color": desired["color"]}
    if is_wave(desired.get("wave")):
        return {**message, "wave": desired["wave"]}
    return {**message, "blank": True} if desired.get("blank") is True else message


def colour_of(scene: Mapping[str, Any] | None, facts: Facts, slot: int = 0, now: int = 0) -> str | None:
    """The colour a phone with these facts shows, `#RRGGBB`; None when the scene gives it none.

    `slot` and `now` (ms of room time) matter to a wave only.
    """
    if not scene:
        return None
    if "by" in scene:
        palette: Mapping[str, str] = scene["palette"]
        value = fact_value(facts.get(scene["by"]))
        colour = palette.get(value) if value is not None else None
        return colour or palette.get("other")
    if "color" in scene:
        return str(scene["color"])
    if "wave" in scene:
        return wave_colour(scene["wave"], scene["at"], slot, now)
    return BLACK if scene.get("blank") else None


def wave_colour(wave: Mapping[str, Any], at: int, slot: int, now: int) -> str:
    """The colour of a slot at a moment: the colours run through the slots, `slots` long, once each
    `period_ms`."""
    phase = ((now - at) / wave["period_ms"] - slot / wave["slots"]) % 1.0
    colours: list[str] = wave["colors"]
    return colours[min(int(phase * len(colours)), len(colours) - 1)]
