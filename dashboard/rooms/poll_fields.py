"""The fields that drafts are made of: each checks itself, and says in a sentence what would be right."""

import re
import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

QUESTION_MAX: Final = 300
"""Characters: what a projector shows in three lines."""
OPTIONS_MIN: Final = 2
OPTIONS_MAX: Final = 12
"""Options: more do not fit on a phone without scrolling past the first."""
OPTION_MAX: Final = 120
"""Characters."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z")


def wrong(sentence: str) -> PydanticCustomError:
    """What a validator raises, with a sentence for the presenter."""
    # The sentence is no template: a brace in somebody's option is a brace.
    return PydanticCustomError("poll", "{sentence}", {"sentence": sentence})


def tidy(value: str) -> str:
    """Text without needless spaces, in composed form, so that equal texts are equal byte for byte."""
    return unicodedata.normalize("NFC", " ".join(value.split()))


def is_showable(text: str) -> bool:
    """False when the text has control characters or halves of a surrogate pair."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def text(longest: int, what: str) -> BeforeValidator:
    """Tidied text of 1 to `longest` characters."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise wrong(f"The {what} must be a text of 1 to {longest} characters.")
        said = tidy(value)
        if not 1 <= len(said) <= longest:
            raise wrong(f"The {what} must have 1 to {longest} characters; it has {len(said)}.")
        if not is_showable(said):
            raise wrong(f"The {what} has characters that cannot be shown: remove them.")
        return said

    return BeforeValidator(check)


def is_language(code: str) -> bool:
    """True for a language tag in lower case."""
    return _LANGUAGE.match(code) is not None


def language_code(value: object) -> str:
    """A language tag in lower case."""
    if not isinstance(value, str) or not is_language(value.lower()):
        raise wrong('"language" must be a language code such as "en" or "fr".')
    return value.lower()


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e12:
        raise wrong("This must be a number, of at most twelve digits.")
    return float(value)


def _list_of_options(value: object) -> object:
    if not isinstance(value, list | tuple) or not OPTIONS_MIN <= len(value) <= OPTIONS_MAX:
        raise wrong(f"Give between {OPTIONS_MIN} and {OPTIONS_MAX} options.")
    return value


def _all_different(options: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    for option in options:
        if option.casefold() in seen:
            raise wrong(f'The option "{option[:40]}" is there twice: every option must be different.')
        seen.add(option.casefold())
    return options


def flag(name: str) -> BeforeValidator:
    """Truth, and nothing that looks like it."""

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise wrong(f'"{name}" must be true or false.')
        return value

    return BeforeValidator(check)


Question = Annotated[str, text(QUESTION_MAX, "question")]
Option = Annotated[str, text(OPTION_MAX, "option")]
Options = Annotated[tuple[Option, ...], BeforeValidator(_list_of_options), AfterValidator(_all_different)]
Number = Annotated[float, BeforeValidator(_number)]
