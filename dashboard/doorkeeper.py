"""Whether the room lets a phone connect now; that it is the phone it says it is, the tunnel sees itself."""

import time
from collections.abc import Callable
from enum import StrEnum

from broker_bridge.wire.quotas import AccountMeter
from dashboard.roster import Roster


class Refusal(StrEnum):
    """Why a phone may not connect now."""

    STRANGER = "not on the roster"
    DEAF = "the room does not hear the broker"
    TOO_MANY = "AWS IoT would take no more connections in this second"


class Doorkeeper:
    """Knows who is in the room, and whether the room hears them."""

    def __init__(self, roster: Roster, serving: Callable[[], bool], meter: AccountMeter | None) -> None:
        """`serving` tells whether the room hears the broker: a birth while it does not would be lost."""
        self._roster = roster
        self._serving = serving
        self._meter = meter

    def refusal(self, thing: str) -> Refusal | None:
        """Why this thing may not connect now; None when it may, which is counted."""
        if not self._roster.admits(thing):
            return Refusal.STRANGER
        if not self._serving():
            return Refusal.DEAF
        if self._meter is not None and not self._meter.connects(time.monotonic()):
            return Refusal.TOO_MANY
        return None
