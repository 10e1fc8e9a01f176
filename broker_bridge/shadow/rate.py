"""How many requests per second a thing may make: a token bucket for each thing that is busy."""

from dataclasses import dataclass, field

MAX_BUSY_THINGS = 100_000
"""Buckets kept; then those that are full again are forgotten, and a full bucket is what a new thing starts
with."""


@dataclass(slots=True)
class Rate:
    """Allows `per_second` requests a second on average, and `burst` at once, for each thing."""

    per_second: float
    burst: float
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allows(self, thing: str, now: float) -> bool:
        """Take one request of `thing` at `now` (seconds, of any clock that only goes forward) into
        account."""
        left, seen = self._buckets.get(thing, (self.burst, now))
        left = min(self.burst, left + (now - seen) * self.per_second)
        allowed = left >= 1
        if len(self._buckets) >= MAX_BUSY_THINGS:
            self._forget_idle(now)
        self._buckets[thing] = (left - 1 if allowed else left, now)
        return allowed

    def _forget_idle(self, now: float) -> None:
        refill = self.burst / self.per_second
        self._buckets = {
            thing: (left, seen) for thing, (left, seen) in self._buckets.items() if now - seen < refill
        }
