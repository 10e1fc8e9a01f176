"""Aggregations over the values of one field: buckets, cardinality, statistics, percentiles."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from broker_bridge.fleet.columns import Scalar
from broker_bridge.fleet.errors import InvalidAggregation

BUCKETS_MAX: Final = 10_000
"""AWS: maxBuckets is 1 to 10,000."""

DEFAULT_PERCENTS: Final = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
"""AWS's own."""

Counts = Sequence[tuple[Scalar, int]]
"""Distinct values of a field among the things of a query, each with how many of the things hold it
(never 0)."""


@dataclass(frozen=True, slots=True)
class BucketCount:
    """One value, as text, and the number of things that hold it."""

    key: str
    count: int


@dataclass(frozen=True, slots=True)
class Buckets:
    """The commonest values first. `total` counts the things that match the query, with or without the
    field."""

    total: int
    buckets: tuple[BucketCount, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """AWS's statistics; for texts only `count`. `variance` is the population's. None: not said."""

    count: int
    average: float | None = None
    sum: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    sum_of_squares: float | None = None
    variance: float | None = None
    std_deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Percentile:
    """A value below or at which `percent` of the values lie."""

    percent: float
    value: float


def buckets(total: int, counts: Counts, max_buckets: int = 10) -> Buckets:
    """The `max_buckets` commonest values; equally common ones by name."""
    if not 1 <= max_buckets <= BUCKETS_MAX:
        raise InvalidAggregation(f"maxBuckets must be from 1 to {BUCKETS_MAX}")
    found = [BucketCount(as_text(value), count) for value, count in counts]
    found.sort(key=lambda bucket: (-bucket.count, bucket.key))
    return Buckets(total, tuple(found[:max_buckets]))


def statistics(counts: Counts) -> Statistics:
    """Statistics of the numbers; of booleans as 0 and 1 when there is no number; only a count of texts
    otherwise."""
    numbers = numbers_of(counts)
    if not numbers:
        return Statistics(sum(count for _, count in counts))
    count = sum(n for _, n in numbers)
    try:
        total = math.fsum(value * n for value, n in numbers)
        squares = math.fsum(value * value * n for value, n in numbers)
        average = total / count
        variance = math.fsum((value - average) ** 2 * n for value, n in numbers) / count
    except OverflowError:
        return Statistics(count)  # AWS: empty when a value does not fit a double
    return Statistics(
        count,
        average,
        total,
        min(value for value, _ in numbers),
        max(value for value, _ in numbers),
        squares,
        variance,
        math.sqrt(variance),
    )


def percentiles(counts: Counts, percents: Iterable[float] = DEFAULT_PERCENTS) -> tuple[Percentile, ...]:
    """The values at these percents of the sorted numbers, interpolated between neighbours; empty
    without numbers."""
    wanted = tuple(percents)
    if any(not 0 <= percent <= 100 for percent in wanted):
        raise InvalidAggregation("percents must be from 0 to 100")
    numbers = sorted(numbers_of(counts))
    if not numbers:
        return ()
    ends: list[int] = []
    for _, count in numbers:
        ends.append((ends[-1] if ends else 0) + count)
    last = ends[-1] - 1

    def at(rank: int) -> float:
        return numbers[bisect_right(ends, rank)][0]

    found = []
    for percent in wanted:
        place = percent / 100 * last
        low = math.floor(place)
        high = min(low + 1, last)
        found.append(Percentile(percent, at(low) + (at(high) - at(low)) * (place - low)))
    return tuple(found)


def numbers_of(counts: Counts) -> list[tuple[float, int]]:
    """The numbers among the values; the booleans as 0 and 1 when there is none."""
    numbers = [(float(value), count) for value, count in counts if not isinstance(value, bool | str)]
    if numbers:
        return numbers
    return [(float(value), count) for value, count in counts if isinstance(value, bool)]


def as_text(value: Scalar) -> str:
    """A value as AWS writes a bucket's key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
