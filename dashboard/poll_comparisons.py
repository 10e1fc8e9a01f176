"""A poll by device facts and by other polls: which groups of phones may be shown.

An anonymous poll remembers what it was compared with. A view is counted after those before it, so that all
of them together tell no answer: see `dashboard.rooms.cross_filter.ToldApart`.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from dashboard.poll_book import PollBook
from dashboard.rooms.cross_filter import GROUP_MIN, Groups, Labels, ToldApart, group
from dashboard.rooms.facts import FACTS
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_errors import UnknownPoll

UNKNOWN: Final = "?"
"""The group of phones that do not report a fact."""
_NONE: Final = Groups((), 0)


class Comparisons:
    """Groups of the phones that answered a poll, by a dimension: the name of a fact, or the id of a poll.

    `keep` writes down, without blocking, that a poll was compared with a dimension.
    """

    def __init__(self, book: PollBook, keep: Callable[[Poll, str], None]) -> None:
        self._book = book
        self._keep = keep

    def groups(self, poll: Poll, dimension: str) -> Groups:
        """The groups of a dimension that may be shown. Raises `UnknownPoll` for one that there is not."""
        labels = self._labels(poll, dimension)
        things = set(self._book.outcome(poll).labels)
        other = None if dimension in FACTS else self._book.get(dimension)
        if other is not None and other.id == poll.id:
            return group(things, labels, ToldApart(things) if poll.draft.anonymous else None)
        if poll.draft.anonymous:
            return self._groups_of_anonymous(poll, dimension if other is None else other.id)
        if other is not None and other.draft.anonymous and not self._may_be_named(other, poll):
            return Groups((), len(things))
        return group(things, labels)

    def chosen(self, poll: Poll, conditions: Sequence[str]) -> AbstractSet[str] | None:
        """The phones that meet every condition, `os:Android` or `<poll id>:<label>`; None when they may not
        be shown. Raises `UnknownPoll`."""
        things = set(self._book.outcome(poll).labels)
        chosen: AbstractSet[str] = things
        for condition in conditions:
            dimension, _, label = condition.partition(":")
            found = self.groups(poll, dimension)
            members = self._own(poll, dimension, label) or dict(found.shown).get(label)
            if members is None and found.hidden:
                return None
            chosen = chosen & (members or set())
        few = len(chosen) < GROUP_MIN or 0 < len(things) - len(chosen) < GROUP_MIN
        return None if few and poll.draft.anonymous else chosen

    def _groups_of_anonymous(self, poll: Poll, dimension: str) -> Groups:
        compared = self._book.compared.setdefault(poll.ballot_key, [])
        if dimension not in compared:
            compared.append(dimension)
            self._keep(poll, dimension)
        things = set(self._book.outcome(poll).labels)
        told, groups = ToldApart(things), _NONE
        for one in compared[: compared.index(dimension) + 1]:
            groups = group(things, self._labels_or_none(poll, one), told)
        return groups

    def _may_be_named(self, anonymous: Poll, named: Poll) -> bool:
        """Who is where in a named poll is known: it may stand beside an anonymous one when this one may be
        shown by all its groups."""
        labels, things = self._labels(anonymous, named.id), self._book.outcome(anonymous).labels
        wanted = {label for thing in things for label in labels.get(thing, ())}
        return wanted <= {label for label, _ in self.groups(anonymous, named.id).shown}

    def _own(self, poll: Poll, dimension: str, label: str) -> AbstractSet[str] | None:
        """Who gave this answer to the poll itself: what its tally tells anyway."""
        if dimension in FACTS or self._book.get(dimension).id != poll.id:
            return None
        return {thing for thing, stands in self._book.outcome(poll).labels.items() if label in stands}

    def _labels_or_none(self, poll: Poll, dimension: str) -> Labels:
        try:
            return self._labels(poll, dimension)
        except UnknownPoll:  # It was deleted since.
            return {}

    def _labels(self, poll: Poll, dimension: str) -> Labels:
        if dimension not in FACTS:
            return self._book.outcome(self._book.get(dimension)).labels
        fact: Mapping[str, tuple[str, ...]] = {
            thing: (self._book.audience.fact(thing, dimension) or UNKNOWN,)
            for thing in self._book.outcome(poll).labels
        }
        return fact
