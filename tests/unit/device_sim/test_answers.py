"""What simulated phones answer is an answer: the dashboard's own reading takes it, for every kind."""

from random import Random
from typing import Any

import pytest

from dashboard.rooms.answers import entry_id, read_answer
from dashboard.rooms.poll import Poll, PollState
from dashboard.rooms.poll_parsing import parse_draft
from device_sim.phone.answers import answer, labels_of

DRAFTS: list[dict[str, Any]] = [
    {"kind": "single", "options": ["a", "b"]},
    {"kind": "multiple", "options": ["a", "b", "c"], "max_choices": 2},
    {"kind": "yesno", "language": "fr"},
    {"kind": "abcd"},
    {"kind": "rating", "min": -2, "max": 2},
    {"kind": "estimate"},
    {"kind": "estimate", "min": 10, "max": 20},
    {"kind": "wordcloud", "language": "fr"},
    {"kind": "text"},
    {"kind": "questions"},
    {"kind": "quiz", "options": ["a", "b"], "right": ["b"]},
]


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: str(draft["kind"]))
def test_every_kind_is_answered_in_its_own_form(draft: dict[str, Any]) -> None:
    """Of a hundred phones each that answers is counted, and a changed mind is another answer of that form."""
    asked = parse_draft({"question": "?", **draft})
    message = Poll("p1", asked, PollState.OPEN, 1, 0).message({})
    answered = 0
    for phone in range(100):
        rng = Random(phone)
        first = answer(rng, Random(1), message)
        if first is not None:
            answered += 1
            assert read_answer(asked, first) is not None
            assert labels_of(first) or "upvotes" in first
            second = answer(rng, Random(1), message, first)
            assert second is None or read_answer(asked, second) is not None
    assert answered >= 10


def test_questions_that_were_approved_are_supported() -> None:
    """The phones upvote what is shown to them."""
    asked = parse_draft({"kind": "questions", "question": "?"})
    message = {"kind": "questions", "entries": [{"id": entry_id("Why?"), "text": "Why?"}]}
    said = [answer(Random(phone), Random(1), message) for phone in range(50)]
    read = [read_answer(asked, entry) for entry in said if entry is not None]
    assert sum(one is not None and one.upvotes == (entry_id("Why?"),) for one in read) > 5


def test_facts_need_no_answer() -> None:
    """Device facts are counted without a tap."""
    assert answer(Random(1), Random(1), {"kind": "fact", "options": []}) is None
