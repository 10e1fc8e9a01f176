"""How fast a room may go where the broker has quotas: rules for letting phones in and for hearing them."""

from typing import Final

from broker_bridge.wire.quotas import Quotas

USED: Final = 0.7
"""Of a connection's publishes a second that reports may take on average: what arrives at random times is in
some seconds a third more, and votes and presence come besides."""
JOINS_USED: Final = 0.5
"""Each join is a birth, a report and its answers."""
SPREAD_MAX_MS: Final = 60_000
"""Longer than this nobody waits for a wall: above 4,200 phones reports get lost, and the room asks."""


def spread_ms(phones: int, quotas: Quotas | None) -> int:
    """Milliseconds over which so many phones must spread their reports, so that one connection hears all."""
    if quotas is None:
        return 0
    per_second = quotas.connection_publishes * USED
    # A handful fits into any second.
    return 0 if phones <= per_second / 2 else min(int(phones / per_second * 1000), SPREAD_MAX_MS)


def joins_per_second(quotas: Quotas) -> float:
    """How many phones may be let in each second."""
    return min(float(quotas.connects), quotas.connection_publishes * JOINS_USED)


class Turns:
    """Gives out turns at a fixed rate. Times are seconds of one clock that only goes forward."""

    def __init__(self, per_second: float, longest_wait: float) -> None:
        """`longest_wait` in seconds: who would wait longer gets no turn, and comes again."""
        self._between = 1.0 / per_second
        self._longest = longest_wait
        self._next = 0.0

    def wait(self, now: float) -> float | None:
        """Seconds until the turn that is taken with this call; None when it would be too long."""
        due = max(self._next, now)
        if due - now > self._longest:
            return None
        self._next = due + self._between
        return due - now
