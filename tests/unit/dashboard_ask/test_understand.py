"""What people say to the room, in two languages, and what they say that is not for it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard.ask.understand import LANGUAGES, NotUnderstood, Understanding, fold, understand

DATA = Path(__file__).parents[2] / "data"
UNDERSTOOD_MIN, NOT_UNDERSTOOD_MIN = 60, 30


def corpus(language: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DATA / f"ask_{language}.yaml").read_text("utf-8"))
    return document


def orders(language: str) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (text, group["intent"], group["slots"])
        for group in corpus(language)["understood"]
        for text in group["texts"]
    ]


@pytest.mark.parametrize(
    ("language", "text", "intent", "slots"),
    [(language, *order) for language in LANGUAGES for order in orders(language)],
)
def test_what_is_meant_for_the_room_is_understood(
    language: str, text: str, intent: str, slots: dict[str, str]
) -> None:
    """Each phrasing has its intent, its slots and its language."""
    assert understand(text) == Understanding(intent, language, slots)


@pytest.mark.parametrize("text", [text for code in LANGUAGES for text in corpus(code)["not_understood"]])
def test_other_speech_does_nothing_and_gets_three_suggestions(text: str) -> None:
    """What is not an order is none, and what could be said instead is told."""
    found = understand(text)
    assert isinstance(found, NotUnderstood)
    assert len(set(found.suggestions)) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_enough(language: str) -> None:
    """At least 60 orders and 30 sentences that are none, all different."""
    texts = [text for text, _, _ in orders(language)]
    assert len(set(texts)) == len(texts) >= UNDERSTOOD_MIN
    assert len(set(corpus(language)["not_understood"])) >= NOT_UNDERSTOOD_MIN


@pytest.mark.parametrize(
    ("heard", "suggested"),
    [
        ("turn evry phone read", "turn all phones red"),
        ("shw me the browser", "show the browsers"),
        ("clean up the rom", "clear the room"),
        ("efface toutt", "efface tout"),
        ("montre les navigateur svp stp", "montre les navigateurs"),
        ("combien de telefones", "combien de téléphones sont connectés"),
    ],
)
def test_a_near_miss_suggests_what_was_meant(heard: str, suggested: str) -> None:
    """A slip of the tongue finds the sentence it was close to first, or the same thing in other words."""
    found = understand(heard)
    if isinstance(found, NotUnderstood):
        assert found.suggestions[0] == suggested
    else:
        assert found == understand(suggested)


@pytest.mark.parametrize(
    ("heard", "language"),
    [("hello world", "en"), ("what time is it", "en"), ("quelle heure est-il", "fr"), ("?", "en")],
)
def test_who_was_not_understood_is_answered_in_the_language_they_spoke(heard: str, language: str) -> None:
    """By the words that each language's sentences know; English when nothing tells."""
    assert understand(heard).language == language


def test_every_suggestion_is_understood() -> None:
    """Nobody is told to say what would then not be understood."""
    said = {
        sentence
        for text in ("", "show", "how many", "montre", "combien", "mets tout", "turn all")
        for sentence in getattr(understand(text), "suggestions", ())
    }
    assert len(said) >= 8
    assert all(isinstance(understand(sentence), Understanding) for sentence in said)


@pytest.mark.parametrize("text", [text for code in LANGUAGES for text, _, _ in orders(code)][::7])
def test_case_accents_spaces_and_punctuation_do_not_matter(text: str) -> None:
    """A recogniser's spelling is as good as a writer's."""
    wanted = understand(text)
    for variant in (
        text.upper(),
        f"  {text} … ",
        fold(text),
        text.replace("'", "\u2019"),
        text.replace(" ", "  "),
    ):
        assert understand(variant) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{fact}",
        "<show>",
        "(red|green)",
        "[",
        "]" * 300,
        "\x00",
        "\ud800",
        "É" * 300,
        "show " * 60,
        "a" * 300,
        "🎉 turn all phones red 🎉" * 10,
        "turn all the phones in the room in the room red " * 6,
    ],
)
def test_no_text_is_a_fault(text: str) -> None:
    """Template signs, control characters and walls of text are simply not understood."""
    assert isinstance(understand(text), NotUnderstood | Understanding)
