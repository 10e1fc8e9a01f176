"""What phones say of themselves: the dimensions by which a room can be looked at, and the values that it has.
Pure.

A fact of a phone is free text that it reports. On the wire it is an index into the values that the room has
heard, so that the traits of 2,000 phones are a few groups of numbers.
"""

from collections.abc import Mapping
from typing import Any, Final

Facts = Mapping[str, Any]

DIMENSIONS: Final = ("os", "os_name", "form", "browser", "language", "theme")
"""The facts that every view of the room knows: groups, counts, scenes. `os` comes first."""
FACTS: Final = (*DIMENSIONS, "visible", "sim")
"""What every phone may report of itself, and what a scene can colour by before anybody reported it."""
OS_FAMILIES: Final = ("iOS", "Android", "HarmonyOS", "ChromeOS", "Windows", "macOS", "Linux", "other")
"""The values of `os`, all of them; what a phone calls differently is "other"."""
OTHER: Final = "other"

VALUE_MAX: Final = 64
"""Characters of a fact's value: longer ones are nobody's operating system, and land on a wall."""
VALUES_MAX: Final = 100
"""Different values of one dimension: more than a room has languages; the rest is "other", whoever invents
them."""
UNSAID: Final = -1
"""In a trait: the phone does not report this fact."""

Trait = tuple[int, ...]
"""For each of `DIMENSIONS` the index of the phone's value in `Vocabulary.values`, or `UNSAID`."""


def fact_value(value: object) -> str | None:
    """A reported fact as a palette's key: text as it is, booleans and whole numbers as JSON writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None


class Vocabulary:
    """The values that one room has heard. They only become more, so an index keeps its meaning."""

    def __init__(self) -> None:
        self._indices: dict[str, dict[str, int]] = {dimension: {} for dimension in DIMENSIONS}
        self._indices["os"] = {family: index for index, family in enumerate(OS_FAMILIES)}
        self._values: dict[str, list[str]] | None = None

    @property
    def values(self) -> Mapping[str, list[str]]:
        """Dimension → values, in the order of `DIMENSIONS`; the same object until there is a new value."""
        if self._values is None:
            self._values = {dimension: list(known) for dimension, known in self._indices.items()}
        return self._values

    def trait(self, facts: Facts) -> Trait:
        """A phone's facts as indices; new values are learnt."""
        return tuple(
            [
                self._index(dimension, known, facts.get(dimension))
                for dimension, known in self._indices.items()
            ]
        )

    def _index(self, dimension: str, known: dict[str, int], said: object) -> int:
        value = said if type(said) is str else fact_value(said)
        if not value:
            return known[OTHER] if dimension == "os" else UNSAID
        index = known.get(value)
        return self._learn(dimension, known, value) if index is None else index

    def _learn(self, dimension: str, known: dict[str, int], value: str) -> int:
        # One place stays free for "other", where everything goes that has no place of its own.
        full = dimension == "os" or len(value) > VALUE_MAX or len(known) >= VALUES_MAX - 1
        value = OTHER if full else value
        if value not in known:
            known[value] = len(known)
            self._values = None
        return known[value]
