"""The tally is a fold: no order, repetition or loss of deliveries makes a wrong count."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms.tally import Ballots, Tally, choices_in

OPTIONS = ("red", "green", "blue")
KEY = "p1"
THINGS = [f"phone-{n}" for n in range(5)]

choices = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from([KEY, "p1-2", "p2"]), st.sampled_from([*OPTIONS, "mauve", ""]), max_size=3
    ),
)
histories = st.lists(st.lists(choices, max_size=6), min_size=len(THINGS), max_size=len(THINGS))
"""By thing: what it reported at version 1, 2, …"""

Delivery = tuple[str, int, dict[str, str] | None]


def deliveries_of(history: list[list[dict[str, str] | None]]) -> list[Delivery]:
    return [
        (thing, version, choice)
        for thing, reported in zip(THINGS, history, strict=True)
        for version, choice in enumerate(reported, 1)
    ]


def tally_of(deliveries: list[Delivery]) -> Tally:
    ballots = Ballots()
    for thing, version, choice in deliveries:
        ballots.record(thing, version, choice)
    return ballots.tally(KEY, OPTIONS, by_thing=True)


def expected(history: list[list[dict[str, str] | None]]) -> dict[str, str]:
    """The model: what each phone said last, if it is an option."""
    last = {thing: (said[-1] or {}).get(KEY) for thing, said in zip(THINGS, history, strict=True) if said}
    return {thing: choice for thing, choice in last.items() if choice in OPTIONS}


@given(histories, st.data())
def test_shuffled_and_repeated_deliveries_give_the_same_tally(
    history: list[list[dict[str, str] | None]], data: st.DataObject
) -> None:
    """Any order of all deliveries, each at least once, counts what every phone said last."""
    once = deliveries_of(history)
    again = data.draw(st.lists(st.sampled_from(once))) if once else []
    tally = tally_of(data.draw(st.permutations(once + again)))
    assert tally.choices == expected(history)
    assert tally.counts == {option: Counter(tally.choices.values())[option] for option in OPTIONS}
    assert tally.answered == len(tally.choices)


@given(histories, st.data())
def test_lost_deliveries_are_made_good_by_a_reconciliation(
    history: list[list[dict[str, str] | None]], data: st.DataObject
) -> None:
    """Whatever was lost before, reading each phone's latest version once gives the true tally."""
    once = deliveries_of(history)
    heard = data.draw(st.lists(st.sampled_from(once))) if once else []
    latest = [(thing, len(said), said[-1]) for thing, said in zip(THINGS, history, strict=True) if said]
    assert tally_of(heard + data.draw(st.permutations(latest))).choices == expected(history)


@given(histories, st.data())
def test_two_halves_may_be_heard_in_either_order(
    history: list[list[dict[str, str] | None]], data: st.DataObject
) -> None:
    """Live deliveries and a rebuild commute, so a rebuild may run while phones vote."""
    once = deliveries_of(history)
    cut = data.draw(st.integers(0, len(once)))
    one, other = once[:cut], once[cut:]
    assert tally_of(one + other) == tally_of(other + one) == tally_of(one + other + one)


@given(histories, st.sampled_from(THINGS), st.data())
def test_a_phone_that_left_is_never_counted_again(
    history: list[list[dict[str, str] | None]], gone: str, data: st.DataObject
) -> None:
    """Its late deliveries change nothing, and nobody else's count changes."""
    ballots = Ballots()
    deliveries = data.draw(st.permutations(deliveries_of(history)))
    cut = data.draw(st.integers(0, len(deliveries)))
    for thing, version, choice in deliveries[:cut]:
        ballots.record(thing, version, choice)
    ballots.forget(gone)
    for thing, version, choice in deliveries[cut:]:
        ballots.record(thing, version, choice)
    counted = {thing: choice for thing, choice in expected(history).items() if thing != gone}
    assert ballots.tally(KEY, OPTIONS, by_thing=True).choices == counted


@given(histories, st.sets(st.sampled_from(THINGS)))
def test_phones_that_were_taken_out_are_left_out_and_may_come_back(
    history: list[list[dict[str, str] | None]], without: set[str]
) -> None:
    """Leaving things out is a view of the fold, not a change of it."""
    ballots = Ballots()
    for thing, version, choice in deliveries_of(history):
        ballots.record(thing, version, choice)
    counted = {thing: choice for thing, choice in expected(history).items() if thing not in without}
    assert ballots.tally(KEY, OPTIONS, without=without, by_thing=True).choices == counted
    assert ballots.tally(KEY, OPTIONS, by_thing=True).choices == expected(history)


@given(histories)
def test_nothing_but_counts_leaves_the_fold_of_an_anonymous_poll(
    history: list[list[dict[str, str] | None]],
) -> None:
    """Without `by_thing` a tally names no phone."""
    ballots = Ballots()
    for thing, version, choice in deliveries_of(history):
        ballots.record(thing, version, choice)
    tally = ballots.tally(KEY, OPTIONS)
    assert tally.choices == {}
    assert tally.counts == ballots.tally(KEY, OPTIONS, by_thing=True).counts


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("choice", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["choice", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([KEY, "p2", "other"]), json_values))
def test_only_one_option_in_a_list_is_a_choice(reported: dict[str, object]) -> None:
    """Whatever a phone writes, it has no vote, or exactly one."""
    found = choices_in(reported, lambda key: key != "other")
    for key, choice in found.items():
        assert key != "other"
        entry = reported[key]
        assert isinstance(entry, dict)
        assert entry["choice"] == [choice]
        assert isinstance(choice, str)
    strict = {KEY: {"choice": ["red"], "more": 1}, "p2": {"choice": ["a", "b"]}, "other": {"choice": ["red"]}}
    assert choices_in(strict, lambda key: key != "other") == {KEY: "red"}


@given(st.integers(1, 50))
def test_a_deletion_counts_after_the_document_of_its_version(version: int) -> None:
    """The service tells a deletion with the version of what it deleted: the vote is gone in either order."""
    for order in ((({KEY: "red"}), None), (None, {KEY: "red"})):
        ballots = Ballots()
        for choice in order:
            ballots.record("phone-1", version, choice)
        assert ballots.tally(KEY, OPTIONS).answered == 0
