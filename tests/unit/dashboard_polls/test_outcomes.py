"""Numbers, quizzes and groups: what a poll's answers come to."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dashboard.rooms.answers import Answer
from dashboard.rooms.cross_filter import GROUP_MIN, ToldApart, group
from dashboard.rooms.moderation import Decisions
from dashboard.rooms.numbers import BINS_MAX, bin_of, histogram, summary
from dashboard.rooms.outcome import count, revealed
from dashboard.rooms.poll import Poll, PollState
from dashboard.rooms.poll_drafts import Quiz
from dashboard.rooms.poll_parsing import parse_draft
from dashboard.rooms.quiz import BONUS, DELAY_MAX_MS, POINTS, answered_at, leaderboard, points


@given(st.lists(st.floats(-1e12, 1e12) | st.integers(-100, 100).map(float), min_size=1, max_size=60))
def test_every_estimate_is_in_exactly_one_bin(numbers: list[float]) -> None:
    """Few bins with labels that differ, in order, which hold everybody."""
    bins = histogram(numbers)
    assert 1 <= len(bins) <= BINS_MAX + 2
    assert sum(one.count for one in bins) == len(numbers)
    assert [one.low for one in bins] == sorted(one.low for one in bins)
    assert all(bin_of(bins, number) in {one.label for one in bins} for number in numbers)


def test_one_joker_does_not_flatten_the_histogram() -> None:
    """A billion goes into the last bin; the others keep theirs."""
    bins = histogram([float(n) for n in range(80, 121)] + [1e9])
    assert len([one for one in bins if one.count]) >= 5
    assert bins[-1].high == 1e9
    assert summary([1.0, 2.0, 6.0]) == {"n": 3, "mean": 3.0, "median": 2.0, "min": 1.0, "max": 6.0}
    assert summary([]) is None


QUIZ = parse_draft(
    {"kind": "quiz", "question": "?", "options": ["a", "b"], "right": ["a"], "leaderboard": True,
     "seconds": 10, "speed_bonus": True}
)  # fmt: skip


def test_speed_counts_from_the_opening_for_everybody_and_only_when_asked_for() -> None:
    """At once: the whole bonus; at the end or later: none; wrong: nothing; a late joiner: no more."""
    assert isinstance(QUIZ, Quiz)
    right = [points(QUIZ, Answer(("a",), at=at), 1_000) for at in (1_000, 6_000, 11_000, 60_000)]
    assert right == [POINTS + BONUS, POINTS + BONUS // 2, POINTS, POINTS]
    assert points(QUIZ, Answer(("a",), at=0), 1_000) == POINTS + BONUS
    assert points(QUIZ, Answer(("b",), at=1_000), 1_000) == 0
    plain = QUIZ.model_copy(update={"speed_bonus": False})
    assert points(plain, Answer(("a",), at=1_000), 1_000) == POINTS


def test_the_server_hears_and_the_phones_delay_is_believed_within_reason() -> None:
    """A claimed delay is capped; an answer that was not heard live cannot be from the future."""
    assert answered_at(Answer(delay=300), 5_000, 9_000) == 4_700
    assert answered_at(Answer(delay=50_000), 5_000, 9_000) == 5_000 - DELAY_MAX_MS
    assert answered_at(Answer(at=4_000), None, 9_000) == 4_000
    assert answered_at(Answer(at=99_000), None, 9_000) == 9_000
    assert answered_at(Answer(), None, 9_000) == 9_000


def test_the_leaderboard_adds_up_revealed_quizzes_by_the_phones_number() -> None:
    """Equals share a rank, and who left has no line."""
    poll = Poll("p1", QUIZ.model_copy(update={"speed_bonus": False}), PollState.REVEALED, 1, 0)
    first = {"x": Answer(("a",)), "y": Answer(("a",)), "z": Answer(("b",)), "gone": Answer(("a",))}
    second = {"x": Answer(("a",)), "z": Answer(("a",)), "y": Answer(("b",))}
    slots = {"x": 7, "y": 3, "z": 9}
    assert leaderboard([(poll, first), (poll, second)], slots.get) == [
        {"slot": 7, "score": 2_000, "rank": 1},
        {"slot": 3, "score": 1_000, "rank": 2},
        {"slot": 9, "score": 1_000, "rank": 2},
    ]


def test_the_solution_is_public_only_after_the_reveal() -> None:
    """Neither the right answer nor how many are right is in what phones get before."""
    poll = Poll("p1", QUIZ, PollState.OPEN, 1, 0)
    assert not {"right", "results", "answered", "explanation"} & set(poll.message({}))
    outcome = count(QUIZ, "p1", {"x": Answer(("a",))}, Decisions())
    assert revealed(poll, outcome, [])["right"] == ["a"]


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12)))
def test_no_small_anonymous_group_is_shown_or_follows_by_subtraction(sizes: dict[str, int]) -> None:
    """Every group that is shown has five at least, and so have those that are hidden, together."""
    labels = {f"{name}{n}": (name,) for name, size in sizes.items() for n in range(size)}
    groups = group(set(labels), labels, ToldApart(labels))
    assert all(len(members) >= GROUP_MIN for _, members in groups.shown)
    assert groups.hidden == 0 or groups.hidden >= min(GROUP_MIN, len(labels))
    assert sum(len(members) for _, members in groups.shown) + groups.hidden == len(labels)
    named = group(set(labels), labels)
    assert {name for name, _ in named.shown} == {name for name, size in sizes.items() if size}


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sets(st.sampled_from("rst"))),
        min_size=1,
        max_size=60,
    )
)
def test_views_that_are_combined_tell_no_fewer_than_five_phones_apart(phones: list[Any]) -> None:
    """Whatever views are shown one after the other, also with groups that overlap: phones that are in the
    same groups of all of them are five at least."""
    views = [
        {str(n): tuple(sorted(phone[dimension])) for n, phone in enumerate(phones)} for dimension in range(3)
    ]
    things = set(views[0])
    told = ToldApart(things)
    shown = [members for labels in views for _, members in group(things, labels, told).shown]
    parts = Counter(tuple(thing in members for members in shown) for thing in things)
    if shown:
        assert min(parts.values()) >= GROUP_MIN


def test_safari_is_not_shown_beside_ios_when_one_iphone_has_another_browser() -> None:
    """Ten iPhones, nine with Safari: the difference of the two counts would be the answer of the tenth."""
    system = {str(n): ("iOS" if n < 10 else "Android",) for n in range(30)}
    browser = {str(n): ("Safari" if n < 9 else "Chrome",) for n in range(30)}
    told = ToldApart(system)
    assert [name for name, _ in group(set(system), system, told).shown] == ["Android", "iOS"]
    assert group(set(system), browser, told).shown == []
    again = group(set(system), system, told)
    assert ([name for name, _ in again.shown], again.hidden) == (["Android", "iOS"], 0)
