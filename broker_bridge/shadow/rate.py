"""How many requests a thing may make: a token bucket for each thing that is busy, and one for all of them."""

from dataclasses import dataclass, field

MAX_BUSY_THINGS = 100_000
"""Buckets kept; then those that are full again are forgotten, and a full bucket is what a new thing starts
with."""


@dataclass(slots=True)
class Rate:
    """Allows `per_second` requests a second on average, and `burst` at once, for each thing."""

    per_second: float
    burst: float
    of_all: float | None = None
    """Requests a second of all things together, and as many at once; None: no limit."""
    in_flight: int | None = None
    """Requests of a thing that may wait for their answers; None: no limit, and no call of `answered`."""
    _all: tuple[float, float] | None = None
    _waiting: dict[str, int] = field(default_factory=dict)
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allows(self, thing: str, now: float) -> bool:
        """Take one request of `thing` at `now` (seconds, of any clock that only goes forward) into
        account."""
        if self.in_flight is not None and self._waiting.get(thing, 0) >= self.in_flight:
            return False
        if not self._all_allow(now) or not self._thing_allows(thing, now):
            return False
        if self.in_flight is not None:
            self._waiting[thing] = self._waiting.get(thing, 0) + 1
        return True

    def answered(self, thing: str) -> None:
        """A request that was allowed has its answer."""
        left = self._waiting.get(thing, 0) - 1
        if left > 0:
            self._waiting[thing] = left
        else:
            self._waiting.pop(thing, None)

    def _all_allow(self, now: float) -> bool:
        if self.of_all is None:
            return True
        left, seen = self._all or (self.of_all, now)
        left = min(self.of_all, left + (now - seen) * self.of_all)
        self._all = (left - 1 if left >= 1 else left, now)
        return left >= 1

    def _thing_allows(self, thing: str, now: float) -> bool:
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
