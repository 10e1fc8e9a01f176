"""A poll: its kinds, its states and what may be asked. Rules only: no input, no output, no clock."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

QUESTION_MAX = 300
"""Characters: what a projector shows in three lines."""
OPTIONS_MIN = 2
OPTIONS_MAX = 12
"""Options: more do not fit on a phone without scrolling past the first."""
OPTION_MAX = 120
"""Characters."""
MESSAGE_MAX_BYTES = 7_000
"""Bytes of a poll with its results: AWS allows a shadow 8 KB of state."""
COUNT_DIGITS = 9_999_999
"""A count no room reaches; stands for the results when a new poll's size is checked."""


class PollError(Exception):
    """A request about polls that cannot be met; the message is a sentence for the presenter."""

    status = 400
    code = "bad_poll"


class BadPoll(PollError):
    """The draft is not a poll that can be asked (400)."""


class UnknownPoll(PollError):
    """There is no poll of that id in this room (404)."""

    status = 404
    code = "unknown_poll"


class WrongState(PollError):
    """The poll, or another one, is in a state that does not allow this (409)."""

    status = 409
    code = "wrong_state"


class PollUnavailable(PollError):
    """The bridge or the disk does not answer: nothing was lost, try again (503)."""

    status = 503
    code = "unavailable"


class PollState(StrEnum):
    """Where a poll is in its life."""

    DRAFT = "draft"
    OPEN = "open"
    LOCKED = "locked"
    REVEALED = "revealed"


class PollEvent(StrEnum):
    """What the presenter does with a poll."""

    OPEN = "open"
    LOCK = "lock"
    REVEAL = "reveal"
    REOPEN = "reopen"
    RESET = "reset"


TRANSITIONS: Mapping[tuple[PollState, PollEvent], PollState] = {
    (PollState.DRAFT, PollEvent.OPEN): PollState.OPEN,
    (PollState.OPEN, PollEvent.LOCK): PollState.LOCKED,
    (PollState.LOCKED, PollEvent.REVEAL): PollState.REVEALED,
    (PollState.LOCKED, PollEvent.OPEN): PollState.OPEN,
    (PollState.LOCKED, PollEvent.REOPEN): PollState.OPEN,
    (PollState.OPEN, PollEvent.RESET): PollState.DRAFT,
    (PollState.LOCKED, PollEvent.RESET): PollState.DRAFT,
    (PollState.REVEALED, PollEvent.RESET): PollState.DRAFT,
}
"""Everything that can happen to a poll; what is not here is refused with `WrongState`."""

_REFUSALS: Mapping[tuple[PollState, PollEvent], str] = {
    (PollState.DRAFT, PollEvent.LOCK): "The poll is a draft: open it before you lock it.",
    (PollState.DRAFT, PollEvent.REVEAL): "The poll is a draft: open it and lock it before you reveal it.",
    (PollState.DRAFT, PollEvent.REOPEN): "The poll is a draft: open it.",
    (PollState.DRAFT, PollEvent.RESET): "The poll is a draft: there is nothing to reset.",
    (PollState.OPEN, PollEvent.OPEN): "The poll is already open.",
    (PollState.OPEN, PollEvent.REOPEN): "The poll is already open.",
    (PollState.OPEN, PollEvent.REVEAL): "The poll is still open: lock it before you reveal it.",
    (PollState.LOCKED, PollEvent.LOCK): "The poll is already locked.",
    (PollState.REVEALED, PollEvent.OPEN): "The poll is revealed: reset it before you open it again.",
    (PollState.REVEALED, PollEvent.REOPEN): "The poll is revealed: reset it before you open it again.",
    (PollState.REVEALED, PollEvent.LOCK): "The poll is revealed, and locked already.",
    (PollState.REVEALED, PollEvent.REVEAL): "The poll is already revealed.",
}

YES_NO: Mapping[str, tuple[str, str]] = {"en": ("Yes", "No"), "fr": ("Oui", "Non")}
"""The options of a yes/no poll by language."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*\Z")


@dataclass(frozen=True, slots=True)
class PollDraft:
    """What a presenter asks for, checked: the text is trimmed, the options are complete."""

    kind: str
    question: str
    options: tuple[str, ...]
    language: str
    anonymous: bool


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a room."""

    id: str
    draft: PollDraft
    state: PollState
    round: int
    """1, and one more after each reset: ballots are cast for a round."""
    created_ms: int

    @property
    def ballot_key(self) -> str:
        """The id that phones see and vote under: another in each round, so no old ballot counts again."""
        return self.id if self.round == 1 else f"{self.id}-{self.round}"

    @property
    def counts_live(self) -> bool:
        """True while ballots are counted as they come."""
        return self.state is PollState.OPEN

    def after(self, event: PollEvent) -> "Poll":
        """The poll after an event, by `TRANSITIONS`. Raises `WrongState` with what to do instead."""
        state = TRANSITIONS.get((self.state, event))
        if state is None:
            raise WrongState(_REFUSALS[self.state, event])
        return replace(self, state=state, round=self.round + (event is PollEvent.RESET))

    def message(self, results: Mapping[str, int]) -> dict[str, Any]:
        """The poll as phones see it (the retained topic's `poll`): `results` only when revealed."""
        public: dict[str, Any] = {
            "id": self.ballot_key,
            "kind": self.draft.kind,
            "question": self.draft.question,
            "options": list(self.draft.options),
            "language": self.draft.language,
            "state": str(self.state),
            "anonymous": self.draft.anonymous,
        }
        if self.state is PollState.REVEALED:
            public["results"] = dict(results)
        return public


def parse_draft(body: object) -> PollDraft:
    """A draft from JSON `{"kind","question","options"?,"language"?,"anonymous"?}`; raises `BadPoll`."""
    if not isinstance(body, dict):
        raise BadPoll('Send a JSON object like {"kind":"single","question":"…","options":["…","…"]}.')
    kind = body.get("kind", "single")
    if kind not in ("single", "yesno"):
        raise BadPoll(f'The kind {_shown(kind)} is not built yet: use "single" or "yesno".')
    language = _language(body.get("language"))
    anonymous = body.get("anonymous", True)
    if not isinstance(anonymous, bool):
        raise BadPoll('"anonymous" must be true or false.')
    question = _text(body.get("question"), QUESTION_MAX, "question")
    options = _yes_no(body.get("options"), language) if kind == "yesno" else _options(body.get("options"))
    draft = PollDraft(kind, question, options, language, anonymous)
    _check_size(draft)
    return draft


def _yes_no(given: object, language: str) -> tuple[str, ...]:
    options = YES_NO.get(language.split("-")[0])
    if options is None:
        known = " and ".join(f'"{code}"' for code in YES_NO)
        raise BadPoll(f'A yes/no poll speaks {known} so far: ask with "single" and your own two options.')
    if given is not None and given != [] and given != list(options):
        raise BadPoll('A yes/no poll has its own options: leave "options" out, or use "single".')
    return options


def _options(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or not OPTIONS_MIN <= len(given) <= OPTIONS_MAX:
        raise BadPoll(f"Give between {OPTIONS_MIN} and {OPTIONS_MAX} options.")
    options = tuple(_text(option, OPTION_MAX, "option") for option in given)
    seen: set[str] = set()
    for option in options:
        if option.casefold() in seen:
            raise BadPoll(f"The option {_shown(option)} is there twice: every option must be different.")
        seen.add(option.casefold())
    return options


def _text(value: object, longest: int, what: str) -> str:
    """Trimmed text in composed form, so that a ballot's option is equal to it byte for byte."""
    if not isinstance(value, str):
        raise BadPoll(f"The {what} must be a text of 1 to {longest} characters.")
    text = unicodedata.normalize("NFC", " ".join(value.split()))
    if not 1 <= len(text) <= longest:
        raise BadPoll(f"The {what} must have 1 to {longest} characters; it has {len(text)}.")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise BadPoll(f"The {what} has characters that cannot be shown: remove them.")
    return text


def _language(value: object) -> str:
    if value is None:
        return "en"
    if not isinstance(value, str) or not _LANGUAGE.match(value.lower()):
        raise BadPoll('"language" must be a language code such as "en" or "fr".')
    return value.lower()


def _check_size(draft: PollDraft) -> None:
    biggest = Poll("p" + "0" * 20, draft, PollState.REVEALED, 1, 0)
    message = biggest.message(dict.fromkeys(draft.options, COUNT_DIGITS))
    size = len(json.dumps(message, ensure_ascii=False).encode())
    if size > MESSAGE_MAX_BYTES:
        raise BadPoll(f"The poll is too long for a phone's message ({size} bytes): shorten its options.")


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'"{text[:40]}"'


def check_one_open(polls: Sequence[Poll], opened: Poll) -> None:
    """Raise `WrongState` when another poll than `opened` is open: a room has one question at a time."""
    for poll in polls:
        if poll.state is PollState.OPEN and poll.id != opened.id:
            raise WrongState(f"Another poll is open ({_shown(poll.draft.question)}): lock it first.")
