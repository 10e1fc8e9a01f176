"""Answers by groups of phones, of a device fact or of another answer; small anonymous groups stay hidden."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

GROUP_MIN: Final = 5
"""Phones: a smaller group of an anonymous poll would tell what somebody answered."""

Labels = Mapping[str, tuple[str, ...]]
"""Thing → the labels that it stands for."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that may be shown, biggest first, and how many phones are in no group that is shown."""

    shown: Sequence[tuple[str, AbstractSet[str]]]
    hidden: int


class ToldApart:
    """What was shown of an anonymous poll: the phones in parts, each of which is in every group or in none.

    Whatever is added and subtracted of counts that were shown, it is about whole parts. So no answer can be
    worked out as long as every part has `GROUP_MIN` phones.
    """

    def __init__(self, things: Iterable[str]) -> None:
        self._part = dict.fromkeys(things, 0)
        self._sizes = Counter(self._part.values())

    def may_show(self, members: AbstractSet[str]) -> bool:
        """True, and taken as shown, when the group leaves no part of fewer than `GROUP_MIN`."""
        inside = Counter(self._part[thing] for thing in members)
        left = {part: self._sizes[part] - size for part, size in inside.items()}
        if any(size < GROUP_MIN or 0 < left[part] < GROUP_MIN for part, size in inside.items()):
            return False
        new = {part: len(self._sizes) + n for n, part in enumerate(part for part in inside if left[part])}
        for thing in members:
            self._part[thing] = new.get(self._part[thing], self._part[thing])
        self._sizes = Counter(self._part.values())
        return True


def group(things: AbstractSet[str], labels: Labels, told: ToldApart | None = None) -> Groups:
    """Put `things` into groups by their labels; things without one are left out.

    `told` is for an anonymous poll: what was shown of it before. Only groups that may be shown beside that
    are; the next view has to respect them too.
    """
    by_label: dict[str, set[str]] = {}
    for thing in things:
        for label in labels.get(thing, ()):
            by_label.setdefault(label, set()).add(thing)
    ranked = sorted(by_label.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    if told is None:
        return Groups(ranked, 0)
    shown = [pair for pair in ranked if told.may_show(pair[1])]
    return Groups(shown, len(set(things).difference(*(members for _, members in shown))))


def tally_of(things: AbstractSet[str], labels: Labels, order: Sequence[str]) -> dict[str, Any]:
    """`{"answered","tally"}` of some things, with the tally's labels in `order`."""
    counted = Counter(label for thing in things for label in labels.get(thing, ()))
    return {"answered": len(things), "tally": {label: counted[label] for label in order}}
