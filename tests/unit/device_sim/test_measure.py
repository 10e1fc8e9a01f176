"""Times are counted from the intended start, and nobody is lost from a round."""

import pytest

from device_sim.report.judge import MAX_LOOP_LAG_P99_MS, judge
from device_sim.report.measure import MAX_ROUNDS, Latencies, Rounds


def test_percentiles_are_those_of_the_values() -> None:
    """p50, p95 and p99 of 1 to 100 ms, within the histogram's 0.1 %."""
    times = Latencies()
    for value in range(1, 101):
        times.record(value / 1e3)
    assert times.summary() == pytest.approx({"p50_ms": 50, "p95_ms": 95, "p99_ms": 99}, rel=2e-3)


def test_nothing_measured_is_null() -> None:
    """Without a value there is no percentile."""
    assert Latencies().summary() == {"p50_ms": None, "p95_ms": None, "p99_ms": None}


def test_a_stall_counts_as_all_the_samples_it_swallowed() -> None:
    """A probe every 10 ms that is stalled for 1 s stands for 100 late samples, not for one."""
    times = Latencies()
    for _ in range(100):
        times.record(0.0, every=0.01)
    times.record(1.0, every=0.01)
    assert times.count == 200
    assert (times.milliseconds(75) or 0) > 400


def test_a_sighting_is_measured_from_the_intended_start_even_before_the_answer() -> None:
    """Phones that are faster than the answer to the request count as well."""
    rounds = Rounds()
    rounds.ask(10.0, [1, 2])
    rounds.seen(7, 1, 10.020)
    rounds.answered(7)
    rounds.seen(7, 2, 10.040)
    rounds.seen(7, 2, 10.900)
    assert rounds.latencies.count == 2
    assert rounds.latencies.milliseconds(99) == pytest.approx(40, rel=2e-3)
    assert rounds.outstanding == 0


def test_who_sees_a_later_version_has_seen_the_earlier_ones_that_late() -> None:
    """A slow round that is overtaken keeps its slow times."""
    rounds = Rounds()
    for version, intended in ((7, 10.0), (8, 11.0)):
        rounds.ask(intended, [1])
        rounds.answered(version)
    rounds.seen(8, 1, 11.5)
    assert rounds.latencies.count == 2
    assert rounds.latencies.milliseconds(100) == pytest.approx(1_500, rel=2e-3)


def test_an_older_version_and_a_stranger_count_for_nothing() -> None:
    """Only those asked are counted, and only for a version that is new enough."""
    rounds = Rounds()
    rounds.ask(10.0, [1])
    rounds.seen(6, 1, 10.01)
    rounds.answered(7)
    rounds.seen(7, 9, 10.01)
    assert (rounds.latencies.count, rounds.outstanding) == (0, 1)
    rounds.close()
    assert (rounds.missed, rounds.outstanding) == (1, 0)


def test_a_refused_request_opens_no_round() -> None:
    """When the request failed, nobody is waited for."""
    rounds = Rounds()
    rounds.ask(10.0, [1])
    rounds.answered(None)
    assert rounds.outstanding == 0


def test_open_rounds_are_bounded() -> None:
    """The oldest round is closed when too many are open, and its missing ones are counted."""
    rounds = Rounds()
    for version in range(MAX_ROUNDS + 3):
        rounds.ask(float(version), [1, 2])
        rounds.answered(version)
    assert rounds.missed == 6
    assert rounds.outstanding == 2 * MAX_ROUNDS


def test_a_run_is_valid_when_its_generator_kept_up() -> None:
    """On time and with a quick loop there is nothing to object."""
    assert judge(12.0, 1, 1_000).valid
    assert judge(None, 0, 0).valid


@pytest.mark.parametrize(("lag", "late"), [(MAX_LOOP_LAG_P99_MS + 1, 0), (1.0, 60)])
def test_a_run_is_not_valid_when_the_generator_was_the_bottleneck(lag: float, late: int) -> None:
    """A slow loop, or too many late sends, is said in a sentence with its bound."""
    verdict = judge(lag, late, 1_000)
    assert not verdict.valid
    assert "The generator was the bottleneck" in verdict.reasons[0]
    assert "bound" in verdict.reasons[0]


def test_who_is_excused_is_awaited_no_more() -> None:
    """Not in the rounds that are open, nor in the one that is just asked; the others still are."""
    rounds = Rounds()
    rounds.ask(0.0, [1, 2])
    rounds.answered(5)
    rounds.ask(0.0, [1, 2])
    rounds.excuse(1)
    rounds.answered(6)
    assert rounds.outstanding == 2
    rounds.excuse(2)
    assert (rounds.outstanding, rounds.missed, rounds.latencies.count) == (0, 0, 0)
