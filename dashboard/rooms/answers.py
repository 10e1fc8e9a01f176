"""One phone's answer to one poll, read from its ballot. What is not of the poll's form is no answer."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from dashboard.rooms.poll_drafts import (
    QUESTIONS_MAX,
    Draft,
    Estimate,
    FactPoll,
    Questions,
    Rating,
    Text,
    WordCloud,
    Written,
)
from dashboard.rooms.poll_fields import is_showable, tidy

UPVOTES_MAX: Final = 100
"""Questions that one phone may support: more than a talk has; keeps a ballot small."""
ENTRY_HASH_BYTES: Final = 6
"""Bytes of a text's hash: among ten thousand texts of a room two are alike once in millions of talks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one phone says. Which fields are filled depends on the kind of the poll."""

    labels: tuple[str, ...] = ()
    """Options, or the step of a scale, in the poll's order."""
    number: float | None = None
    texts: tuple[str, ...] = ()
    """Words, a text, or questions, as written but tidied; each once."""
    upvotes: tuple[str, ...] = ()
    """Ids of others' questions."""
    at: int | None = None
    """Room time of the tap as the phone saw it, ms."""
    delay: int = 0
    """Ms that the phone measured for one way."""


def entry_id(text: str) -> str:
    """The id of a text: equal for texts that differ in capitals only, and nothing of who wrote it."""
    return blake2b(text.casefold().encode(), digest_size=ENTRY_HASH_BYTES).hexdigest()


def read_answer(draft: Draft, entry: object) -> Answer | None:
    """The answer in `reported.{ballot key}`; None when it is none."""
    if not isinstance(entry, Mapping) or isinstance(draft, FactPoll):
        return None
    timing = _count(entry.get("at")), _count(entry.get("delay")) or 0
    if isinstance(draft, Rating | Estimate):
        return _number(draft, entry.get("number"), *timing)
    if isinstance(draft, Written):
        return _written(draft, entry, *timing)
    return _choice(draft, entry.get("choice"), *timing)


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < 1 << 53 else None


def _choice(draft: Draft, chosen: object, at: int | None, delay: int) -> Answer | None:
    if not isinstance(chosen, list) or not 1 <= len(chosen) <= draft.choices_max:
        return None
    labels = tuple(option for option in draft.choices if option in chosen)
    # Every one that was chosen must be an option, and there once.
    return Answer(labels, at=at, delay=delay) if len(labels) == len(chosen) else None


def _number(draft: Rating | Estimate, number: object, at: int | None, delay: int) -> Answer | None:
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return None
    low, high = draft.min, draft.max
    if abs(number) > 1e12 or (low is not None and number < low) or (high is not None and number > high):
        return None
    if isinstance(draft, Estimate):
        return Answer(number=float(number), at=at, delay=delay)
    if number != int(number):
        return None
    return Answer((str(int(number)),), float(number), at=at, delay=delay)


def _written(draft: Written, entry: Mapping[str, Any], at: int | None, delay: int) -> Answer | None:
    if isinstance(draft, WordCloud):
        texts = _texts(entry.get("words"), draft.max_words, draft.chars)
    elif isinstance(draft, Text):
        texts = _texts([entry.get("text")], 1, draft.chars)
    else:
        texts = _texts(entry.get("questions"), QUESTIONS_MAX, draft.chars)
    upvotes = _upvotes(entry.get("upvotes")) if isinstance(draft, Questions) else ()
    return Answer(texts=texts, upvotes=upvotes, at=at, delay=delay) if texts or upvotes else None


def _texts(given: object, most: int, longest: int) -> tuple[str, ...]:
    """The texts that may be shown, each once; those that may not are left out, the others still count."""
    if not isinstance(given, list):
        return ()
    found: dict[str, str] = {}
    for one in given[:most]:
        if isinstance(one, str) and is_showable(one) and 1 <= len(text := tidy(one)) <= longest:
            found.setdefault(entry_id(text), text)
    return tuple(found.values())


def _upvotes(given: object) -> tuple[str, ...]:
    if not isinstance(given, list):
        return ()
    return tuple(dict.fromkeys(one for one in given[:UPVOTES_MAX] if isinstance(one, str)))
