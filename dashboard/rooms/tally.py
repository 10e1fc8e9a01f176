"""The ballots of a room: a fold, never a counter. Order and repetition of deliveries do not change it."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.rooms.answers import Answer, read_answer
from dashboard.rooms.poll_drafts import Draft

FORGOTTEN = 1 << 63
"""The version of a phone that has left: above every shadow's, so that no late delivery brings it back."""


@dataclass(frozen=True, slots=True)
class _Ballot:
    version: int
    deleted: bool
    entries: Mapping[str, Any]

    @property
    def rank(self) -> tuple[int, bool]:
        # A deletion is told with the version of the document it deleted: on a tie it is the later event.
        return self.version, self.deleted


_NOTHING: Mapping[str, Any] = {}


class Ballots:
    """The latest ballot of every phone: a join-semilattice by the version of the phone's `ballot` shadow.

    `record` is commutative, associative and idempotent, so deliveries may be shuffled, repeated or older than
    what is known; a lost one is healed by any later version or by a reconciliation.
    """

    def __init__(self) -> None:
        self._latest: dict[str, _Ballot] = {}
        self._read: dict[str, dict[str, tuple[_Ballot, Answer | None]]] = {}

    def record(self, thing: str, version: int, entries: Mapping[str, Any] | None) -> bool:
        """Note what `thing` reports at `version` (None: shadow deleted); False when that is not news."""
        ballot = _Ballot(version, entries is None, entries or _NOTHING)
        known = self._latest.get(thing)
        if known is not None and known.rank >= ballot.rank:
            return False
        self._latest[thing] = ballot
        return True

    def forget(self, thing: str) -> bool:
        """The phone has left for good: its ballot no longer counts, whatever is still on its way."""
        return self.record(thing, FORGOTTEN, None)

    def knows(self, thing: str) -> bool:
        """True when a ballot of this phone has been recorded."""
        return thing in self._latest

    def entry(self, thing: str, key: str) -> Any:
        """What the phone's latest ballot has under `key`, as it wrote it; None for nothing."""
        ballot = self._latest.get(thing)
        return None if ballot is None else ballot.entries.get(key)

    def answers(self, key: str, draft: Draft, *, without: Container[str] = frozenset()) -> dict[str, Answer]:
        """Every phone's answer under `key`, but for the things in `without`. A ballot is read once."""
        read = self._read.setdefault(key, {})
        found: dict[str, Answer] = {}
        for thing, ballot in self._latest.items():
            known = read.get(thing)
            if known is None or known[0] is not ballot:
                known = read[thing] = ballot, read_answer(draft, ballot.entries.get(key))
            if known[1] is not None and thing not in without:
                found[thing] = known[1]
        return found

    def forget_readings(self, key: str) -> None:
        """The poll under `key` is over, or its draft was changed."""
        self._read.pop(key, None)


def entries_in(reported: Mapping[str, Any], is_wanted: Callable[[str], bool]) -> dict[str, Any]:
    """Ballot key → entry of a `ballot` shadow's `reported`, without what is not wanted or is no entry."""
    return {key: entry for key, entry in reported.items() if isinstance(entry, dict) and is_wanted(key)}
