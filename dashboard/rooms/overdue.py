"""When the room looks again because phones have not reported the newest scene. Pure: times are told.

A broker that dies may take a scene or a report with it. The room then reads its fleet and tells the scene
once more, without waiting for the reading of every minute, and without being a load itself.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.rooms.room import Phone, Room

LOOK_AFTER_S: Final = (5.0, 10.0, 20.0)
"""Seconds from a phone's coming, waking or being told until a look, from that to the next, and so on. Who has
not reported then is left to the reading of every minute, until it says something: it may never report."""
GAP_S: Final = 5.0
"""Seconds at least between two looks, for whomever they are: 10,000 phones are 100 requests."""
MOVING_S: Final = 20.0
"""Seconds for which a look is put off while phones come or report: what is missing is just on its way."""


@dataclass(slots=True)
class _Wait:
    """A phone that is looked for."""

    scene: int
    said: tuple[int, int]
    """Its session and its shadow's version: another one, and it has said something."""
    looks: int
    again_at: float


class Overdue:
    """Which phones should have reported, and since when. One for each room; ask it every second or so."""

    def __init__(self, phones: Room) -> None:
        self._phones = phones
        self._waits: dict[str, _Wait] = {}
        self._not_before = -math.inf

    def due(self, scene: Mapping[str, Any] | None, room_time: int, now: float) -> bool:
        """Whether to look now for who has not reported `scene`, the message that phones were told; then that
        look counts as done.

        `room_time` in ms, `now` in seconds of a clock that never goes back.
        """
        before = self._waits.keys()
        version = 0 if scene is None else int(scene["version"])
        missing = self._missing(scene, room_time)
        self._waits = {phone.thing: self._wait(phone, version, now) for phone in missing}
        sought = [wait for wait in self._waits.values() if wait.again_at <= now]
        if not sought or now < self._not_before:
            return False
        moving = before != self._waits.keys()
        if moving and now < min(wait.again_at for wait in sought) + MOVING_S:
            return False
        for wait in sought:
            wait.looks += 1
            wait.again_at = now + _pause(wait.looks)
        self._not_before = now + GAP_S
        return True

    def _missing(self, scene: Mapping[str, Any] | None, room_time: int) -> list[Phone]:
        if scene is None or room_time < scene["at"] + scene.get("spread_ms", 0):
            return []
        return [phone for phone in self._phones.phones() if _is_behind(phone, scene["version"])]

    def _wait(self, phone: Phone, version: int, now: float) -> _Wait:
        said = phone.session, phone.version
        wait = self._waits.get(phone.thing)
        is_given_up = wait is not None and wait.looks >= len(LOOK_AFTER_S)
        if wait is None or wait.said != said or (wait.scene != version and not is_given_up):
            return _Wait(version, said, 0, now + _pause(0))
        return wait


def _is_behind(phone: Phone, version: int) -> bool:
    # One that has reported nothing at all may have lost that report: only who said so is asleep.
    is_asleep = phone.facts.get("visible") is False
    return phone.connected is True and not is_asleep and phone.facts.get("scene") != version


def _pause(looks: int) -> float:
    return LOOK_AFTER_S[looks] if looks < len(LOOK_AFTER_S) else math.inf
