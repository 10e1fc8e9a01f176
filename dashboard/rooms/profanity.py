"""Bad language by a kept list: found, and masked."""

from functools import lru_cache
from typing import Final

from glin_profanity import Filter

MASK: Final = "***"
KNOWN_MAX: Final = 100_000
"""Texts whose check is remembered: what a full room writes in a word cloud, at most some 100 MB."""
LANGUAGES: Final = {
    "ar": "arabic",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "ja": "japanese",
    "ko": "korean",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
    "zh": "chinese",
}
"""The list's name of each language that has one."""


@lru_cache(maxsize=8)
def _filter(language: str) -> Filter:
    """A room writes in its own language, and in English all the same."""
    own = LANGUAGES.get(language.split("-")[0], "english")
    languages = list(dict.fromkeys(["english", own]))
    return Filter(
        {
            "languages": languages,
            "allow_obfuscated_match": True,
            "word_boundaries": True,
            "replace_with": MASK,
        }
    )


@lru_cache(maxsize=KNOWN_MAX)
def masked(text: str, language: str) -> str:
    """The text with `MASK` for each bad word of the list; the text itself when there is none.

    Takes about a millisecond for a text that was not asked before.
    """
    found = _filter(language).check_profanity(text)
    return str(found["processed_text"]) if found["contains_profanity"] else text
