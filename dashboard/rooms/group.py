"""One group of the room in a colour of its own: an edit of the scene that is shown. Pure rules."""

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.rooms.scene import BLACK, REST, Scene, SceneError, is_colour, scene_of


def with_group(
    shown: Mapping[str, Any],
    group: tuple[str, str],
    colour: str | None,
    count_by: Callable[[str], Mapping[str, int]],
    at: int,
) -> Scene:
    """The scene in which the phones with one value of a fact (`group`) show `colour`; None takes that back.

    In a scene by the same fact all other groups stay as they are; else the others keep what is most like
    before: the one colour of all, black of a blank room, nothing of a cleared one, and grey else. `shown` is
    the `desired` of the scene so far. Raises `SceneError`.
    """
    fact, value = group
    if colour is None and shown.get("by") != fact:
        raise SceneError(f"No group has a colour by {fact} now: there is nothing to take back.")
    # The rules of a scene decide whether this is a fact, a value and a colour.
    asked = scene_of({"by": fact, "palette": {value: colour or REST}}, count_by, at)
    palette = shown.get("palette") if shown.get("by") == fact else None
    kept = dict(palette) if isinstance(palette, dict) else _others(shown)
    kept.pop(value, None)
    return {**asked, "palette": {**kept, **({value: asked["palette"][value]} if colour else {})}}


def _others(shown: Mapping[str, Any]) -> dict[str, str]:
    if is_colour(shown.get("color")):
        return {"other": shown["color"]}
    if shown.get("blank") is True:
        return {"other": BLACK}
    return {"other": REST} if "by" in shown or "wave" in shown else {}
