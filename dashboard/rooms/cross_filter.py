"""Answers by groups of phones, of a device fact or of another answer; small anonymous groups stay hidden."""

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

GROUP_MIN: Final = 5
"""Phones: a smaller group of an anonymous poll would tell what somebody answered."""

Labels = Mapping[str, tuple[str, ...]]
"""Thing → the labels that it stands for."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups that may be shown, biggest first, and how many phones are in the others."""

    shown: Sequence[tuple[str, AbstractSet[str]]]
    hidden: int


def group(things: AbstractSet[str], labels: Labels, *, anonymous: bool) -> Groups:
    """Put `things` into groups by their labels; things without one are left out.

    In an anonymous poll a group below `GROUP_MIN` is hidden; and when those that are hidden are together
    fewer than that, the next one too, because the total less what is shown would tell about them.
    """
    by_label: dict[str, set[str]] = {}
    for thing in things:
        for label in labels.get(thing, ()):
            by_label.setdefault(label, set()).add(thing)
    ranked = sorted(by_label.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    if not anonymous:
        return Groups(ranked, 0)
    shown = [pair for pair in ranked if len(pair[1]) >= GROUP_MIN]
    while shown and 0 < len(_outside(things, shown)) < GROUP_MIN:
        shown.pop()
    return Groups(shown, len(_outside(things, shown)))


def _outside(things: AbstractSet[str], shown: Sequence[tuple[str, AbstractSet[str]]]) -> set[str]:
    return set(things).difference(*(members for _, members in shown))


def select(
    things: AbstractSet[str], conditions: Sequence[tuple[Labels, str]], *, anonymous: bool
) -> set[str] | None:
    """The things that meet every condition (labels, and the one to have); None when they may not be shown.

    The same holds for those that do not: what is left of the total must not be few either.
    """
    chosen = {
        thing for thing in things if all(label in labels.get(thing, ()) for labels, label in conditions)
    }
    if anonymous and (len(chosen) < GROUP_MIN or 0 < len(things) - len(chosen) < GROUP_MIN):
        return None
    return chosen


def tally_of(things: AbstractSet[str], labels: Labels, order: Sequence[str]) -> dict[str, Any]:
    """`{"answered","tally"}` of some things, with the tally's labels in `order`."""
    counted = Counter(label for thing in things for label in labels.get(thing, ()))
    return {"answered": len(things), "tally": {label: counted[label] for label in order}}
