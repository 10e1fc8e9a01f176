"""When a phone tries again: full jitter, so that a room does not come back in one blow."""

BASE_SECONDS = 0.25
"""The first retry comes within this time: short, because a locked screen or a Wi-Fi hop is over quickly."""
EARLY_CAP_SECONDS = 2.0
LATE_CAP_SECONDS = 10.0
EARLY_SECONDS = 30.0
"""For so long a phone retries at the early cap: the audience is still looking at it."""


def retry_delay(attempt: int, offline_seconds: float, chance: float) -> float:
    """Seconds to wait before retry number `attempt` (from 0); `chance` is uniform in [0, 1)."""
    cap = EARLY_CAP_SECONDS if offline_seconds < EARLY_SECONDS else LATE_CAP_SECONDS
    return chance * min(cap, BASE_SECONDS * 2.0 ** min(attempt, 16))
