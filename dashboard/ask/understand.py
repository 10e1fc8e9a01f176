"""From a sentence to an intent. Pure once the sentences are loaded; one sentence takes a few ms."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from hassil import Intents, recognize
from rapidfuzz import fuzz, process

LANGUAGES = ("en", "fr")
"""Tried in this order: a sentence that both understand (such as "orange") is taken for English."""
SUGGESTIONS = 3
"""Near misses that are told: what a listener can keep in mind."""
NEAR = 60.0
"""Score (of 100) from which an example is near what was said; unrelated speech scores 40 to 60."""
WORDS_MAX = 30
"""Longer speech is no order to a room; not tried, so that a talk overheard costs nothing."""

_APOSTROPHES = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"), "\u0153": "oe", "\u0152": "oe"}
)
_WORD = re.compile(r"[a-z]{2,}")
_HYPHENS = re.compile(r"(?<=\w)[-\u2010\u2011](?=\w)")
_QUOTES = re.compile(r"[«»\"“”()\[\]{}<>|]")


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was meant."""

    intent: str
    """`break_down`, `colour_all`, `clear` or `count`."""
    language: str
    """Of the sentence that matched."""
    slots: Mapping[str, str] = field(default_factory=dict)
    """`fact` of `break_down`, `color` (`#RRGGBB`) of `colour_all`, optionally `os` of `count`."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing matched: the closest examples, best first, and the language they are in."""

    language: str
    suggestions: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Language:
    intents: Intents
    examples: Mapping[str, str]
    """As written → folded."""
    words: frozenset[str]
    """Every word of its sentences, folded: tells the language of what was not understood."""


def understand(text: str) -> Understanding | NotUnderstood:
    """What `text` asks of the room, or what could have been meant."""
    said = fold(text)
    if len(said.split()) <= WORDS_MAX:
        for language in LANGUAGES:
            result = recognize(said, _language(language).intents)
            if result is not None:
                slots = {name: str(entity.value) for name, entity in result.entities.items()}
                return Understanding(result.intent.name, language, slots)
    return _nearest(said)


def fold(text: str) -> str:
    """Text without case, accents, quotes and hyphens: what a keyboard or a recogniser may leave out."""
    plain = text.translate(_APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", _QUOTES.sub(" ", _HYPHENS.sub(" ", plain)))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.casefold().split())


def load() -> None:
    """Read and compile the sentences of all languages now, so that the first question is not slow."""
    for language in LANGUAGES:
        understand(next(iter(_language(language).examples)))
    understand("nothing like this is there")


def _nearest(said: str) -> NotUnderstood:
    spoken = _WORD.findall(said)
    known = {code: sum(word in _language(code).words for word in spoken) for code in LANGUAGES}
    found = {
        code: process.extract(said, _language(code).examples, scorer=fuzz.partial_ratio, limit=SUGGESTIONS)
        for code in LANGUAGES
    }
    language = max(LANGUAGES, key=lambda code: (known[code], _near(found[code][0][1])))
    return NotUnderstood(language, [shown for _, _, shown in found[language]])


def _near(score: float) -> float:
    """A score below `NEAR` is chance: then all are as far, and the first language answers."""
    return score if score >= NEAR else 0


@cache
def _language(code: str) -> _Language:
    text = files("dashboard.ask").joinpath("sentences", f"{code}.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    examples = {example: fold(example) for example in document.pop("examples")}
    folded = _folded(document)
    words = frozenset(_WORD.findall(" ".join([*examples.values(), *_templates(folded)])))
    return _Language(Intents.from_dict(folded), examples, words)


def _templates(node: Any) -> Iterator[str]:
    """All texts of a document, but for its keys."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from _templates(value)
    elif isinstance(node, str):
        yield node


def _folded(node: Any, key: str = "") -> Any:
    """The document with every template folded as speech is; what a slot gives out stays as it is."""
    if isinstance(node, dict):
        return {
            name: value if name in ("out", "slots") else _folded(value, name) for name, value in node.items()
        }
    if isinstance(node, list):
        return [_folded(value, key) for value in node]
    return _folded_template(node) if isinstance(node, str) and key != "language" else node


def _folded_template(template: str) -> str:
    decomposed = unicodedata.normalize("NFKD", template.translate(_APOSTROPHES))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()
