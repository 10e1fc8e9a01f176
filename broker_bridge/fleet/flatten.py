"""A shadow's state as flat fields, the way AWS indexes it: names joined with dots, arrays only of
scalars, no nulls."""

from typing import Any, Final

from broker_bridge.fleet.columns import Scalar

Flat = dict[str, Scalar | tuple[Scalar, ...]]
"""Field to value; a tuple for an array and for names that collide."""

INTEGER_MIN: Final = -(2**53)
INTEGER_MAX: Final = 2**53 - 1
"""Integers beyond these are not indexed; AWS, "Managing fleet indexing"."""


def flatten(prefix: str, section: Any, into: Flat) -> None:
    """Add the fields of an object to `into`, each named `prefix` + path."""
    if not isinstance(section, dict):
        return
    waiting: list[tuple[str, dict[str, Any]]] = [(prefix, section)]
    while waiting:
        path, node = waiting.pop()
        for key, value in node.items():
            name = path + key
            if isinstance(value, dict):
                waiting.append((name + ".", value))
            elif isinstance(value, list):
                scalars = tuple(item for item in value if _indexed(item))
                if scalars and len(scalars) == len(value):
                    _put(into, name, scalars)
            elif _indexed(value):
                _put(into, name, (value,))


def _put(into: Flat, name: str, values: tuple[Scalar, ...]) -> None:
    held = into.get(name)
    if held is not None:
        values = (*(held if isinstance(held, tuple) else (held,)), *values)
    into[name] = values[0] if len(values) == 1 else values


def _indexed(value: Any) -> bool:
    if isinstance(value, str | bool | float):
        return True
    return isinstance(value, int) and INTEGER_MIN <= value <= INTEGER_MAX


def has_delta(desired: Any, reported: Any) -> bool:
    """True when AWS's delta of these sections is not empty: something desired is missing or different
    in reported."""
    waiting = [(desired if isinstance(desired, dict) else {}, reported if isinstance(reported, dict) else {})]
    while waiting:
        wanted, given = waiting.pop()
        for key, value in wanted.items():
            if key not in given:
                return True
            if isinstance(value, dict) and isinstance(given[key], dict):
                waiting.append((value, given[key]))
            elif not same(value, given[key]):
                return True
    return False


def same(one: Any, other: Any) -> bool:
    """JSON equality: true is not 1, and 1 is 1.0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)
