"""The crowd's people: the same for the same seed, and like an audience."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from device_sim.crowd.arrival import arrivals
from device_sim.phone.backoff import retry_delay
from device_sim.phone.behaviour import THINK_MAX_SECONDS, Habits, persona, votes

POLL = {"id": "p1", "kind": "single", "options": ["yes", "no", "maybe"]}


def test_the_same_seed_makes_the_same_crowd_and_another_seed_another() -> None:
    """Personas and votes depend on the seed alone."""
    one, again, other = ([persona(seed, index) for index in range(50)] for seed in (7, 7, 8))
    assert one == again
    assert one != other
    assert votes(7, 3, POLL, Habits()) == votes(7, 3, POLL, Habits())


def test_the_mix_is_an_audiences() -> None:
    """Of 2,000 people most hold iPhones and Androids, and every family is somewhere."""
    families = Counter(persona(1, index).os for index in range(2_000))
    assert families["iOS"] > families["Android"] > families["macOS"] > 50
    assert len(families) == 8


def test_equal_personas_are_one_object() -> None:
    """A crowd holds each kind of device once."""
    assert len({id(persona(1, index)) for index in range(2_000)}) <= 150


def test_most_vote_some_change_their_mind_and_nobody_thinks_for_ever() -> None:
    """About nine in ten answer, about one in seven of these again, with another choice, in bounded time."""
    plans = [votes(1, index, POLL, Habits()) for index in range(2_000)]
    voted = [plan for plan in plans if plan]
    changed = [plan for plan in voted if len(plan) == 2]
    assert 0.85 < len(voted) / len(plans) < 0.95
    assert 0.10 < len(changed) / len(voted) < 0.20
    assert all(first.entry != second.entry for first, second in changed)
    assert all(0 < vote.after <= THINK_MAX_SECONDS for plan in voted for vote in plan)


def test_a_question_without_options_gets_no_vote() -> None:
    """There is nothing to choose from."""
    assert votes(1, 1, {**POLL, "options": []}, Habits()) == []


@given(st.integers(1, 500), st.floats(1, 5_000), st.integers())
def test_arrivals_are_in_order_and_within_their_span(phones: int, rate: float, seed: int) -> None:
    """Everyone has a time, times are ordered, and the last comes within phones / rate seconds."""
    times = arrivals(phones, rate, seed)
    assert len(times) == phones
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= phones / rate


@given(st.integers(0, 10_000), st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_retries_are_capped_at_two_and_later_at_ten_seconds(
    attempt: int, offline: float, chance: float
) -> None:
    """A delay is never negative and never above the cap of its time."""
    delay = retry_delay(attempt, offline, chance)
    assert 0 <= delay <= (2.0 if offline < 30 else 10.0)


def test_retries_use_the_whole_span() -> None:
    """Full jitter: from nothing to the whole span, which doubles until the cap."""
    assert retry_delay(5, 0, 0.0) == 0.0
    assert [retry_delay(attempt, 0, 1.0) for attempt in range(5)] == [0.25, 0.5, 1.0, 2.0, 2.0]
    assert retry_delay(9, 31, 1.0) == 10.0
