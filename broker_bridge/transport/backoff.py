"""How long to wait before connecting again: full jitter, so that a room full of clients does not come back at
once."""

FIRST_SECONDS = 0.1
"""The most that the first wait can be."""
EARLY_CAP_SECONDS = 2.0
"""The most that a wait can be at first: a broker that restarts is back within seconds."""
EARLY_SECONDS = 30.0
"""How long "at first" is, from the loss of the connection."""
LATE_CAP_SECONDS = 10.0
"""The most that a wait can be after that."""


def full_jitter(attempt: int, elapsed: float, chance: float) -> float:
    """Seconds to wait before attempt number `attempt` (from 0), `elapsed` seconds after the loss.

    `chance` is a random number from 0 to 1: the wait is that share of a cap which doubles with each attempt.
    """
    cap = EARLY_CAP_SECONDS if elapsed < EARLY_SECONDS else LATE_CAP_SECONDS
    # 2**16 times the first wait is above every cap; the bound keeps the power small.
    return chance * min(cap, FIRST_SECONDS * 2.0 ** min(attempt, 16))
