"""The tally is a fold: no order, repetition or loss of deliveries makes a wrong count."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms.moderation import Decisions
from dashboard.rooms.outcome import Outcome, count
from dashboard.rooms.poll_drafts import Draft
from dashboard.rooms.poll_parsing import parse_draft
from dashboard.rooms.tally import Ballots

OPTIONS = ("red", "green", "blue")
KEY = "p1"
DRAFT = parse_draft({"kind": "single", "question": "?", "options": [*OPTIONS]})
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


def record(ballots: Ballots, thing: str, version: int, choice: dict[str, str] | None) -> None:
    """A phone's ballot with one option under each key."""
    said = None if choice is None else {key: {"choice": [option]} for key, option in choice.items()}
    ballots.record(thing, version, said)


def counted(ballots: Ballots, without: frozenset[str] | set[str] = frozenset()) -> Outcome:
    return count(DRAFT, KEY, ballots.answers(KEY, DRAFT, without=without), Decisions())


def choices_of(outcome: Outcome) -> dict[str, str]:
    return {thing: labels[0] for thing, labels in outcome.labels.items()}


def deliveries_of(history: list[list[dict[str, str] | None]]) -> list[Delivery]:
    return [
        (thing, version, choice)
        for thing, reported in zip(THINGS, history, strict=True)
        for version, choice in enumerate(reported, 1)
    ]


def tally_of(deliveries: list[Delivery]) -> Outcome:
    ballots = Ballots()
    for thing, version, choice in deliveries:
        record(ballots, thing, version, choice)
    return counted(ballots)


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
    assert choices_of(tally) == expected(history)
    assert tally.tally == {option: Counter(choices_of(tally).values())[option] for option in OPTIONS}
    assert tally.answered == len(tally.labels)


@given(histories, st.data())
def test_lost_deliveries_are_made_good_by_a_reconciliation(
    history: list[list[dict[str, str] | None]], data: st.DataObject
) -> None:
    """Whatever was lost before, reading each phone's latest version once gives the true tally."""
    once = deliveries_of(history)
    heard = data.draw(st.lists(st.sampled_from(once))) if once else []
    latest = [(thing, len(said), said[-1]) for thing, said in zip(THINGS, history, strict=True) if said]
    assert choices_of(tally_of(heard + data.draw(st.permutations(latest)))) == expected(history)


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
        record(ballots, thing, version, choice)
    ballots.forget(gone)
    for thing, version, choice in deliveries[cut:]:
        record(ballots, thing, version, choice)
    others = {thing: choice for thing, choice in expected(history).items() if thing != gone}
    assert choices_of(counted(ballots)) == others


@given(histories, st.sets(st.sampled_from(THINGS)))
def test_phones_that_were_taken_out_are_left_out_and_may_come_back(
    history: list[list[dict[str, str] | None]], without: set[str]
) -> None:
    """Leaving things out is a view of the fold, not a change of it."""
    ballots = Ballots()
    for thing, version, choice in deliveries_of(history):
        record(ballots, thing, version, choice)
    others = {thing: choice for thing, choice in expected(history).items() if thing not in without}
    assert choices_of(counted(ballots, without)) == others
    assert choices_of(counted(ballots)) == expected(history)


@given(st.integers(1, 50))
def test_a_deletion_counts_after_the_document_of_its_version(version: int) -> None:
    """The service tells a deletion with the version of what it deleted: the vote is gone in either order."""
    for order in ((({KEY: "red"}), None), (None, {KEY: "red"})):
        ballots = Ballots()
        for choice in order:
            record(ballots, "phone-1", version, choice)
        assert counted(ballots).answered == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab é", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choice", "number", "words", "questions"]), inner, max_size=3)
    ),
    max_leaves=10,
)
EVERY_KIND = [
    parse_draft({"question": "?", **draft})
    for draft in (
        {"kind": "single", "options": ["a", "b"]},
        {"kind": "multiple", "options": ["a", "b", "ab"], "max_choices": 2},
        {"kind": "yesno"},
        {"kind": "abcd"},
        {"kind": "rating"},
        {"kind": "estimate", "min": 0},
        {"kind": "wordcloud", "moderation": "after"},
        {"kind": "text"},
        {"kind": "questions", "moderation": "after"},
        {"kind": "quiz", "options": ["a", "b"], "right": ["b"]},
    )
]
entries = st.one_of(
    json_values,
    st.builds(
        lambda chosen: {"choice": chosen}, st.lists(st.sampled_from(["a", "b", "ab", "Yes", "A", "B", ""]))
    ),
    st.builds(lambda number: {"number": number}, st.integers(-1, 7) | st.floats()),
    st.builds(
        lambda words: {"words": words, "questions": words, "text": "".join(words)}, st.lists(st.text("ab "))
    ),
)


@given(st.sampled_from(EVERY_KIND), st.lists(entries, min_size=1, max_size=8), st.data())
def test_every_kind_is_counted_the_same_in_any_order(
    draft: Draft, said: list[object], data: st.DataObject
) -> None:
    """Whatever phones write, order and repetition change neither tally nor texts nor numbers."""
    deliveries = [(f"phone-{n}", 1, entry) for n, entry in enumerate(said)]
    again = data.draw(st.permutations(deliveries + data.draw(st.lists(st.sampled_from(deliveries)))))
    outcomes = []
    for order in (deliveries, again):
        ballots = Ballots()
        for thing, version, entry in order:
            ballots.record(thing, version, {KEY: entry})
        outcomes.append(count(draft, KEY, ballots.answers(KEY, draft), Decisions()))
    one, other = outcomes
    assert (list(one.tally.items()), one.answered, one.summary) == (
        list(other.tally.items()), other.answered, other.summary,
    )  # fmt: skip
    assert one.entries == other.entries
    assert one.labels == other.labels
    assert one.answered <= len(said)
    if draft.choices_max == 1 and draft.choices:
        assert sum(one.tally.values()) == one.answered
