"""What people say to the room, in two languages, and what they say that is not for it."""

from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from dashboard.ask.language_model import LANGUAGES, fold, language_model
from dashboard.ask.showing import SHOWING
from dashboard.ask.understand import NotUnderstood, Understanding, Vocabulary, understand
from dashboard.ask.voting import VOTING

DATA = Path(__file__).parents[2] / "data"
UNDERSTOOD_MIN, NOT_UNDERSTOOD_MIN = 150, 50
ACCURACY_MIN, LOST_MAX = 0.98, 0.15


def corpus(language: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DATA / f"ask_{language}.yaml").read_text("utf-8"))
    return document


def orders(language: str) -> list[tuple[str, str, dict[str, str]]]:
    return [
        (text, group["intent"], group["slots"])
        for group in corpus(language)["understood"]
        for text in group["texts"]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_meant_for_the_room_is_understood(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 98 % of the phrasings have their intent, slots and language, and nothing else is an order."""
    said = orders(language)
    wrong = [
        text for text, intent, slots in said if understand(text) != Understanding(intent, language, slots)
    ]
    others = corpus(language)["not_understood"]
    taken = [text for text in others if isinstance(understand(text), Understanding)]
    accuracy = 1 - len(wrong) / len(said)
    with capsys.disabled():
        print(
            f"\n{language}: {accuracy:.1%} of {len(said)} phrasings understood,"
            f" {len(taken)} of {len(others)} other sentences taken for an order"
        )
    assert accuracy >= ACCURACY_MIN, wrong
    assert not taken


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_wrong_letter_never_does_another_thing(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in any phrasing is understood as it was meant, or offered as such; hardly ever lost.

    A number with another digit is another number, so what is about numbers is left out.
    """
    random, found = Random(7), Counter[str]()
    for text, intent, slots in orders(language):
        if any(character.isdecimal() for character in text):
            continue
        slipped = _slip(text, random)
        meant = understand(slipped)
        if isinstance(meant, Understanding):
            assert (meant.intent, meant.slots) == (intent, slots), slipped
            found["understood"] += 1
        else:
            offered = {getattr(understand(sentence), "intent", None) for sentence in meant.suggestions}
            found["offered" if intent in offered else "lost"] += 1
    with capsys.disabled():
        print(f"\n{language}: with one wrong letter {dict(found)}")
    assert found["lost"] <= found.total() * LOST_MAX


def _slip(text: str, random: Random) -> str:
    at = random.randrange(len(text))
    letter = random.choice("abcdefghijklmnopqrstuvwxyz")
    return text[:at] + random.choice((letter, letter + text[at], "")) + text[at + 1 :]


@pytest.mark.parametrize("text", [text for code in LANGUAGES for text in corpus(code)["not_understood"]])
def test_other_speech_does_nothing_and_gets_three_suggestions(text: str) -> None:
    """What is not an order is none, and what could be said instead is told."""
    found = understand(text)
    assert isinstance(found, NotUnderstood)
    assert len(set(found.suggestions)) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_enough(language: str) -> None:
    """At least 150 orders and 50 sentences that are none, all different."""
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
        assert found.near
        assert understand(found.suggestions[0]) == understand(suggested)
    else:
        assert found == understand(suggested)


@pytest.mark.parametrize(
    ("heard", "language"),
    [("hello world", "en"), ("what time is it", "en"), ("quelle heure est-il", "fr"), ("?", "en")],
)
def test_who_was_not_understood_is_answered_in_the_language_they_spoke(heard: str, language: str) -> None:
    """By the words that each language's sentences know; English when nothing tells."""
    assert understand(heard).language == language


def test_every_example_is_understood_in_its_language() -> None:
    """So a completion, a suggestion and a help text never promise too much; each intent has one."""
    for code in LANGUAGES:
        found = [understand(example) for example in language_model(code).examples]
        assert all(isinstance(meant, Understanding) and meant.language == code for meant in found)
        assert {meant.intent for meant in found if isinstance(meant, Understanding)} == {
            *SHOWING,
            *VOTING,
            "help",
            "undo",
        }


def test_the_rooms_own_words_are_understood() -> None:
    """The options of its poll, with whatever punctuation, and facts that its phones report."""
    own = Vocabulary(("Tabs, always", "L'été", "(red|blue)", "?"), ("screen_size",))
    assert understand("who said tabs, always", own) == Understanding(
        "cross", "en", {"answer": "=Tabs, always"}
    )
    assert understand("combien d'Android ont choisi l'été", own) == Understanding(
        "cross", "fr", {"group": "os=Android", "answer": "=L'été"}
    )
    assert understand("who said red blue", own) == Understanding("cross", "en", {"answer": "=(red|blue)"})
    assert understand("show the phones by screen size", own) == Understanding(
        "break_down", "en", {"fact": "screen_size"}
    )
    assert isinstance(understand("who said tabs always"), NotUnderstood)


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
