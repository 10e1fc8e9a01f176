"""The sentences of `speech/*.yaml`: the right form for a number, with its blanks filled in."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

import yaml
from babel.lists import format_list

from dashboard.ask.words import WORDS

Phrases = Mapping[str, str | list[str]]


@cache
def phrases(language: str) -> Phrases:
    """All phrases of a language by their key; a list has the forms [one, many] or [none, one, many]."""
    text = files("dashboard.ask").joinpath("speech", f"{language}.yaml").read_text("utf-8")
    loaded: dict[str, str | list[str]] = yaml.safe_load(text)
    return loaded


def phrase(language: str, key: str, number: int = 0, **blanks: object) -> str:
    """The phrase of this key; `number` chooses among its forms (two: one and many, three: also none)."""
    found = phrases(language)[key]
    if isinstance(found, list):
        found = found[min(number, 2)] if len(found) == 3 else found[number != 1]
    return found.format(**blanks)


def either(language: str, said: Iterable[str]) -> str:
    """“a”, “b” or “c”."""
    words = WORDS[language]
    quoted = [words.quoted.format(sentence) for sentence in said]
    return str(format_list(quoted, style="or", locale=words.locale))


def together(language: str, parts: Iterable[str]) -> str:
    """a, b and c."""
    return str(format_list([*parts], locale=WORDS[language].locale))
