"""What the room tells every phone, and what one phone makes of it: the page's rules, pure."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

BLACK: Final = "#000000"

Scene = Mapping[str, Any]
"""A message of `room/{room}/scene` (docs/wire/scene.schema.json)."""


def colour_of(scene: Scene | None, facts: Mapping[str, Any], slot: int) -> str | None:
    """The colour `#RRGGBB` that a phone with these facts shows; None when the scene gives it none.

    A wave moves all the time; what counts as its colour here is the one at its start.
    """
    if scene is None:
        return None
    if "by" in scene:
        palette = scene["palette"]
        colour = palette.get(_key(facts.get(scene["by"]))) or palette.get("other")
        return colour if isinstance(colour, str) else None
    if "color" in scene:
        return str(scene["color"])
    if "wave" in scene:
        return _wave_colour(scene["wave"], slot)
    return BLACK if scene.get("blank") else None


def _key(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _wave_colour(wave: Mapping[str, Any], slot: int) -> str | None:
    colours = wave.get("colors")
    if not isinstance(colours, list) or not colours:
        return None
    phase = (-slot / (wave.get("slots") or 1)) % 1.0
    return str(colours[min(int(phase * len(colours)), len(colours) - 1)])


def read_object(payload: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else: what a phone cannot read, it does not show."""
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def read_scene(payload: bytes | Mapping[str, Any] | None) -> Scene | None:
    """A scene message with a whole version, from bytes or from the join answer; None for anything else."""
    scene = read_object(payload) if isinstance(payload, bytes) else payload
    if not scene or type(scene.get("version")) is not int:
        return None
    if "by" in scene and not isinstance(scene.get("palette"), Mapping):
        return None
    return scene


def command_of(scene: Scene | None) -> dict[str, Any]:
    """What a presenter sends to have this scene again."""
    if scene is None:
        return {}
    return {key: scene[key] for key in ("by", "palette", "color", "wave", "blank") if key in scene}
