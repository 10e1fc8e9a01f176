"""The live line of a run, and its summary. Both go to standard error: standard output is for data."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from device_sim.crowd.crowd import Crowd
from device_sim.stage import Stage

REFRESH_SECONDS = 0.25
"""Four times a second: quick enough to watch, cheap enough to leave the loop alone."""


def line(crowd: Crowd, stage: Stage) -> Text:
    """How the run stands, in one line."""
    text = Text(f"joined {crowd.joined}/{len(crowd.phones)}", style="bold")
    text.append(f"  here {len(crowd.here)}", style="green")
    if crowd.surroundings.scene is not None:
        text.append(f"  scene {crowd.surroundings.scene['version']}")
    for name, rounds in (("shown", crowd.recolours), ("on wall", stage.rounds)):
        if rounds.latencies.count:
            text.append(f"  {name} p95 {rounds.latencies.milliseconds(95):.0f} ms")
    if crowd.votes_cast:
        text.append(f"  votes {crowd.votes_cast}")
    if crowd.reconnects:
        text.append(f"  reconnects {crowd.reconnects}", style="yellow")
    if crowd.refused:
        text.append(f"  refused {crowd.refused}: {crowd.last_refusal}", style="red")
    return text


async def show(crowd: Crowd, stage: Stage, console: Console) -> None:
    """Keep the line up to date, for ever."""
    with Live(line(crowd, stage), console=console, auto_refresh=False, transient=True) as live:
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            live.update(line(crowd, stage), refresh=True)


def summary(report: Mapping[str, Any]) -> Group:
    """The numbers of a finished run as a table and a sentence."""
    table = Table()
    for heading in ("", "p50 ms", "p95 ms", "p99 ms"):
        table.add_column(heading, justify="left" if not heading else "right")
    recolour = report["recolour"]
    rows = {"join": report["join"], "shown": recolour["shown"], "on the wall": recolour["on_wall"]}
    for name, row in rows.items():
        values = [row[f"p{percentile}_ms"] for percentile in (50, 95, 99)]
        table.add_row(name, *("-" if value is None else f"{value:.0f}" for value in values))
    verdict = "valid" if report["valid"] else "NOT VALID: " + " ".join(report["reasons"])
    total = report["join"]["total_s"]
    span = "" if total is None else f" in {total:.1f} s"
    joined = f"{report['joined']} of {report['phones']} phones joined{span}"
    judged = Text(f"{joined}, wrong {report['wrong']}, lost {report['lost']}, {verdict}")
    return Group(table, *_storms(report["scenario"]), judged)


def _storms(scenario: Mapping[str, Any] | None) -> Iterator[Text]:
    for storm in scenario["storms"] if scenario else ():
        total = storm["all_s"]
        end = "not all of them were right again" if total is None else f"all right again after {total:.1f} s"
        yield Text(f"storm at {storm['at_s']:.0f} s: {storm['hit']} phones hit, {end}")
