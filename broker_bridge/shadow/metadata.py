"""Metadata: one `{"timestamp":T}` per leaf, in a tree of the same shape as the state.

Arrays have one entry per element. The two trees are always walked side by side, never guessed at by shape: a
field of the user's may itself be called `timestamp`.
"""

from typing import Any

import orjson

Stamp = orjson.Fragment
"""`{"timestamp":T}` as ready JSON: shared by all leaves of one update, and written without being walked."""


def stamp(at: int) -> Stamp:
    """The metadata of a leaf written at `at`, in epoch seconds."""
    return orjson.Fragment(b'{"timestamp":%d}' % at)


def stamped(value: object, mark: Stamp) -> Any:
    """Metadata of a value as written now: every leaf, null included, has `mark`."""
    if isinstance(value, dict):
        return {key: stamped(member, mark) for key, member in value.items()}
    if isinstance(value, list):
        return [stamped(element, mark) for element in value]
    return mark
