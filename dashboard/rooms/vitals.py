"""How well the phones follow: the time to colour of the newest scene, and who is on the way back. Pure."""

from collections.abc import Iterable
from typing import Any, Final

RECONNECTING_MS: Final = 30_000
"""A phone that was lost for longer is away: a phone that can comes back within seconds."""
LOST_MAX: Final = 20_000
"""Phones whose loss is remembered: as many as a room may have."""


class Vitals:
    """Counts phones that were awake when a scene came, and those that were lost a moment ago. Times are ms of
    room time."""

    def __init__(self) -> None:
        self._version = 0
        self._at = 0
        self._awaiting: set[str] = set()
        self._awaited = 0
        self._took: list[int] = []
        self._lost: dict[str, int] = {}

    def scene_set(self, version: int, at: int, awake: Iterable[str]) -> None:
        """A scene came, to be shown at `at`; these phones should show it at once."""
        if version == self._version:
            return
        self._version, self._at = version, at
        self._awaiting = set(awake)
        self._awaited = len(self._awaiting)
        self._took = []

    def shown(self, thing: str, version: object, now: int) -> None:
        """A phone has reported that it shows this version."""
        if version == self._version and thing in self._awaiting:
            self._awaiting.discard(thing)
            self._took.append(max(0, now - self._at))

    def to_colour(self) -> dict[str, Any] | None:
        """`{"p50_ms","p95_ms","shown","awaited"}` of the newest scene; None before one was set."""
        if not self._awaited:
            return None
        took = sorted(self._took)

        def within(percent: int) -> int | None:
            return took[-(-len(took) * percent // 100) - 1] if took else None

        return {
            "p50_ms": within(50),
            "p95_ms": within(95),
            "shown": len(took),
            "awaited": self._awaited,
        }

    def lost(self, thing: str, now: int) -> None:
        """A phone was connected and is not any more."""
        if len(self._lost) < LOST_MAX:
            self._lost[thing] = now

    def back(self, thing: str) -> None:
        """A phone is connected, or has left for good."""
        self._lost.pop(thing, None)

    def reconnecting(self, now: int) -> int:
        """Phones that were lost less than `RECONNECTING_MS` ago and are not back."""
        self._lost = {thing: at for thing, at in self._lost.items() if now - at < RECONNECTING_MS}
        return len(self._lost)
