"""`shadowroom bench`: one part after the other, a table, and a file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console

from shadowroom.bench.figures import NOT_HERE, Figure, room_figures, update_figures, vote_figure
from shadowroom.bench.machine import machine_facts
from shadowroom.bench.rooms import measure_room, measure_votes
from shadowroom.bench.updates import UpdateLoad, measure_updates
from shadowroom.brokers.choice import choose
from shadowroom.complaint import USAGE, Complaint
from shadowroom.tables import print_line, print_table

SCHEMA: Final = 1
"""Version of the file's shape; it grows when a key changes its meaning."""
_WORDS: Final = {True: "reached", False: "short", None: ""}


@dataclass(frozen=True, slots=True)
class BenchPlan:
    """How much is measured."""

    load: UpdateLoad
    rooms: Sequence[int]
    """Phones of each room."""
    room_seconds: float
    voters: int


FULL: Final = BenchPlan(UpdateLoad(20_000, 1_000, 5, 5_000), (200, 2_000), 30, 2_000)
QUICK: Final = BenchPlan(UpdateLoad(5_000, 1_000, 2, 1_000), (200,), 10, 100)
"""About a minute; its rooms are too small to say much."""


def bench(plan: BenchPlan, broker: str, file: Path | None) -> None:
    """Measure, print a table and write `file`. A goal that is missed is a figure, not an error.

    Raises `Complaint` when a part cannot be started, or the file cannot be written.
    """
    choice = choose(broker)
    if not choice.runs_here:
        raise Complaint("Figures are of this machine: choose --broker mosquitto or --broker embedded.", USAGE)
    if file is not None:
        _write(file, {})  # Rather now than after minutes of work.
    machine = machine_facts()
    figures, raw = _measure(plan, choice.name)
    print_table(("", "measured", "goal", "", "beside it"), [_row(figure) for figure in figures], "")
    print_line(_about(machine, choice.name))
    if file is not None:
        shown = [{**asdict(figure), "reached": figure.reached} for figure in figures]
        content = {"schema": SCHEMA, "machine": {**machine, "broker": choice.name}, "figures": shown}
        _write(file, {**content, "measured": raw})


def _measure(plan: BenchPlan, broker: str) -> tuple[list[Figure], dict[str, Any]]:
    """The figures, and what they were worked out from."""
    with Console(stderr=True).status("The shadow service alone…") as status:
        updates = measure_updates(broker, plan.load)
        figures = update_figures(updates, plan.load.rate)
        rooms = {}
        for phones in plan.rooms:
            status.update(f"A room with {phones:,} phones…")
            rooms[str(phones)] = report = measure_room(broker, phones, plan.room_seconds)
            figures += room_figures(report, updates["echo"]["p50_ms"])
        status.update(f"{plan.voters:,} phones vote…")
        votes = measure_votes(broker, plan.voters)
    figures += [vote_figure(votes, plan.voters), *NOT_HERE]
    return figures, {"updates": updates, "rooms": rooms, "votes": votes}


def _row(figure: Figure) -> tuple[str, ...]:
    goal = "" if figure.goal is None else f"{figure.rule} {_number(figure.goal, figure.unit)}"
    value = "not measured here" if figure.value is None else _number(figure.value, figure.unit)
    beside = ", ".join(text for text in (figure.beside, figure.note) if text)
    return figure.name, value, goal, _WORDS[figure.reached], beside


def _number(value: float, unit: str) -> str:
    many = f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.2f}"
    return f"{many} {unit}".replace(" /", "/").strip()


def _about(machine: dict[str, Any], broker: str) -> str:
    busy = " Other programs ran: measure again when they do not." if _was_busy(machine) else ""
    versions = ", ".join(machine[name] for name in ("mosquitto", "nats-server") if machine[name])
    return (
        f"{machine['cores']} cores of {machine['processor']}, load {machine['load_before']} before the run; "
        f"Python {machine['python']}; {versions}; measured on {broker}. "
        f"Everything, the crowd too, shares this machine: compare within one run only.{busy}"
    )


def _was_busy(machine: dict[str, Any]) -> bool:
    """Half a core or more for each core was in use before the run."""
    return float(machine["load_before"]) >= (machine["cores"] or 1) / 2


def _write(file: Path, content: dict[str, Any]) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise Complaint(f"The figures cannot be written to {file}: {error.strerror}.") from error
