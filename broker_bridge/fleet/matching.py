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
    if isinstance(node, Has):
        return _has(node, columns, everything)
    if isinstance(node, Not):
        return everything - matching(node.part, columns, everything)
    if isinstance(node, Or):
        return set().union(*(matching(part, columns, everything) for part in node.parts))
    return _and(node, columns, everything)


def _and(node: And, columns: Mapping[str, Column], everything: AbstractSet[str]) -> AbstractSet[str]:
    """Intersect the smallest sets first, then take away what is negated."""
    wanted = [matching(part, columns, everything) for part in node.parts if not isinstance(part, Not)]
    result = everything
    for found in sorted(wanted, key=len):
        result = result & found if result is not everything else found
    for part in node.parts:
        if isinstance(part, Not):
            result = result - matching(part.part, columns, everything)
    return result


def _has(node: Has, columns: Mapping[str, Column], everything: AbstractSet[str]) -> AbstractSet[str]:
    if node.field is None:
        return everything if isinstance(node.test, Anything) else _anywhere(node.test, columns)
    name = canonical(node.field)
    if isinstance(node.test, Anything):
        below = name + "."
        fields = [field for field in columns if field == name or field.startswith(below)]
        return set().union(*(columns[field].matching(node.test) for field in fields))
    column = columns.get(name)
    return frozenset() if column is None else column.matching(node.test)


def _anywhere(test: Test, columns: Mapping[str, Column]) -> AbstractSet[str]:
    return set().union(
        *(
            column.matching(test)
            for field, column in columns.items()
            if not field.startswith(_NOT_SEARCHED_BY_BARE_TERMS) and not field.endswith("hasDelta")
        )
    )
