"""The report of a run as one JSON object."""

import resource
import sys
from dataclasses import dataclass
from typing import Any

from device_sim.crowd.crowd import Crowd
from device_sim.crowd.trouble import Trouble
from device_sim.options import SimOptions
from device_sim.presenter import Presenter
from device_sim.report.judge import MAX_LOOP_LAG_P99_MS, judge
from device_sim.report.measure import Latencies
from device_sim.scenario.rules import Scenario
from device_sim.stage import Stage

SCHEMA = 1
"""Version of this report's shape; it grows when a key changes its meaning."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The parts of a run that saw something."""

    crowd: Crowd
    stage: Stage
    presenter: Presenter | None
    trouble: Trouble


def report_of(options: SimOptions, seen: Seen, lag: Latencies, cpu: float) -> dict[str, Any]:
    """Everything a run measured; percentiles are null where nothing was to be measured."""
    crowd, stage, presenter = seen.crowd, seen.stage, seen.presenter
    lag_p99 = lag.milliseconds(99)
    verdict = judge(lag_p99, crowd.late_sends, crowd.sends)
    total = crowd.last_joined - crowd.started if crowd.joined else None
    return {
        "schema": SCHEMA,
        "phones": len(crowd.phones),
        "joined": crowd.joined,
        "refused": crowd.refused,
        "refusal": crowd.last_refusal,
        "join": {"total_s": None if total is None else round(total, 3), **crowd.join_times.summary()},
        "recolour": {
            "rounds": presenter.recolours if presenter else 0,
            "failed": presenter.refused if presenter else 0,
            "shown": {**crowd.recolours.latencies.summary(), "missed": crowd.recolours.missed},
            "on_wall": {**stage.rounds.latencies.summary(), "missed": stage.rounds.missed},
        },
        "wrong": crowd.wrong,
        "wrong_on_wall": stage.wrong if stage.ready.is_set() else None,
        "lost": crowd.lost,
        "valid": verdict.valid,
        "reasons": list(verdict.reasons),
        "votes": {"cast": crowd.votes_cast, "changed": crowd.votes_changed, "tallies": crowd.tallies},
        "scenario": seen.trouble.summary() if options.scenario != Scenario() else None,
        "reconnects": crowd.reconnects,
        "faults": sum(phone.faults for phone in crowd.phones),
        "generator": {
            "seed": options.seed,
            "direct": options.direct is not None,
            "arrivals_per_second": options.arrivals_per_second,
            "loop_lag_p99_ms": lag_p99,
            "loop_lag_bound_ms": MAX_LOOP_LAG_P99_MS,
            "late_sends": crowd.late_sends,
            "sends": crowd.sends,
            "cpu_share": round(cpu, 3),
            "memory_mb": _peak_memory_mb(),
        },
    }


def _peak_memory_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
