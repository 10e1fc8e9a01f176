"""A poll: its states, and what may happen to it when. Rules only: no input, no output, no clock."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from dashboard.rooms.poll_drafts import Draft
from dashboard.rooms.poll_errors import BadPoll, WrongState

MESSAGE_MAX_BYTES: Final = 7_000
"""Bytes of a poll with its results: AWS allows a shadow 8 KB of state."""
COUNT_DIGITS: Final = 9_999_999
"""A count no room reaches; stands for the results when a new poll's size is checked."""
CLOSING_GRACE_MS: Final = 1_000
"""Milliseconds after a timer's end in which an answer still counts: the way from a slow phone."""


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
    HIDE = "hide"
    REOPEN = "reopen"
    RESET = "reset"


TRANSITIONS: Mapping[tuple[PollState, PollEvent], PollState] = {
    (PollState.DRAFT, PollEvent.OPEN): PollState.OPEN,
    (PollState.OPEN, PollEvent.LOCK): PollState.LOCKED,
    (PollState.LOCKED, PollEvent.REVEAL): PollState.REVEALED,
    (PollState.LOCKED, PollEvent.OPEN): PollState.OPEN,
    (PollState.LOCKED, PollEvent.REOPEN): PollState.OPEN,
    (PollState.REVEALED, PollEvent.HIDE): PollState.LOCKED,
    (PollState.OPEN, PollEvent.RESET): PollState.DRAFT,
    (PollState.LOCKED, PollEvent.RESET): PollState.DRAFT,
    (PollState.REVEALED, PollEvent.RESET): PollState.DRAFT,
}
"""Everything that can happen to a poll; what is not here is refused with `WrongState`."""

_REFUSALS: Mapping[tuple[PollState, PollEvent], str] = {
    (PollState.DRAFT, PollEvent.LOCK): "The poll is a draft: open it before you lock it.",
    (PollState.DRAFT, PollEvent.REVEAL): "The poll is a draft: open it and lock it before you reveal it.",
    (PollState.DRAFT, PollEvent.HIDE): "The poll is a draft: there are no results to hide.",
    (PollState.DRAFT, PollEvent.REOPEN): "The poll is a draft: open it.",
    (PollState.DRAFT, PollEvent.RESET): "The poll is a draft: there is nothing to reset.",
    (PollState.OPEN, PollEvent.OPEN): "The poll is already open.",
    (PollState.OPEN, PollEvent.REOPEN): "The poll is already open.",
    (PollState.OPEN, PollEvent.REVEAL): "The poll is still open: lock it before you reveal it.",
    (PollState.OPEN, PollEvent.HIDE): "The poll is open: its results are hidden already.",
    (PollState.LOCKED, PollEvent.LOCK): "The poll is already locked.",
    (PollState.LOCKED, PollEvent.HIDE): "The poll is locked: its results are hidden already.",
    (PollState.REVEALED, PollEvent.OPEN): "The poll is revealed: reset it before you open it again.",
    (PollState.REVEALED, PollEvent.REOPEN): "The poll is revealed: reset it before you open it again.",
    (PollState.REVEALED, PollEvent.LOCK): "The poll is revealed, and locked already.",
    (PollState.REVEALED, PollEvent.REVEAL): "The poll is already revealed.",
}


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a room. Times are room time in ms."""

    id: str
    draft: Draft
    state: PollState
    round: int
    """1, and one more after each reset: ballots are cast for a round."""
    created_ms: int
    opened_ms: int | None = None
    """When this round was opened first: a quiz measures speed from then, for everybody alike."""
    closes_at: int | None = None
    """While open with a timer: when it ends."""

    @property
    def ballot_key(self) -> str:
        """The id that phones see and vote under: another in each round, so no old ballot counts again."""
        return self.id if self.round == 1 else f"{self.id}-{self.round}"

    @property
    def has_answers(self) -> bool:
        """False for a draft: its round has not begun."""
        return self.state is not PollState.DRAFT

    def after(self, event: PollEvent, now_ms: int) -> "Poll":
        """The poll after an event, by `TRANSITIONS`. Raises `WrongState` with what to do instead."""
        state = TRANSITIONS.get((self.state, event))
        if state is None:
            raise WrongState(_REFUSALS[self.state, event])
        if state is PollState.OPEN:
            seconds = self.draft.seconds
            closes_at = None if seconds is None else now_ms + seconds * 1_000
            opened_ms = now_ms if self.opened_ms is None else self.opened_ms
            return replace(self, state=state, opened_ms=opened_ms, closes_at=closes_at)
        if event is PollEvent.RESET:
            return replace(self, state=state, round=self.round + 1, opened_ms=None, closes_at=None)
        return replace(self, state=state, closes_at=None)

    def message(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """The poll as phones see it (the retained topic's `poll`), with what of its outcome is `shown`."""
        public = {**self.draft.public(), "id": self.ballot_key, "state": str(self.state), **shown}
        if self.closes_at is not None:
            public["closes_at"] = self.closes_at
        return public


def check_size(draft: Draft) -> None:
    """Raise `BadPoll` when the poll with its results would not fit into the room's shadow."""
    biggest = Poll("p" + "0" * 20, draft, PollState.REVEALED, 1, 0)
    message = biggest.message({"results": dict.fromkeys(draft.choices, COUNT_DIGITS), **draft.solution()})
    size = len(json.dumps(message, ensure_ascii=False).encode())
    if size > MESSAGE_MAX_BYTES:
        raise BadPoll(f"The poll is too long for a phone's message ({size} bytes): shorten its options.")


def check_one_open(polls: Sequence[Poll], opened: Poll) -> None:
    """Raise `WrongState` when another poll than `opened` is open: a room has one question at a time."""
    for poll in polls:
        if poll.state is PollState.OPEN and poll.id != opened.id:
            raise WrongState(f'Another poll is open ("{poll.draft.question[:40]}"): lock it first.')
