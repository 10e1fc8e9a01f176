"""Whole percentages of a whole: the one rule behind what is spoken, reported, and shown on every page. Pure.

`dashboard/web/src/room/shares.ts` is the same rule for the pages; `tests/data/shares.json` holds both to it.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal


def fair_shares(parts: Sequence[int]) -> list[int] | None:
    """Whole percentages that add up to 100, equal for equal parts, each less than 1 from the exact value: the
    largest remainders are rounded up, of equal ones those of the larger parts.

    None when there are none (three equal parts), or when the sum is 0.
    """
    total = sum(parts)
    if total == 0:
        return None
    floors = {part: 100 * part // total for part in parts}
    left = 100 - sum(floors[part] for part in parts)
    # How much remainder is rounded up at most with so many percents given away, and in which parts.
    best: list[tuple[int, tuple[int, ...]] | None] = [(0, ()), *([None] * left)]
    for part, many in sorted(Counter(parts).items(), reverse=True):
        gain = 100 * part % total * many
        for count in range(left - many, -1, -1) if gain else ():
            before, after = best[count], best[count + many]
            if before is not None and (after is None or before[0] + gain > after[0]):
                best[count + many] = before[0] + gain, (*before[1], part)
    found = best[left]
    return None if found is None else [floors[part] + (part in found[1]) for part in parts]


def shares(parts: Sequence[int], whole: int | None = None) -> list[int]:
    """Percentages to show: `fair_shares`; where there are none, each rounded.

    `whole` is for parts that overlap, as of several choices: then each is a part of it, rounded.
    """
    total = sum(parts) if whole is None else whole
    if total == 0:
        return [0] * len(parts)
    fair = fair_shares(parts) if whole is None else None
    return fair or [(200 * part + total) // (2 * total) for part in parts]


def bound(share: int, part: int, whole: int) -> Literal["", "<", ">"]:
    """What a share that was rounded to 0 or 100 lacks to be true: "<" for "<1%" of a few, ">" for ">99%"."""
    if share == 0 and part > 0:
        return "<"
    return ">" if share == 100 and part < whole else ""


def written(share: int, part: int, whole: int, language: str) -> str:
    """A share as people read it: "42%", "<1%", ">99%"; in French with a narrow no-break space before "%"."""
    sign = "\u202f%" if language == "fr" else "%"
    return {"": f"{share}", "<": "<1", ">": ">99"}[bound(share, part, whole)] + sign
