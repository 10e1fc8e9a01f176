"""What may be asked, and what may happen to a poll when."""

from itertools import product

import pytest

from dashboard.rooms.poll import (
    TRANSITIONS,
    Poll,
    PollEvent,
    PollState,
    check_one_open,
    check_size,
)
from dashboard.rooms.poll_errors import BadPoll, WrongState
from dashboard.rooms.poll_parsing import parse_draft

DRAFT = parse_draft({"kind": "single", "question": "Tea?", "options": ["Yes please", "Rather not"]})
NOW = 1_000


def poll(state: PollState, round_: int = 1, identity: str = "p1") -> Poll:
    return Poll(identity, DRAFT, state, round_, 0)


def single(**changes: object) -> dict[str, object]:
    return {"kind": "single", "question": "Which one?", "options": ["A", "B"], **changes}


def test_a_poll_goes_from_draft_over_open_and_locked_to_revealed() -> None:
    """The ordinary life of a poll, and a reset at its end."""
    asked = poll(PollState.DRAFT)
    for event, state in (
        (PollEvent.OPEN, PollState.OPEN),
        (PollEvent.LOCK, PollState.LOCKED),
        (PollEvent.REOPEN, PollState.OPEN),
        (PollEvent.LOCK, PollState.LOCKED),
        (PollEvent.REVEAL, PollState.REVEALED),
        (PollEvent.RESET, PollState.DRAFT),
    ):
        asked = asked.after(event, NOW)
        assert asked.state is state
    assert asked.round == 2


@pytest.mark.parametrize(("state", "event"), list(product(PollState, PollEvent)))
def test_every_event_in_every_state_is_a_transition_or_a_sentence(state: PollState, event: PollEvent) -> None:
    """Nothing is undefined: what the table does not allow is refused in words."""
    if (state, event) in TRANSITIONS:
        assert poll(state).after(event, NOW).state is TRANSITIONS[state, event]
    else:
        with pytest.raises(WrongState, match=r"^The poll is .*\.$"):
            poll(state).after(event, NOW)


def test_only_a_reset_begins_a_new_round_with_a_new_ballot_key() -> None:
    """The key that phones vote under is the same through reopening, and another after each reset."""
    keys = [
        asked.ballot_key
        for asked in (poll(PollState.OPEN), poll(PollState.LOCKED).after(PollEvent.OPEN, NOW))
    ]
    assert keys == ["p1", "p1"]
    again = poll(PollState.OPEN).after(PollEvent.RESET, NOW)
    assert again.ballot_key == "p1-2"
    assert again.after(PollEvent.OPEN, NOW).after(PollEvent.RESET, NOW).ballot_key == "p1-3"


def test_one_question_at_a_time() -> None:
    """A second poll cannot open while one is open; the open one itself is no obstacle."""
    opened = poll(PollState.OPEN, identity="p2")
    with pytest.raises(WrongState, match="Another poll is open"):
        check_one_open([poll(PollState.OPEN), opened], opened)
    check_one_open([poll(PollState.LOCKED), opened], opened)


def test_a_draft_is_trimmed_and_anonymous_unless_asked_otherwise() -> None:
    """Spaces around and within are put in order; English and anonymous are the defaults."""
    draft = parse_draft(single(question="  Which\n one? ", options=[" A ", "B"]))
    assert (draft.question, draft.choices) == ("Which one?", ("A", "B"))
    assert (draft.language, draft.anonymous) == ("en", True)
    assert parse_draft(single(anonymous=False)).anonymous is False


@pytest.mark.parametrize(
    ("language", "options"), [("en", ("Yes", "No")), ("fr", ("Oui", "Non")), ("fr-CA", ("Oui", "Non"))]
)
def test_yes_and_no_are_said_in_the_polls_language(language: str, options: tuple[str, str]) -> None:
    """A yes/no poll has its options from its language."""
    assert parse_draft({"kind": "yesno", "question": "?", "language": language}).choices == options


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "Send a JSON object"),
        (None, "Send a JSON object"),
        (single(kind="ranking"), "There is no kind 'ranking': use one of single, multiple"),
        (single(kind=["single"]), "There is no kind"),
        (single(question=""), "The question must have 1 to 300 characters"),
        (single(question="   "), "The question must have 1 to 300 characters"),
        (single(question="x" * 301), "it has 301"),
        (single(question=7), "The question must be a text"),
        ({"kind": "single", "options": ["A", "B"]}, '"question" is missing: a single poll needs it.'),
        (single(question="a\x00b"), "cannot be shown"),
        (single(question="a\ud800b"), "cannot be shown"),
        (single(options=["A"]), "Give between 2 and 12 options."),
        (single(options=[str(n) for n in range(13)]), "Give between 2 and 12 options."),
        (single(options="AB"), "Give between 2 and 12 options."),
        (single(options=None), '"options" is missing'),
        (single(options=["A", "a"]), 'The option "a" is there twice'),
        (single(options=["A", " A"]), 'The option "A" is there twice'),
        (single(options=["A", ""]), "The option must have 1 to 120 characters"),
        (single(options=["A", "x" * 121]), "it has 121"),
        (single(options=["A", 2]), "The option must be a text"),
        (single(options=[chr(0x1F600 + n) * 120 for n in range(12)]), "too long for a phone's message"),
        (single(anonymous="yes"), '"anonymous" must be true or false'),
        (single(language=""), '"language" must be a language code'),
        (single(language=3), '"language" must be a language code'),
        ({"kind": "yesno", "question": "?", "language": "de"}, "A yes/no poll speaks"),
        ({"kind": "yesno", "question": "?", "options": ["Up", "Down"]}, "A yes/no poll has its own options"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(body: object, sentence: str) -> None:
    """Every refusal says what would be right."""
    with pytest.raises(BadPoll) as refused:
        check_size(parse_draft(body))
    assert sentence in str(refused.value)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("options", [["x" * 120, "y" * 120], [f"{n}" + "o" * 118 for n in range(10, 22)]])
def test_the_longest_options_are_allowed(options: list[str]) -> None:
    """The limits themselves can be asked."""
    assert parse_draft(single(question="q" * 300, options=options)).choices == tuple(options)
