"""What is desired and not yet reported.

Objects are compared member by member; everything else, arrays included, is compared and copied as one value.
What is only reported never appears. Numbers are equal when their values are: `1` and `1.0` are one number to
JSON and to every JavaScript client, which could not report `1.0` if it wanted to. AWS's choice here is not
published; AWS Greengrass compares the same way. A boolean is never equal to a number.
"""

from typing import Any

from broker_bridge.wire.messages import Json


def difference(desired: Json, reported: Json, metadata: Json) -> tuple[Json, Json]:
    """The part of `desired` that `reported` does not have, and the matching part of desired's `metadata`.

    Both are empty exactly when `reported` covers `desired`.
    """
    state: Json = {}
    stamps: Json = {}
    for key, wanted in desired.items():
        if key not in reported:
            state[key], stamps[key] = wanted, metadata[key]
            continue
        has = reported[key]
        if isinstance(wanted, dict) and isinstance(has, dict):
            below, below_stamps = difference(wanted, has, metadata[key])
            if below:
                state[key], stamps[key] = below, below_stamps
        elif not same(wanted, has):
            state[key], stamps[key] = wanted, metadata[key]
    return state, stamps


def same(one: Any, other: Any) -> bool:
    """True when two JSON values are equal as JSON: numbers by value, booleans only to booleans."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
