"""From measurements to figures: what counts as reached, as short, and as nothing at all."""

from typing import Any

import pytest

from shadowroom.bench.figures import NOT_HERE, Figure, room_figures, update_figures, vote_figure

UPDATES = {
    "echo": {"per_second": 40_000, "p50_ms": 0.1, "p95_ms": 0.2, "p99_ms": 0.4},
    "bare": {"per_second": 20_000, "p50_ms": 0.2, "p95_ms": 0.3, "p99_ms": 0.5},
    "bridge": {"per_second": 13_000, "p50_ms": 0.3, "p95_ms": 0.9, "p99_ms": 16.0},
    "rest": {"per_second": 1_500, "bare": 3_000},
}


def report(phones: int, **changed: Any) -> dict[str, Any]:
    """What the crowd measured."""
    times = {"p50_ms": 100.0, "p95_ms": 240.0, "p99_ms": 400.0}
    return {
        "phones": phones,
        "joined": phones,
        "join": {"total_s": 4.5, **times},
        "recolour": {"shown": times, "on_wall": {**times, "p95_ms": 601.0}},
        "wrong": 0,
        "lost": 1,
        "valid": True,
        **changed,
    }


def by_name(figures: list[Figure]) -> dict[str, bool | None]:
    """Which were reached."""
    return {figure.name: figure.reached for figure in figures}


def test_updates_are_held_to_rates_ratios_and_times() -> None:
    """At least so many, at least that part of the bare client's, at most four echoes, at most 15 ms."""
    assert by_name(update_figures(UPDATES, 1_000)) == {
        "durable updates": True,
        "durable updates, part of the bare client's": False,
        "update to accepted at 1,000/s, p50": True,
        "update to accepted at 1,000/s, p99": False,
        "durable updates by REST, signed": None,
    }


def test_rooms_have_goals_by_their_size() -> None:
    """A room of 2,000 phones has all of them, one of 30 has only that nobody is lost."""
    assert by_name(room_figures(report(2_000), 0.1)) == {
        "2,000 phones: all have joined": True,
        "2,000 phones: from the scan to the report, p95": True,
        "2,000 phones: recoloured, on the phone, p95": True,
        "2,000 phones: recoloured, on the phone, p99": True,
        "2,000 phones: recoloured, report on the wall, p95": False,
        "2,000 phones: wrong or lost": False,
    }
    assert set(by_name(room_figures(report(30, lost=0), 0.1)).values()) == {None, True}


def test_a_run_that_measured_its_own_simulator_reaches_nothing() -> None:
    """And falls short of nothing; it says why."""
    figures = room_figures(report(2_000, valid=False), 0.1)

    assert {figure.reached for figure in figures} == {None}
    assert all("bottleneck" in figure.note for figure in figures)


def test_what_was_not_seen_is_not_compared() -> None:
    """Percentiles are null where nothing was recorded."""
    nothing = {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    silent = report(200, recolour={"shown": nothing, "on_wall": nothing})

    assert by_name(room_figures(silent, 0.1))["200 phones: recoloured, on the phone, p95"] is None
    assert all(figure.reached is None and figure.note for figure in NOT_HERE)


@pytest.mark.parametrize("exact", [True, False])
def test_votes_are_exact_or_not(exact: bool) -> None:
    """There is nothing between."""
    assert vote_figure({"answered": 90, "exact": exact}, 100).reached is exact
