"""Scenarios: what a file may say, what is wrong with it, and what happens when."""

from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sim.crowd.arrival import arrivals_along
from device_sim.errors import SimError
from device_sim.options import SimOptions
from device_sim.scenario.reading import named_scenarios, parse, read_scenario
from device_sim.scenario.rules import Scenario
from device_sim.scenario.timeline import Happening, Kind, timeline

EVERYTHING = """
about = "all of it"
duration_s = 30
duplicate_share = 0.1
[arrival]
curve = [[20, 0.6], [60, 1]]
[votes]
think_median_s = 6
[[sleeps]]
every_s = 20
for_s = [1, 5]
closed_share = 0.25
[[drops]]
every_s = 10
for_s = [0, 2]
[[drops]]
every_s = 40
for_s = [1, 1]
half_open = true
[[reloads]]
every_s = 30
[[storms]]
at_s = 7.5
share = 0.4
for_s = [1, 3]
[[scenes]]
at_s = 3
by = "os"
[[scenes]]
at_s = 5
"""


def happenings(seed: int = 1, count: int = 4_000) -> list[Happening]:
    return list(islice(timeline(parse(EVERYTHING, "x.toml"), 50, seed), count))


@pytest.mark.parametrize("name", ["flaky", "hall", "lecture", "storm"])
def test_every_named_scenario_is_valid_and_says_what_it_is(name: str) -> None:
    """The package's own files keep the rules, and the list of names is complete."""
    scenario = read_scenario(name)
    assert scenario.about.endswith(".")
    assert scenario.duration_s is not None
    assert sorted(named_scenarios()) == ["flaky", "hall", "lecture", "storm"]
    over = [storm.at_s + storm.for_s[1] for storm in scenario.storms]
    assert all(at < scenario.duration_s for at in (*over, *(scene.at_s for scene in scenario.scenes)))


def test_a_file_is_read_key_by_key() -> None:
    """Every table of a file is there, and what it leaves out has its default."""
    scenario = parse(EVERYTHING, "x.toml")
    assert [scene.command for scene in scenario.scenes] == [{"by": "os"}, {}]
    assert (scenario.votes.think_median_s, scenario.votes.answer_share) == (6, 0.9)
    assert scenario.reloads[0].for_s == (0.5, 2.0)
    assert parse("", "empty.toml") == Scenario()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[storms]\n", "x.toml is not TOML"),
        ("[storm]", "x.toml: storm is no key there: known are about, duration_s, arrival"),
        ("duration_s = 0", "x.toml: duration_s: input should be greater than 0."),
        (
            "[[storms]]\nat_s=1\nshare=0.5\nfor_s=[0,1]\n[[storms]]\nat_s=1\nshare=4\nfor_s=[0,1]",
            "x.toml: storms 2, share: input should be less than or equal to 1.",
        ),
        (
            "[[drops]]\nevery_s=9\nfor=[1,2]\nfor_s=[1,2]",
            "drops 1, for is no key there: known are every_s, for_s, half",
        ),
        ("[[drops]]\nevery_s=9", "x.toml: drops 1, for_s is missing."),
        ("[[sleeps]]\nevery_s=9\nfor_s=[5, 2]", "sleeps 1, for_s: the shortest time comes first"),
        ("[[reloads]]\nevery_s=0", "reloads 1, every_s: input should be greater than or equal to 1."),
        ("[votes]\nthink_s=3", "votes, think_s is no key there: known are answer_share, change_share"),
        ("[arrival]\ncurve=[[20, 0.6]]", "arrival: the last point has share 1"),
        ("[arrival]\ncurve=[[20, 0.6], [10, 1]]", "arrival: each point is [seconds, share], and both grow"),
        ('[[scenes]]\nat_s=1\nby="os"\nblank=true', "scenes 1: a scene has one of by, color, wave and blank"),
        ('[[scenes]]\nat_s=1\ncolor="red"', "scenes 1, color: string should match pattern"),
    ],
)
def test_each_mistake_is_named_with_its_key(text: str, sentence: str) -> None:
    """The file, the table and its number, the key, and what it should be."""
    with pytest.raises(SimError) as error:
        parse(text, "x.toml")
    assert sentence in str(error.value)


def test_an_unknown_name_lists_the_known_ones() -> None:
    """And says that a file may be given; one that is not there is named."""
    with pytest.raises(SimError, match=r"take one of flaky, hall, lecture, storm, or a file .* \.toml"):
        read_scenario("stom")
    with pytest.raises(SimError, match=r"my\.toml cannot be read: No such file"):
        read_scenario("my.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are one sentence, too."""
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(SimError, match="it is not UTF-8"):
        read_scenario(str(path))
    path.write_text(EVERYTHING, "utf-8")
    assert read_scenario(str(path)).about == "all of it"


def test_what_happens_is_a_function_of_the_seed() -> None:
    """The same seed makes the same trouble, another seed another."""
    assert happenings(1, 200) == happenings(1, 200)
    assert happenings(1, 200) != happenings(2, 200)


def test_everything_happens_in_order_to_phones_that_there_are() -> None:
    """Times never go back, and each span is kept."""
    seen = happenings()
    assert [one.at for one in seen] == sorted(one.at for one in seen)
    spans = {Kind.HIDDEN: (1, 5), Kind.ASLEEP: (1, 5), Kind.HALF_OPEN: (1, 1), Kind.RELOADED: (0.5, 2)}
    for one in seen:
        assert all(0 <= index < 50 for index, _ in one.phones)
        low, high = (1, 3) if one.is_storm else spans.get(one.kind, (0, 2))
        assert all(low <= lasting <= high for _, lasting in one.phones)


def test_each_rule_befalls_a_phone_as_often_as_it_says() -> None:
    """Fifty phones that each sleep every 20 s are 2.5 sleeps a second, a quarter without a connection."""
    seen = [one for one in happenings() if not one.is_storm]
    seconds = seen[-1].at
    rate = {kind: sum(one.kind is kind for one in seen) / seconds / 50 for kind in Kind}
    assert 1 / 23 < rate[Kind.HIDDEN] + rate[Kind.ASLEEP] < 1 / 17.5
    assert 0.15 < rate[Kind.ASLEEP] / (rate[Kind.HIDDEN] + rate[Kind.ASLEEP]) < 0.35
    assert 1 / 11.5 < rate[Kind.LOST] < 1 / 8.5
    assert 1 / 50 < rate[Kind.HALF_OPEN] < 1 / 32
    assert 1 / 38 < rate[Kind.RELOADED] < 1 / 24


def test_a_storm_hits_its_share_at_once() -> None:
    """Two in five of fifty are twenty phones, each once."""
    (storm,) = (one for one in happenings() if one.is_storm)
    assert (storm.at, storm.kind) == (7.5, Kind.LOST)
    assert len({index for index, _ in storm.phones}) == len(storm.phones) == 20


@given(st.integers(1, 500), st.integers())
def test_a_curve_of_arrivals_is_kept(phones: int, seed: int) -> None:
    """Everybody has a time in order, and by each point about that share is there."""
    times = arrivals_along(((20, 0.6), (60, 1)), phones, seed)
    assert times == sorted(times)
    assert all(0 <= at <= 60 for at in times)
    early = sum(at <= 20 for at in times)
    assert abs(early - 0.6 * phones) <= 5 * (0.24 * phones) ** 0.5 + 1


def test_a_rate_that_was_asked_for_wins_over_the_scenarios_curve() -> None:
    """Else the curve says when phones come."""
    hall = read_scenario("hall")
    assert max(SimOptions("http://x", phones=50, scenario=hall).arrivals()) > 30
    asked = SimOptions("http://x", phones=50, scenario=hall, rate=50)
    assert max(asked.arrivals()) <= 1
    assert asked.arrivals_per_second == 50
