"""The tally: a fold over ballots, never a counter. Order and repetition of deliveries do not change it."""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

FORGOTTEN = 1 << 63
"""The version of a phone that has left: above every shadow's, so that no late delivery brings it back."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one poll. `counts` has every option, in the poll's order."""

    counts: Mapping[str, int]
    choices: Mapping[str, str] = field(default_factory=dict)
    """Thing → option; empty for an anonymous poll, where only counts may leave the fold."""

    @property
    def answered(self) -> int:
        """How many phones are counted: each has one choice."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class _Ballot:
    version: int
    deleted: bool
    choices: Mapping[str, str]

    @property
    def rank(self) -> tuple[int, bool]:
        # A deletion is told with the version of the document it deleted: on a tie it is the later event.
        return self.version, self.deleted


_NOTHING: Mapping[str, str] = {}


class Ballots:
    """The latest ballot of every phone: a join-semilattice by the version of the phone's `ballot` shadow.

    `record` is commutative, associative and idempotent, so deliveries may be shuffled, repeated or older than
    what is known; a lost one is healed by any later version or by a reconciliation.
    """

    def __init__(self) -> None:
        self._latest: dict[str, _Ballot] = {}

    def record(self, thing: str, version: int, choices: Mapping[str, str] | None) -> bool:
        """Note what `thing` reports at `version` (None: shadow deleted); False when that is not news."""
        ballot = _Ballot(version, choices is None, choices or _NOTHING)
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

    def tally(
        self,
        key: str,
        options: Sequence[str],
        *,
        without: Container[str] = frozenset(),
        by_thing: bool = False,
    ) -> Tally:
        """Count the ballots under `key`, but for the things in `without`.

        A choice that is not one of `options` does not count.
        """
        allowed = frozenset(options)
        chosen = {
            thing: choice
            for thing, ballot in self._latest.items()
            if (choice := ballot.choices.get(key, "")) in allowed and thing not in without
        }
        counted = Counter(chosen.values())
        return Tally({option: counted[option] for option in options}, chosen if by_thing else {})


def choices_in(reported: Mapping[str, Any], is_wanted: Callable[[str], bool]) -> dict[str, str]:
    """Ballot key → option, of a `ballot` shadow's `reported`.

    `{"<key>":{"choice":["<option>"]}}` is a choice; everything else (null, no or several options, other
    types) is none.
    """
    found: dict[str, str] = {}
    for key, entry in reported.items():
        if isinstance(entry, dict) and is_wanted(key):
            choice = entry.get("choice")
            if isinstance(choice, list) and len(choice) == 1 and isinstance(choice[0], str):
                found[key] = choice[0]
    return found
