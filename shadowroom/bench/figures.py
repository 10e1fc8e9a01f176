"""What was measured, beside its goal. Pure: from measurements to figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Rule = Literal["at least", "at most"]
Measured = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of this machine; without a `value` it was not measured, and `note` says why."""

    name: str
    value: float | None = None
    unit: str = ""
    rule: Rule = "at most"
    goal: float | None = None
    beside: str = ""
    """The run's own yardstick, for people."""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """None when there is nothing to compare."""
        if self.value is None or self.goal is None or self.note:
            return None
        return self.value >= self.goal if self.rule == "at least" else self.value <= self.goal


NOT_HERE: Final = (
    Figure("REST against moto and ministack", note="needs both in the same run"),
    Figure("10,000 phones", note="not by this command: `sim --direct --phones 10000`"),
    Figure("broker killed under 2,000 phones", note="not by this command"),
    Figure("votes while phones and the dashboard die", note="by benchmarks/exact_votes.py"),
    Figure("from the question to the wall", note="by benchmarks/ask_to_wall.py"),
    Figure("from the scan to the colour", note="needs a browser: benchmarks/scan_to_colour.py"),
    Figure("frames of the stage, 10,000 marks", note="needs a browser: benchmarks/stage_frames.py"),
)
"""Goals that this command says nothing about."""


def update_figures(measured: Measured, rate: float) -> list[Figure]:
    """Of `measure_updates`."""
    echo, bare, bridge, rest = (measured[name] for name in ("echo", "bare", "bridge", "rest"))
    return [
        Figure(
            "durable updates",
            bridge["per_second"],
            "/s",
            "at least",
            6_000,
            f"bare client {bare['per_second']:,}/s, echo {echo['per_second']:,}/s",
        ),
        Figure(
            "durable updates, part of the bare client's",
            round(bridge["per_second"] / bare["per_second"], 2),
            "",
            "at least",
            0.7,
        ),
        Figure(
            f"update to accepted at {rate:,.0f}/s, p50",
            round(bridge["p50_ms"] / echo["p50_ms"], 1),
            "echoes",
            "at most",
            4,
            f"{bridge['p50_ms']:.2f} ms, echo {echo['p50_ms']:.2f} ms",
        ),
        Figure(
            f"update to accepted at {rate:,.0f}/s, p99",
            bridge["p99_ms"],
            "ms",
            "at most",
            15,
            f"echo {echo['p99_ms']:.2f} ms",
        ),
        Figure(
            "durable updates by REST, signed",
            rest["per_second"],
            "/s",
            beside=f"the same server, asked for nothing: {rest['bare']:,}/s",
        ),
    ]


ROOM_GOALS: Final[Mapping[int, Mapping[str, float]]] = {
    200: {"shown p95": 250, "wall p95": 250},
    2_000: {"join": 5, "join p95": 1_000, "shown p95": 250, "shown p99": 500, "wall p95": 600},
}
"""By phones: seconds of `join`, else milliseconds."""
_ROOM: Final[Mapping[str, tuple[str, str, Callable[[Measured], Any]]]] = {
    "join": ("all have joined", "s", lambda report: report["join"]["total_s"]),
    "join p95": ("from the scan to the report, p95", "ms", lambda report: report["join"]["p95_ms"]),
    "shown p95": (
        "recoloured, on the phone, p95",
        "ms",
        lambda report: report["recolour"]["shown"]["p95_ms"],
    ),
    "shown p99": (
        "recoloured, on the phone, p99",
        "ms",
        lambda report: report["recolour"]["shown"]["p99_ms"],
    ),
    "wall p95": (
        "recoloured, report on the wall, p95",
        "ms",
        lambda report: report["recolour"]["on_wall"]["p95_ms"],
    ),
}


def room_figures(report: Measured, echo_ms: float) -> list[Figure]:
    """Of `measure_room`, beside the raw echo of the same run."""
    phones = report["phones"]
    goals = ROOM_GOALS.get(phones, {})
    doubt = "" if report["valid"] else "the simulator was itself the bottleneck"
    figures = []
    for key, (name, unit, of) in _ROOM.items():
        beside = f"{of(report) / echo_ms:,.0f} echoes" if unit == "ms" and of(report) is not None else ""
        figures.append(
            Figure(
                f"{phones:,} phones: {name}", of(report), unit, goal=goals.get(key), beside=beside, note=doubt
            )
        )
    beside = f"{report['joined']:,} of {phones:,} joined"
    astray = report["wrong"] + report["lost"]
    return [*figures, Figure(f"{phones:,} phones: wrong or lost", astray, goal=0, beside=beside, note=doubt)]


def vote_figure(measured: Measured, phones: int) -> Figure:
    """Of `measure_votes`."""
    return Figure(
        f"{phones:,} phones vote: counts that are not exact",
        int(not measured["exact"]),
        goal=0,
        beside=f"{measured['answered']:,} answered; counted anew from the phones' shadows",
    )
