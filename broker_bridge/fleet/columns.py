"""One indexed field over all things: which things hold which value. Built up update by update, never
re-parsed."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from broker_bridge.fleet.query import Anything, Between, Exact, Phrase, Test, Wild, spelled_number

Scalar = str | int | float | bool

NOTHING: frozenset[str] = frozenset()


class Column:
    """Things by value, for one field. Values keep their type: true, 1 and "1" are three values."""

    __slots__ = ("_booleans", "_numbers", "_sorted_numbers", "_sorted_words", "_strings", "_words")

    def __init__(self) -> None:
        self._strings: dict[str, set[str]] = {}
        self._numbers: dict[int | float, set[str]] = {}
        self._booleans: dict[bool, set[str]] = {}
        self._words: dict[str, set[str]] = {}
        """Folded values, and the words of values with spaces, to the values that hold them."""
        self._sorted_words: list[str] | None = []
        self._sorted_numbers: list[int | float] | None = []
        """Sorted for prefixes and ranges; None when out of date, sorted again by the next query that
        needs it."""

    def add(self, value: Scalar, thing: str) -> None:
        """Note that `thing` holds `value`."""
        if isinstance(value, str):
            things = self._strings.get(value)
            if things is None:
                things = self._strings[value] = set()
                self._add_words(value)
        elif isinstance(value, bool):
            things = self._booleans.setdefault(value, set())
        else:
            known = self._numbers.get(value)
            if known is None:
                known = self._numbers[value] = set()
                self._sorted_numbers = None
            things = known
        things.add(thing)

    def discard(self, value: Scalar, thing: str) -> None:
        """Forget that `thing` holds `value`, if it was noted."""
        postings: dict[Any, set[str]] = self._numbers
        if isinstance(value, str):
            postings = self._strings
        elif isinstance(value, bool):
            postings = self._booleans
        things = postings.get(value)
        if things is None:
            return
        things.discard(thing)
        if things:
            return
        del postings[value]
        if isinstance(value, str):
            self._discard_words(value)
        elif postings is self._numbers:
            self._sorted_numbers = None

    def __bool__(self) -> bool:
        return bool(self._strings or self._numbers or self._booleans)

    def matching(self, test: Test) -> AbstractSet[str]:
        """The things whose value passes. The set may be the column's own: do not change or keep it."""
        if isinstance(test, Exact):
            return self._exact(test)
        if isinstance(test, Wild):
            return self._wild(test)
        if isinstance(test, Between):
            return self._between(test)
        if isinstance(test, Phrase):
            return self._phrase(test)
        return _union([things for _, things in self.values()])

    def values(self) -> Iterator[tuple[Scalar, AbstractSet[str]]]:
        """Every value with the things that hold it."""
        for values in (self._strings, self._numbers, self._booleans):
            yield from values.items()

    def numbers(self) -> Iterator[tuple[int | float, AbstractSet[str]]]:
        """Every number with the things that hold it."""
        yield from self._numbers.items()

    def _exact(self, test: Exact) -> AbstractSet[str]:
        found: list[AbstractSet[str]] = [self._strings[v] for v in self._words.get(test.text, ())]
        if test.number is not None:
            found.append(self._numbers.get(test.number, NOTHING))
        elif test.text in ("true", "false"):
            found.append(self._booleans.get(test.text == "true", NOTHING))
        return _union(found)

    def _phrase(self, test: Phrase) -> AbstractSet[str]:
        said = f" {' '.join(test.words)} "
        held = set(self._words.get(test.text, ()))
        for value in self._words.get(test.words[0], ()):
            if said in f" {' '.join(value.casefold().split())} ":
                held.add(value)
        return _union([self._strings[value] for value in held])

    def _wild(self, test: Wild) -> AbstractSet[str]:
        words = self._ordered_words()
        first = bisect_left(words, test.prefix)
        last = bisect_right(words, test.prefix + "\U0010ffff") if test.prefix else len(words)
        chosen = words[first:last]
        if test.shape is not None:
            chosen = list(filter(test.shape.match, chosen))
        return _union([self._strings[value] for word in chosen for value in self._words[word]])

    def _between(self, test: Between) -> AbstractSet[str]:
        low, high = test.low, test.high
        if low is None and high is None:
            return self.matching(Anything())
        if isinstance(low, str) or isinstance(high, str):
            words = _slice(self._ordered_words(), low, high, test)
            return _union([self._strings[value] for word in words for value in self._words[word]])
        if self._sorted_numbers is None:
            self._sorted_numbers = sorted(self._numbers)
        return _union([self._numbers[number] for number in _slice(self._sorted_numbers, low, high, test)])

    def _ordered_words(self) -> list[str]:
        if self._sorted_words is None:
            self._sorted_words = sorted(self._words)
        return self._sorted_words

    def _add_words(self, value: str) -> None:
        for word in _words_of(value):
            held = self._words.get(word)
            if held is None:
                self._words[word] = {value}
                self._sorted_words = None
            else:
                held.add(value)

    def _discard_words(self, value: str) -> None:
        for word in _words_of(value):
            held = self._words[word]
            held.discard(value)
            if not held:
                del self._words[word]
                self._sorted_words = None


class NumericTextColumn(Column):
    """A column of texts in which a text that spells a number also counts as that number: registry
    attributes."""

    __slots__ = ()

    def add(self, value: Scalar, thing: str) -> None:
        """Note the text, and the number that it spells."""
        super().add(value, thing)
        number = spelled_number(value) if isinstance(value, str) else None
        if number is not None:
            super().add(number, thing)

    def discard(self, value: Scalar, thing: str) -> None:
        """Forget the text, and the number that it spells."""
        super().discard(value, thing)
        number = spelled_number(value) if isinstance(value, str) else None
        if number is not None:
            super().discard(number, thing)

    def values(self) -> Iterator[tuple[Scalar, AbstractSet[str]]]:
        """Every text with the things that hold it; the numbers are the same texts once more."""
        yield from self._strings.items()


def _words_of(value: str) -> set[str]:
    folded = value.casefold()
    words = set(folded.split())
    words.add(folded)
    return words


def _slice(ordered: list[Any], low: object, high: object, test: Between) -> list[Any]:
    """The part of a sorted list between the bounds of a test; None is open."""
    first = 0
    if low is not None:
        first = bisect_left(ordered, low) if test.low_included else bisect_right(ordered, low)
    last = len(ordered)
    if high is not None:
        last = bisect_right(ordered, high) if test.high_included else bisect_left(ordered, high)
    return ordered[first:last]


def _union(sets: Sequence[AbstractSet[str]]) -> AbstractSet[str]:
    """One set is given back as it is; more are joined into a new one."""
    if not sets:
        return NOTHING
    if len(sets) == 1:
        return sets[0]
    joined: set[str] = set()
    return joined.union(*sets)
