"""A talk's file is read whole, or every mistake is explained with its line."""

from pathlib import Path

import pytest

from dashboard.rooms.poll_file import BadFile, read_polls
from dashboard.rooms.poll_parsing import KINDS

EXAMPLES = Path(__file__).parents[3] / "examples"

BAD = """\
title: A talk
speed: 3
language: 7
polls:
  - kind: single
    question: Tea?
    options: [a]
  - kind: quiz
    question: Which?
    options: [a, b]
    right: [c]
    rigth: [a]
  - question: what
  - kind: rating
    min: 1
    max: 99
    question: 17
  - kind: nope
  - kind: yesno
    question: Twice?
    question: Twice!
  - only words
  - kind: quiz
    question: "{what}?"
    options: ["{a}", b]
    right: [b]
    leaderboard: true
    anonymous: true
"""


def mistakes_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as refused:
        read_polls(text)
    return [(one.line, one.message) for one in refused.value.mistakes]


def test_every_mistake_is_explained_with_its_line() -> None:
    """One reading finds all of them, in order."""
    found = mistakes_of(BAD)
    assert [line for line, _ in found] == [2, 3, 7, 11, 12, 13, 16, 17, 18, 21, 22, 23]
    said = dict(found)
    assert said[2] == 'There is no "speed" here: a file has title, language, polls.'
    assert said[7] == "Give between 2 and 12 options."
    assert said[11].startswith('"right" must be a list')
    assert said[12].startswith('A quiz poll has no "rigth"; it may have kind, question')
    assert said[16].startswith("A rating has 2 to 11 steps")
    assert said[21] == '"question" is there twice.'
    assert said[23].startswith("A leaderboard names phones")
    assert all(message.endswith(".") for message in said.values())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, 'needs "polls:"'),
        ("- a\n", 1, 'needs "polls:"'),
        ("title: x\n", 1, '"polls" must be a list'),
        ("polls: []\n", 1, '"polls" must be a list'),
        ("polls: [\n", 2, "This is not YAML"),
        ("polls:\n\t- kind: text\n", 2, "This is not YAML"),
        ("polls: \x00\n", 1, "This is not YAML"),
        ("a: &a [*a]\npolls: *a\n", 1, "nested too deep"),
        ("title: !!python/object:os.system x\npolls: [{kind: text, question: a}]\n", 1, "cannot be read"),
    ],
)
def test_what_is_no_file_of_polls_is_said_in_one_line(text: str, line: int, said: str) -> None:
    """Broken YAML, nothing, something else, something endless and something clever."""
    [(at, message), *_] = mistakes_of(text)
    assert (at, said in message) == (line, True), message


def test_yes_and_no_are_options_and_a_date_is_words() -> None:
    """What YAML takes for truth or a day is what somebody wrote."""
    text = "polls: [{kind: single, question: 2024-01-01, options: [yes, no, on], anonymous: false}]"
    [draft] = read_polls(text).drafts
    assert (draft.question, draft.choices, draft.anonymous) == ("2024-01-01", ("yes", "no", "on"), False)


def test_the_examples_have_every_kind_and_no_mistake() -> None:
    """One talk in English, one in French; each speaks its language."""
    files = {
        language: read_polls((EXAMPLES / f"talk.{language}.yaml").read_text("utf-8"))
        for language in ("en", "fr")
    }
    for language, file in files.items():
        assert {draft.language for draft in file.drafts} == {language}
    assert {draft.kind for file in files.values() for draft in file.drafts} == set(KINDS)
