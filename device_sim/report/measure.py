"""Times of a run: always from the *intended* start, so that a stall cannot hide what it delayed."""

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

LOWEST_US = 1
HIGHEST_US = 600_000_000
"""Microseconds: ten minutes, longer than any time-out of a run."""
DIGITS = 3
"""Significant digits: 0.1 % of error, far below the noise of one machine."""
MAX_ROUNDS = 64
"""Rounds kept open at once; beyond it the oldest is closed with what is missing."""


class Latencies:
    """A histogram of seconds."""

    def __init__(self) -> None:
        self._histogram = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)

    def record(self, seconds: float, *, every: float = 0.0) -> None:
        """Add one value; with `every`, also the samples that a stall of a periodic probe swallowed."""
        value = min(max(int(seconds * 1e6), LOWEST_US), HIGHEST_US)
        if every:
            self._histogram.record_corrected_value(value, int(every * 1e6))
        else:
            self._histogram.record_value(value)

    @property
    def count(self) -> int:
        """How many values there are."""
        return int(self._histogram.get_total_count())

    def milliseconds(self, percentile: float) -> float | None:
        """A percentile in ms; None when nothing was recorded."""
        if self.count == 0:
            return None
        return round(float(self._histogram.get_value_at_percentile(percentile)) / 1e3, 3)

    def summary(self) -> dict[str, float | None]:
        """`{"p50_ms","p95_ms","p99_ms"}`, null where nothing was recorded."""
        return {f"p{percentile}_ms": self.milliseconds(percentile) for percentile in (50, 95, 99)}


class Rounds:
    """Who has seen which version, and how long after it was meant to be asked for.

    A round is opened before its version is known, as phones may be faster than the answer to the request.
    One who sees a later version has seen the earlier ones too: a slow round loses nobody by being overtaken.
    """

    def __init__(self) -> None:
        self.latencies = Latencies()
        self.missed = 0
        """How many never saw the version of a closed round."""
        self._open: dict[int, tuple[float, set[int]]] = {}
        self._asked: tuple[float, set[int]] | None = None
        self._early: list[tuple[int, int, float]] = []

    def ask(self, intended: float, who: Iterable[int]) -> None:
        """A change is about to be requested, meant to start at `intended`, to be seen by `who`."""
        self._asked, self._early = (intended, set(who)), []

    def answered(self, version: int | None) -> None:
        """The request was answered with `version`; None when it failed and there is no round."""
        asked, early = self._asked, self._early
        self._asked, self._early = None, []
        if version is None or asked is None:
            return
        if len(self._open) >= MAX_ROUNDS:
            self.missed += len(self._open.pop(next(iter(self._open)))[1])
        self._open[version] = asked
        for seen, one, now in early:
            self.seen(seen, one, now)

    def seen(self, version: int, one: int, now: float) -> None:
        """`one` saw `version` at `now`."""
        if self._asked is not None and one in self._asked[1]:
            self._early.append((version, one, now))
        for known, (intended, remaining) in list(self._open.items()):
            if known <= version and one in remaining:
                remaining.discard(one)
                self.latencies.record(now - intended)
                if not remaining:
                    del self._open[known]

    def excuse(self, one: int) -> None:
        """`one` cannot be expected to see what was asked until now."""
        for known, (_, remaining) in list(self._open.items()):
            remaining.discard(one)
            if not remaining:
                del self._open[known]
        if self._asked is not None:
            self._asked[1].discard(one)

    @property
    def outstanding(self) -> int:
        """How many sightings the open rounds still wait for."""
        return sum(len(remaining) for _, remaining in self._open.values())

    def close(self) -> None:
        """End all rounds; who has not seen them by now missed them."""
        self.missed += self.outstanding
        self._open.clear()
