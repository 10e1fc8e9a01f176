"""A room without broker and bridge, for tests of the feed: its rules, and what the hub reads."""

from collections.abc import Callable
from typing import Any

from dashboard.rooms.room import Room

FAMILIES = ("iOS", "Android", "Windows", "macOS", "Linux", "ChromeOS")


class StandingRoom:
    """The part of the live room that the hub reads, around the room's own rules."""

    code = "DEMO"
    caption: str | None = None
    scene: dict[str, Any] | None = None
    highlight: dict[str, int] | None = None
    health: dict[str, Any] | None = None

    def __init__(self) -> None:
        self.phones = Room()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Nobody is woken: the test asks for each frame."""

    def counts(self) -> dict[str, Any]:
        counts = self.phones.counts()
        return {
            "joined": counts.joined,
            "connected": counts.connected,
            "visible": counts.visible,
            "answered": 0,
            "os": counts.os,
            "facts": counts.facts,
        }

    def controls(self) -> dict[str, Any]:
        return {"frozen": False, "code": None, "undo": False, "removed": []}

    def poll(self, *, presenter: bool) -> None:
        return None


def full_room(phones: int) -> StandingRoom:
    room = StandingRoom()
    for slot in range(1, phones + 1):
        thing, family = f"phone-{slot}", FAMILIES[slot % len(FAMILIES)]
        room.phones.enter(thing, slot, {"os": family})
        room.phones.presence(thing, 1, True)
    return room
