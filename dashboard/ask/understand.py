"""From a sentence to an intent. Pure once the sentences are loaded; one sentence takes a few ms."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hassil import recognize
from hassil.intents import TextSlotList
from rapidfuzz import fuzz, process

from dashboard.ask.language_model import LANGUAGES, fold, language_model, spoken_words

SUGGESTIONS = 3
"""Near misses that are told: what a listener can keep in mind."""
NEAR = 60.0
"""Score (of 100) from which an example is near what was said; unrelated speech scores 40 to 60."""
SLIP = 60.0
"""Score (of 100) from which an unknown word may be a slip for a known one: two letters of five."""
WORDS_MAX = 30
"""Longer speech is no order to a room; not tried, so that a talk overheard costs nothing."""

_PUNCTUATION = re.compile(r"[^\w' ]")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was meant."""

    intent: str
    """A key of `intents` in the sentences, such as `break_down`."""
    language: str
    """Of the sentence that matched."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """What the intent is about: `fact`, `color` (`#RRGGBB`), `group` (`os=Android`), `answer` (`yes`, `no`, a
    number or `=` and an option), `phone` and `poll` (whole numbers), `what`."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing matched: the closest examples, best first, and the language they are in."""

    language: str
    suggestions: Sequence[str]
    near: bool = False
    """True when the first suggestion may be what was meant."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What only this room has words for, at this moment."""

    options: Sequence[str] = ()
    """The options of its poll."""
    facts: Sequence[str] = ()
    """Facts that its phones report beyond the usual ones."""


def understand(
    text: str, vocabulary: Vocabulary | None = None, prefer: str | None = None
) -> Understanding | NotUnderstood:
    """What `text` asks of the room, or what could have been meant. `prefer` is the language to try first."""
    said = fold(text)
    if len(said.split()) <= WORDS_MAX:
        for code in sorted(LANGUAGES, key=lambda code: code != prefer):
            understood = _recognized(said, code, vocabulary)
            if understood is not None:
                return understood
    return _nearest(said, vocabulary)


def load() -> None:
    """Read and compile the sentences of all languages now, so that the first question is not slow."""
    for code in LANGUAGES:
        understand(next(iter(language_model(code).examples)))
    understand("nothing like this is there")


def _recognized(said: str, code: str, vocabulary: Vocabulary | None) -> Understanding | None:
    model = language_model(code)
    lists = _own_lists(model.intents.slot_lists, vocabulary) if vocabulary else None
    result = recognize(said, model.intents, slot_lists=lists)
    if result is None:
        return None
    slots = {name: _plain(entity.value) for name, entity in result.entities.items()}
    return Understanding(result.intent.name, code, slots)


def _own_lists(known: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Any]:
    """The lists with the room's own words behind those of the language."""
    options = [(_spoken(option), f"={option}") for option in vocabulary.options]
    facts = [(_spoken(fact.replace("_", " ")), fact) for fact in vocabulary.facts]
    own = {"answer": options, "fact": facts}
    return {
        name: TextSlotList(name, [*known[name].values, *TextSlotList.from_tuples(said, False).values])
        for name, entries in own.items()
        if (said := [entry for entry in entries if entry[0]])
    }


def _spoken(name: str) -> str:
    """A name as it is said: folded, and without the punctuation that the parser takes out of speech."""
    return " ".join(_PUNCTUATION.sub(" ", fold(name)).split())


def _plain(value: Any) -> str:
    """A slot's value as text; a number without the fraction that the parser gives it."""
    return str(int(value)) if isinstance(value, float) else str(value)


def _nearest(said: str, vocabulary: Vocabulary | None) -> NotUnderstood:
    spoken = spoken_words(said)
    known = {code: sum(word in language_model(code).words for word in spoken) for code in LANGUAGES}
    found = {
        code: process.extract(said, language_model(code).examples, scorer=fuzz.ratio, limit=SUGGESTIONS)
        for code in LANGUAGES
    }
    language = max(LANGUAGES, key=lambda code: (known[code], _near(found[code][0][1])))
    examples = [shown for _, _, shown in found[language]]
    corrected = _corrected(said, language, vocabulary)
    if corrected is not None:
        others = [example for example in examples if fold(example) != fold(corrected)]
        return NotUnderstood(language, [corrected, *others][:SUGGESTIONS], near=True)
    return NotUnderstood(language, examples, near=_near(found[language][0][1]) > 0)


def _corrected(said: str, language: str, vocabulary: Vocabulary | None) -> str | None:
    """The sentence with every unknown word made the known one it is closest to, if that is understood."""
    model = language_model(language)
    words = []
    for word in said.split()[:WORDS_MAX]:
        known = word in model.words or len(word) < 2 or not word.isalpha()
        best = None if known else process.extractOne(word, model.words, scorer=fuzz.ratio, score_cutoff=SLIP)
        words.append(best[0] if best else word)
    meant = " ".join(words)
    if meant == said or _recognized(meant, language, vocabulary) is None:
        return None
    return " ".join(model.spelling.get(word, word) for word in words)


def _near(score: float) -> float:
    """A score below `NEAR` is chance: then all are as far, and the first language answers."""
    return score if score >= NEAR else 0
