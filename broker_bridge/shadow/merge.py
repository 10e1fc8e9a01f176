"""How an update changes a section of the stored document.

- null removes the key; a key that was not there stays away;
- an object merges into an object, member by member; fields that are not named stay;
- anything else replaces what was there, arrays as a whole; the new type wins;
- an empty object is a value: it is stored where there was no object, and changes nothing where there was one;
- nulls inside a new object are dropped, and the object stays, be it empty.

State and metadata are changed in place: the caller owns both trees and shares them with nobody.
"""

from typing import Any

from broker_bridge import errors
from broker_bridge.shadow.metadata import Stamp, stamped
from broker_bridge.wire.messages import Json


def merge(state: Json, metadata: Json, patch: Json, mark: Stamp) -> None:
    """Merge `patch` into `state`, and `mark` into `metadata` for every leaf that `patch` writes."""
    for key, value in patch.items():
        if value is None:
            state.pop(key, None)
            metadata.pop(key, None)
        elif isinstance(value, dict):
            if not isinstance(state.get(key), dict):
                state[key] = {}
                metadata[key] = {}
            merge(state[key], metadata[key], value, mark)
        elif isinstance(value, list):
            state[key] = value
            metadata[key] = stamped(value, mark)
        else:
            state[key] = value
            metadata[key] = mark


def check_section(section: Json, depth: int) -> None:
    """Raise 400 when a section of a request has more than `depth` levels, or a null anywhere inside an
    array."""
    if _has_null_in_array(section, depth, inside_array=False, maximum=depth):
        raise errors.invalid_node()


def _has_null_in_array(value: Any, left: int, *, inside_array: bool, maximum: int) -> bool:
    # Bounded by `left`, so that hostile nesting ends here and not in a RecursionError.
    if isinstance(value, dict):
        members: Any = value.values()
        if value and left == 0:
            raise errors.too_deep(maximum)
        left -= 1
    else:
        members = value
        inside_array = True
    found = False
    for member in members:
        if member is None:
            found = found or inside_array
        elif isinstance(member, dict | list):
            # An array inside an array is a level of its own; an array under a key shares the key's level.
            below = left - 1 if isinstance(member, list) and isinstance(value, list) else left
            if below < 0:
                raise errors.too_deep(maximum)
            found = _has_null_in_array(member, below, inside_array=inside_array, maximum=maximum) or found
    return found
