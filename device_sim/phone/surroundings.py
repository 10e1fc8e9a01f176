"""What all phones of a crowd share: the room's topics, its clock, and each room message read once."""

import time
from collections.abc import Mapping
from typing import Any

from device_sim.phone.behaviour import Habits
from device_sim.phone.scene import Scene, read_object, read_scene

MAX_LEAD_SECONDS = 10.0
"""A scene further in the future than this is shown after so long: some clock is wrong."""


class Surroundings:
    """The room as the crowd knows it. The same bytes reach every phone, so they are parsed only once."""

    __slots__ = (
        "_poll_bytes",
        "_poll_read",
        "_scene_bytes",
        "_scene_read",
        "clock_offset",
        "duplicate_share",
        "habits",
        "latest_version",
        "notice_topic",
        "poll",
        "poll_topic",
        "room",
        "scene",
        "scene_topic",
        "seed",
    )

    def __init__(
        self, room: str, seed: int, habits: Habits | None = None, duplicate_share: float = 0.0
    ) -> None:
        self.room = room
        self.seed = seed
        self.habits = habits or Habits()
        self.duplicate_share = duplicate_share
        """The part of QoS 1 messages that are sent twice."""
        self.scene_topic = f"room/{room}/scene"
        self.poll_topic = f"room/{room}/poll"
        self.notice_topic = f"room/{room}/notice"
        self.clock_offset = 0.0
        """Seconds to add to this machine's clock for room time."""
        self.scene: Scene | None = None
        """The latest scene that a phone or the wall has heard of."""
        self.latest_version = -1
        """Of the latest scene that a phone, the wall or the presenter has heard of."""
        self.poll: Mapping[str, Any] | None = None
        """The question that is open now, as far as any phone knows."""
        self._scene_bytes: bytes | None = None
        self._scene_read: Scene | None = None
        self._poll_bytes: bytes | None = None
        self._poll_read: Mapping[str, Any] | None = None

    def presence_topic(self, thing: str) -> str:
        """Where a phone says that it is here, and its will that it is not."""
        return f"room/{self.room}/presence/{thing}"

    def hear_scene(self, payload: bytes | Mapping[str, Any] | None) -> Scene | None:
        """A scene as it came; None when it is no scene. The latest is kept in `scene`."""
        if isinstance(payload, bytes):
            if payload != self._scene_bytes:
                self._scene_bytes, self._scene_read = payload, read_scene(payload)
            scene = self._scene_read
        else:
            scene = read_scene(payload)
        if scene is not None and (self.scene is None or scene["version"] > self.scene["version"]):
            self.scene = scene
            self.hear_version(scene["version"])
        return scene

    def hear_version(self, version: int) -> None:
        """Learn that this version exists: who shows an older one is behind."""
        self.latest_version = max(self.latest_version, version)

    def hear_poll(self, payload: bytes | Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The question of a poll message when it is open to votes, else None; kept in `poll`."""
        if isinstance(payload, bytes):
            if payload != self._poll_bytes:
                self._poll_bytes, self._poll_read = payload, _open_question(read_object(payload))
            self.poll = self._poll_read
        else:
            self.poll = _open_question(payload)
        return self.poll

    def set_clock(self, room_time_ms: object) -> None:
        """Learn room time from a join answer that just came."""
        if isinstance(room_time_ms, int | float):
            self.clock_offset = room_time_ms / 1e3 - time.time()

    def seconds_until(self, room_time_ms: object) -> float:
        """How long until a moment of room time; 0 when it has passed or says nothing."""
        if not isinstance(room_time_ms, int | float):
            return 0.0
        return min(max(room_time_ms / 1e3 - time.time() - self.clock_offset, 0.0), MAX_LEAD_SECONDS)


def _open_question(message: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    poll = message.get("poll") if message else None
    if not isinstance(poll, Mapping) or poll.get("state") != "open":
        return None
    usable = isinstance(poll.get("id"), str) and isinstance(poll.get("options"), list)
    return poll if usable else None
