"""What of the audience's texts reaches the wall: rules, decisions, and taking them back."""

from typing import Any

import pytest

from dashboard.rooms.answers import Answer, entry_id
from dashboard.rooms.moderation import Act, Decision, Decisions, Entry, Status, entries_of
from dashboard.rooms.outcome import count
from dashboard.rooms.poll_drafts import Written
from dashboard.rooms.poll_parsing import parse_draft

KEY = "p1"


def asked(kind: str = "text", **more: Any) -> Written:
    draft = parse_draft({"kind": kind, "question": "?", **more})
    assert isinstance(draft, Written)
    return draft


def entries(draft: Written, *texts: str, log: tuple[Decision, ...] = ()) -> list[Entry]:
    answers = {f"phone-{n}": Answer(texts=(text,)) for n, text in enumerate(texts)}
    return [*entries_of(draft, KEY, answers, Decisions.fold(log))]


def test_nothing_is_public_before_it_is_approved() -> None:
    """Unless the poll says otherwise, every text waits."""
    assert [entry.status for entry in entries(asked(), "Hello")] == [Status.PENDING]
    assert [entry.status for entry in entries(asked(moderation="after"), "Hello")] == [Status.APPROVED]


@pytest.mark.parametrize(
    ("language", "text", "masked"),
    [
        ("en", "this is shit, really", "this is ***, really"),
        ("en", "sh1t happens", "*** happens"),
        ("fr", "quelle merde alors", "quelle *** alors"),
        ("fr", "what the fuck", "what the ***"),
        ("en", "Scunthorpe assassin class", "Scunthorpe assassin class"),
        ("fr", "connecter à la base", "connecter à la base"),
    ],
)
def test_bad_language_is_masked_in_the_polls_language_and_in_english(
    language: str, text: str, masked: str
) -> None:
    """By a list per language, whole words only; the presenter sees what was written."""
    [entry] = entries(asked(language=language), text)
    assert (entry.text, entry.original) == (masked, text)
    assert entry.for_presenter()["flagged"] is (text != masked)


def test_bad_language_may_be_blocked_or_let_through() -> None:
    """`block` dismisses it whatever the moderation; `off` does nothing."""
    [blocked] = entries(asked(profanity="block", moderation="after"), "shit")
    assert blocked.status is Status.DISMISSED
    [let_through] = entries(asked(profanity="off", moderation="after"), "shit")
    assert (let_through.status, let_through.text) == (Status.APPROVED, "shit")


def test_equal_texts_are_one_entry_and_the_order_says_nothing_of_the_writers() -> None:
    """Capitals and arrival do not matter: pinned first, then by votes, then by the alphabet."""
    one = entries(asked(), "Zebra", "apple", "zebra", "Zebra", "Banana")
    other = entries(asked(), "Banana", "zebra", "Zebra", "apple", "Zebra")
    shown = [(entry.text, entry.votes) for entry in one]
    assert shown == [("Zebra", 3), ("apple", 1), ("Banana", 1)]
    assert shown == [(entry.text, entry.votes) for entry in other]


def test_decisions_are_a_fold_and_the_last_one_can_be_taken_back() -> None:
    """Edit, pin, dismiss: each line of the log adds to those before it, for its own text only."""
    entry = entry_id("Hello")
    log = [
        Decision(KEY, (entry,), act, "Hello!" if act is Act.EDIT else None)
        for act in (Act.EDIT, Act.PIN, Act.DISMISS)
    ]

    def state(lines: int) -> tuple[Status, str, bool]:
        found = {one.original: one for one in entries(asked(), "Hello", "Other", log=tuple(log[:lines]))}
        assert found["Other"].status is Status.PENDING
        return found["Hello"].status, found["Hello"].text, found["Hello"].pinned

    assert state(3) == (Status.DISMISSED, "Hello!", False)
    assert state(2) == (Status.APPROVED, "Hello!", True)
    assert state(1) == (Status.APPROVED, "Hello!", False)
    assert state(0) == (Status.PENDING, "Hello", False)


def test_a_banned_phone_is_not_read_any_more_and_may_be_let_in_again() -> None:
    """Its texts vanish from every poll of the room; what others wrote stays."""
    ban = Decision("p0", ("x",), Act.BAN, things=("phone-0",))
    assert [entry.text for entry in entries(asked(), "Spam", "Fine", log=(ban,))] == ["Fine"]
    assert len(entries(asked(), "Spam", "Fine")) == 2


def test_a_word_cloud_shows_approved_words_and_questions_count_their_supporters() -> None:
    """A phone supports a question once, its own included."""
    words = asked("wordcloud")
    said = {"a": Answer(texts=("MQTT", "fast")), "b": Answer(texts=("mqtt",))}
    approve = Decision(KEY, (entry_id("mqtt"),), Act.APPROVE)
    outcome = count(words, KEY, said, Decisions.fold([approve]))
    assert (outcome.tally, outcome.answered) == ({"MQTT": 2}, 2)
    why = entry_id("Why?")
    asking = {"a": Answer(texts=("Why?",), upvotes=(why,)), "b": Answer(upvotes=(why, "none such"))}
    [entry] = count(asked("questions"), KEY, asking, Decisions()).entries
    assert entry.votes == 2


def test_several_texts_are_approved_by_one_decision() -> None:
    """Each of them is approved, the others wait on, and the log without the line has none of it."""
    log = (Decision(KEY, (entry_id("Hello"), entry_id("Bye")), Act.APPROVE),)

    found = {one.original: one.status for one in entries(asked(), "Hello", "Bye", "Later", log=log)}
    assert found == {"Hello": Status.APPROVED, "Bye": Status.APPROVED, "Later": Status.PENDING}
    assert {one.status for one in entries(asked(), "Hello", "Bye")} == {Status.PENDING}


def test_nothing_that_is_shown_names_a_phone() -> None:
    """Authors stay inside."""
    [entry] = entries(asked(), "Hello")
    assert "phone-0" not in str(entry.for_presenter()) + str(entry.public(with_votes=True))
