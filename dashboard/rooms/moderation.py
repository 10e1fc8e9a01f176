"""What of the audience's texts may reach the wall: the presenter's decisions, folded from their log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from dashboard.rooms.answers import Answer, entry_id
from dashboard.rooms.poll_drafts import Written
from dashboard.rooms.profanity import masked


class Status(StrEnum):
    """Where a text is."""

    PENDING = "pending"
    APPROVED = "approved"
    DISMISSED = "dismissed"


class Act(StrEnum):
    """What a presenter does with a text."""

    APPROVE = "approve"
    DISMISS = "dismiss"
    EDIT = "edit"
    PIN = "pin"
    UNPIN = "unpin"
    BAN = "ban"


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the log, about one text, or several that were approved at once. `things` are whose texts a
    ban stops; they never leave the server."""

    key: str
    """The ballot key of the poll."""
    entries: tuple[str, ...]
    act: Act
    text: str | None = None
    things: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided of one text so far."""

    status: Status | None = None
    """None: nothing; the poll's rules say what it is."""
    text: str | None = None
    """What is shown in its place."""
    pinned: bool = False


_CHANGES: Final[Mapping[Act, Mapping[str, Any]]] = {
    Act.APPROVE: {"status": Status.APPROVED},
    Act.DISMISS: {"status": Status.DISMISSED, "pinned": False},
    Act.EDIT: {"status": Status.APPROVED},
    Act.PIN: {"status": Status.APPROVED, "pinned": True},
    Act.UNPIN: {"pinned": False},
    Act.BAN: {},
}
"""What each act makes of a verdict: what is edited or pinned is meant to be seen."""
_NONE: Final = Verdict()


@dataclass(frozen=True, slots=True)
class Decisions:
    """The log folded: verdicts by poll and text, and who is banned from writing in this room."""

    verdicts: Mapping[tuple[str, str], Verdict] = field(default_factory=dict)
    banned: frozenset[str] = frozenset()

    @classmethod
    def fold(cls, log: Iterable[Decision]) -> "Decisions":
        """Everything that was decided, in order."""
        verdicts: dict[tuple[str, str], Verdict] = {}
        banned: set[str] = set()
        for one in log:
            for entry in one.entries:
                before = verdicts.get((one.key, entry), _NONE)
                text = one.text if one.act is Act.EDIT else before.text
                verdicts[one.key, entry] = replace(before, text=text, **_CHANGES[one.act])
            banned.update(one.things)
        return cls(verdicts, frozenset(banned))

    def of(self, key: str, entry: str) -> Verdict:
        """What was decided of a text."""
        return self.verdicts.get((key, entry), _NONE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A distinct text of a poll, as the presenter sees it."""

    id: str
    original: str
    text: str
    """What is shown: edited or masked."""
    authors: frozenset[str]
    votes: int
    """Phones that wrote it, or support it."""
    status: Status
    pinned: bool

    def for_presenter(self) -> dict[str, Any]:
        """JSON without its authors."""
        return {
            "id": self.id,
            "text": self.text,
            "original": self.original,
            "votes": self.votes,
            "status": str(self.status),
            "pinned": self.pinned,
            "flagged": self.text != self.original,
        }

    def public(self, *, with_votes: bool) -> dict[str, Any]:
        """JSON for everybody."""
        shown: dict[str, Any] = {"id": self.id, "text": self.text}
        if with_votes:
            shown["votes"] = self.votes
        if self.pinned:
            shown["pinned"] = True
        return shown


Clean = Callable[[str, str], str | None]
"""A text and its language → the text without bad language; None: that is not known yet."""


def entries_of(
    draft: Written,
    key: str,
    answers: Mapping[str, Answer],
    decisions: Decisions,
    clean: Clean = masked,
) -> Sequence[Entry]:
    """The distinct texts of a poll: the pinned first, then by votes, then by the alphabet.

    The order says nothing of who wrote when, and is the same after any restart. A text that only banned
    phones wrote is not there, nor one that is not checked yet.
    """
    spelled: dict[str, dict[str, int]] = {}
    authors: dict[str, set[str]] = {}
    supporters: dict[str, set[str]] = {}
    for thing, answer in answers.items():
        for text in () if thing in decisions.banned else answer.texts:
            entry = entry_id(text)
            spellings = spelled.setdefault(entry, {})
            spellings[text] = spellings.get(text, 0) + 1
            authors.setdefault(entry, set()).add(thing)
        for upvote in answer.upvotes:
            supporters.setdefault(upvote, set()).add(thing)
    entries: list[Entry] = []
    for entry, spellings in spelled.items():
        # The most usual spelling; of equals the first by the alphabet, so that no order of arrival shows.
        original = min(spellings, key=lambda text: (-spellings[text], text))
        shown = original if draft.profanity == "off" else clean(original, draft.language)
        if shown is not None:
            votes = len(authors[entry] | supporters.get(entry, set()))
            verdict = decisions.of(key, entry)
            entries.append(_entry(draft, entry, (original, shown), authors[entry], votes, verdict))
    return sorted(entries, key=lambda one: (not one.pinned, -one.votes, one.text.casefold(), one.id))


def _entry(
    draft: Written, entry: str, text: tuple[str, str], authors: set[str], votes: int, verdict: Verdict
) -> Entry:
    original, clean = text
    status = verdict.status or _by_rule(draft, is_clean=clean == original)
    shown = verdict.text or (original if draft.profanity == "block" else clean)
    return Entry(entry, original, shown, frozenset(authors), votes, status, verdict.pinned)


def _by_rule(draft: Written, *, is_clean: bool) -> Status:
    if draft.profanity == "block" and not is_clean:
        return Status.DISMISSED
    return Status.PENDING if draft.moderation == "before" else Status.APPROVED
