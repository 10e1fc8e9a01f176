"""When phones arrive: random, as people are, and the same for the same seed."""

from random import Random


def arrivals(phones: int, per_second: float, seed: int) -> list[float]:
    """Seconds after the start at which each phone scans the code, in order: a Poisson stream.

    Given its number of arrivals, a Poisson stream is that many independent uniform times, sorted.
    """
    rng = Random(f"{seed}:arrivals")  # noqa: S311, a crowd and no secret
    span = phones / per_second
    return sorted(rng.random() * span for _ in range(phones))
