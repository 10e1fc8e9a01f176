"""The intent model of each language, read once from `sentences/*.yaml`: for parser, Echo and page."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from hassil import Intents

LANGUAGES = ("en", "fr")
"""Tried in this order, unless a question says its own: what both understand (as "orange") is English."""

_APOSTROPHES = str.maketrans(
    {**dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"), "\u0153": "oe", "\u0152": "oe"}
)
_WORD = re.compile(r"[a-z]{2,}")
_HYPHENS = re.compile(r"(?<=\w)[-\u2010\u2011](?=\w)")
_QUOTES = re.compile(r"[«»\"“”()\[\]{}<>|]")


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """What can be said in one language."""

    intents: Intents
    examples: Mapping[str, str]
    """As written → folded. Each is understood; they are suggestions and completions."""
    words: frozenset[str]
    """Every word of its sentences, folded: tells the language of what was not understood."""
    spelling: Mapping[str, str]
    """Folded word → as its examples write it."""
    document: Mapping[str, Any]
    """The file as it is written, from which the Echo's interaction model is made."""


@cache
def language_model(code: str) -> LanguageModel:
    """The model of one of `LANGUAGES`."""
    text = files("dashboard.ask").joinpath("sentences", f"{code}.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    examples = {example: fold(example) for example in document["examples"]}
    folded = _folded({name: part for name, part in document.items() if name not in ("examples", "echo")})
    words = frozenset(spoken_words(" ".join([*examples.values(), *_templates(folded)])))
    written = " ".join(examples).replace(",", "").split()
    spelling = {fold(word): word for word in reversed(written)}
    return LanguageModel(Intents.from_dict(folded), examples, words, spelling, document)


def fold(text: str) -> str:
    """Text without case, accents, quotes and hyphens: what a keyboard or a recogniser may leave out."""
    spaced = _QUOTES.sub(" ", _HYPHENS.sub(" ", text.translate(_APOSTROPHES)))
    return " ".join(_bare(spaced).split())


def spoken_words(folded: str) -> list[str]:
    """The words of folded text, without single letters."""
    return _WORD.findall(folded)


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


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
    return _bare(node.translate(_APOSTROPHES)) if isinstance(node, str) and key != "language" else node
