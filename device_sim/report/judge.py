"""May a run be believed? A generator that was itself too slow measures itself and not the room."""

from dataclasses import dataclass

MAX_LOOP_LAG_P99_MS = 100.0
"""How late the generator's event loop may be, p99: above it the times in the report are largely its own."""
MAX_LATE_SHARE = 0.05
"""The part of joins, recolours and votes that may start late before the load was not the intended one."""
LATE_SECONDS = 0.1
"""A send that starts this long after it was meant to is late."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid` with no reasons, or not, each reason a sentence."""

    valid: bool
    reasons: tuple[str, ...]


def judge(loop_lag_p99_ms: float | None, late_sends: int, sends: int) -> Verdict:
    """The verdict on a run from how its generator kept up."""
    reasons = []
    if loop_lag_p99_ms is not None and loop_lag_p99_ms > MAX_LOOP_LAG_P99_MS:
        reasons.append(
            f"The generator was the bottleneck: its event loop ran {loop_lag_p99_ms:.0f} ms late (p99), "
            f"and {MAX_LOOP_LAG_P99_MS:.0f} ms is the bound."
        )
    if sends and late_sends / sends > MAX_LATE_SHARE:
        reasons.append(
            f"The generator was the bottleneck: {late_sends} of {sends} sends started more than "
            f"{LATE_SECONDS * 1e3:.0f} ms late, and {MAX_LATE_SHARE:.0%} is the bound."
        )
    return Verdict(not reasons, tuple(reasons))
