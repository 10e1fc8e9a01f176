"""When phones arrive: random, as people are, and the same for the same seed."""

from collections.abc import Sequence
from random import Random


def arrivals(phones: int, per_second: float, seed: int) -> list[float]:
    """Seconds after the start at which each phone scans the code, in order: a Poisson stream.

    Given its number of arrivals, a Poisson stream is that many independent uniform times, sorted.
    """
    return arrivals_along(((phones / per_second, 1.0),), phones, seed)


def arrivals_along(curve: Sequence[tuple[float, float]], phones: int, seed: int) -> list[float]:
    """The same where by each point's seconds that share of the phones has come; the last share is 1."""
    rng = Random(f"{seed}:arrivals")  # noqa: S311, a crowd and no secret
    return [_when(curve, chance) for chance in sorted(rng.random() for _ in range(phones))]


def _when(curve: Sequence[tuple[float, float]], share: float) -> float:
    early, less = 0.0, 0.0
    for late, more in curve:
        if share < more:
            return early + (late - early) * (share - less) / (more - less)
        early, less = late, more
    return early
