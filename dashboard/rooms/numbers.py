"""Estimates in short: mean, median and a histogram whose bins people can read."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, quantiles
from typing import Any, Final

BINS_MAX: Final = 12
"""Bars that can be told apart from the last row."""
FENCE: Final = 1.5
"""Times the distance of the quartiles: what lies beyond goes into the first or last bin, so that one joker's
billion does not press all others into one bar."""
DASH: Final = "\N{EN DASH}"
DIGITS: Final = 12
"""Significant digits: enough for every number that may be answered, and 0.3 is not 0.30000000000000004."""


@dataclass(frozen=True, slots=True)
class Bin:
    """`low` ≤ value < `high`; the last bin has its `high` too; a bin of one value has both equal."""

    low: float
    high: float
    count: int

    @property
    def label(self) -> str:
        """`12`, or `10` and `20` with a dash between."""
        return _shown(self.low) if self.low == self.high else f"{_shown(self.low)}{DASH}{_shown(self.high)}"


def summary(numbers: Sequence[float]) -> dict[str, Any] | None:
    """`{"n","mean","median","min","max"}`; None of no numbers."""
    if not numbers:
        return None
    return {
        "n": len(numbers),
        "mean": _rounded(fmean(numbers)),
        "median": _rounded(median(numbers)),
        "min": min(numbers),
        "max": max(numbers),
    }


def histogram(numbers: Sequence[float]) -> list[Bin]:
    """At most `BINS_MAX` bins: each value its own when there are few, else equal steps of a round width."""
    counted = sorted(Counter(numbers).items())
    if len(counted) <= BINS_MAX:
        return [Bin(value, value, count) for value, count in counted]
    low, high = _fenced(sorted(numbers))
    step = _round_step((high - low) / (BINS_MAX - 3))
    first = math.floor(low / step)
    edges = [_rounded(n * step) for n in range(first, math.ceil(high / step) + 1)]
    if len(edges) < 2 or edges[-1] <= high:
        edges.append(_rounded(edges[-1] + step))
    counts = [0] * (len(edges) - 1)
    for value, count in counted:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += count
    edges[0], edges[-1] = min(edges[0], counted[0][0]), max(edges[-1], counted[-1][0])
    return [Bin(low, high, count) for low, high, count in zip(edges, edges[1:], counts, strict=False)]


def bin_of(bins: Sequence[Bin], value: float) -> str:
    """The label of the bin that a counted value is in."""
    for one in bins:
        if one.low <= value < one.high or value == one.low == one.high:
            return one.label
    return bins[-1].label


def _fenced(ordered: Sequence[float]) -> tuple[float, float]:
    lower, _, upper = quantiles(ordered, n=4)
    reach = FENCE * (upper - lower) or (ordered[-1] - ordered[0])
    return max(ordered[0], lower - reach), min(ordered[-1], upper + reach)


def _round_step(step: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(step))
    return next(nice * magnitude for nice in (1, 2, 5, 10) if nice * magnitude >= step * 0.999_999)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _shown(value: float) -> str:
    return f"{value:.{DIGITS}g}"
