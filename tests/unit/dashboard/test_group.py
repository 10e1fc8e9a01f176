"""One group in a colour of its own, over whatever is shown."""

from typing import Any

import pytest

from dashboard.rooms.group import with_group
from dashboard.rooms.scene import REST, SceneError

RED = "#FF0000"
SAFARI = ("browser", "Safari")


def grouped(shown: dict[str, Any], colour: str | None = RED, group: tuple[str, str] = SAFARI) -> Any:
    return with_group(shown, group, colour, lambda _fact: {"Safari": 2, "Chrome": 1}, 7)


@pytest.mark.parametrize(
    ("shown", "others"),
    [
        ({}, {}),
        ({"color": "#00FF00"}, {"other": "#00FF00"}),
        ({"blank": True}, {"other": "#000000"}),
        ({"wave": {"slots": 20}}, {"other": REST}),
        ({"by": "os", "palette": {"iOS": "#2563EB"}}, {"other": REST}),
        ({"by": "browser", "palette": {"Chrome": "#123456", "Safari": "#000001"}}, {"Chrome": "#123456"}),
    ],
)
def test_the_others_stay_as_they_were(shown: dict[str, Any], others: dict[str, str]) -> None:
    """The group has the colour, and who is not in it what is most like before."""
    assert grouped(shown) == {"at": 7, "by": "browser", "palette": {**others, "Safari": RED}}


def test_a_group_gives_its_colour_back() -> None:
    """Only where it has one: in a scene by the same fact."""
    shown = {"by": "browser", "palette": {"Safari": RED, "other": REST}}
    assert grouped(shown, None)["palette"] == {"other": REST}
    with pytest.raises(SceneError, match="nothing to take back"):
        grouped({"color": RED}, None)


@pytest.mark.parametrize("group", [("color", "x"), ("nothing", "x"), ("browser", "")])
def test_what_is_no_group_is_said(group: tuple[str, str]) -> None:
    """As for a scene."""
    with pytest.raises(SceneError):
        with_group({}, group, RED, lambda _fact: {}, 7)
