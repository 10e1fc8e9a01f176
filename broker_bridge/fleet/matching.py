"""A query tree over columns: which things match."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from broker_bridge.fleet.columns import Column
from broker_bridge.fleet.query import And, Anything, Has, Node, Not, Or, Test

_ALIASES: Final = {
    "registry.thingTypeName": "thingTypeName",
    "registry.thingGroupNames": "thingGroupNames",
}

_NOT_SEARCHED_BY_BARE_TERMS: Final = ("connectivity.",)
"""AWS: a term without a field is looked for in registry and shadow fields."""


def canonical(field: str) -> str:
    """The name under which a field is kept."""
    return _ALIASES.get(field, field)


def matching(node: Node, columns: Mapping[str, Column], everything: AbstractSet[str]) -> AbstractSet[str]:
    """The names of the things that match. The set may belong to a column: do not change or keep it."""
    return _Evaluation(columns, everything).of(node)


class _Evaluation:
    """One run of one query; a test that the query repeats is answered once."""

    def __init__(self, columns: Mapping[str, Column], everything: AbstractSet[str]) -> None:
        self._columns = columns
        self._everything = everything
        self._answered: dict[Has, AbstractSet[str]] = {}

    def of(self, node: Node) -> AbstractSet[str]:
        """The things that a part of the query matches."""
        if isinstance(node, Has):
            found = self._answered.get(node)
            if found is None:
                found = self._answered[node] = self._has(node)
            return found
        if isinstance(node, Not):
            return self._everything - self.of(node.part)
        if isinstance(node, Or):
            return set().union(*(self.of(part) for part in node.parts))
        return self._and(node)

    def _and(self, node: And) -> AbstractSet[str]:
        """Intersect the smallest sets first, then take away what is negated."""
        wanted = sorted((self.of(part) for part in node.parts if not isinstance(part, Not)), key=len)
        result = wanted[0] if wanted else self._everything
        for found in wanted[1:]:
            result = result & found
        for part in node.parts:
            if isinstance(part, Not):
                result = result - self.of(part.part)
        return result

    def _has(self, node: Has) -> AbstractSet[str]:
        if node.field is None:
            return (
                self._everything if isinstance(node.test, Anything) else _anywhere(node.test, self._columns)
            )
        name = canonical(node.field)
        if isinstance(node.test, Anything):
            below = name + "."
            fields = [field for field in self._columns if field == name or field.startswith(below)]
            return set().union(*(self._columns[field].matching(node.test) for field in fields))
        column = self._columns.get(name)
        return frozenset() if column is None else column.matching(node.test)


def _anywhere(test: Test, columns: Mapping[str, Column]) -> AbstractSet[str]:
    return set().union(
        *(
            column.matching(test)
            for field, column in columns.items()
            if not field.startswith(_NOT_SEARCHED_BY_BARE_TERMS) and not field.endswith("hasDelta")
        )
    )
