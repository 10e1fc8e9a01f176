"""The Device Shadow service once more, slow and simple: what the engine is compared with.

State and metadata are one flat map from a leaf's path to its value and time; nothing of the engine is used.
A path is a tuple of keys; an array is a leaf, and so is an object without members.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]
EMPTY: dict[str, Any] = {}


@dataclass
class Section:
    """`desired` or `reported`: each leaf with the time at which it was written."""

    leaves: dict[Path, tuple[Any, int]] = field(default_factory=dict)

    def write(self, patch: dict[str, Any], at: int) -> None:
        """Apply an update's section, leaf by leaf."""
        for path, value in _leaves_of((), patch):
            if value is None:
                self._remove(path)
            elif value == EMPTY and isinstance(value, dict):
                self._make_object(path, at)
            else:
                self._remove(path)
                self._make_object(path[:-1], at)
                self.leaves.pop(path[:-1], None)
                self.leaves[path] = (value, at)

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return _tree((path, value) for path, (value, _) in self.leaves.items())

    def metadata(self) -> dict[str, Any]:
        """As JSON: each leaf's time, an array's for each of its elements, an empty object's none."""
        return _tree((path, _stamped(value, at)) for path, (value, at) in self.leaves.items())

    def _below(self, path: Path) -> list[Path]:
        return [other for other in self.leaves if other[: len(path)] == path]

    def _remove(self, path: Path) -> None:
        gone = self._below(path)
        for other in gone:
            del self.leaves[other]
        if gone and len(path) > 1 and not self._below(path[:-1]):
            self.leaves[path[:-1]] = (EMPTY, 0)

    def _make_object(self, path: Path, at: int) -> None:
        """See that there is an object at the path, and at each before it."""
        for length in range(1, len(path) + 1):
            prefix = path[:length]
            leaf = self.leaves.get(prefix)
            if leaf is not None and not (isinstance(leaf[0], dict) and length == len(path)):
                del self.leaves[prefix]
        if path and not self._below(path):
            self.leaves[path] = (EMPTY, at)


def _leaves_of(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, dict) and path:
        # The object itself first, so that it is there even when all its members are null.
        yield path, EMPTY
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves_of((*path, key), member)
    else:
        yield path, value


def _tree(leaves: Iterator[tuple[Path, Any]]) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for path, value in leaves:
        at = root
        for key in path[:-1]:
            at = at.setdefault(key, {})
        at[path[-1]] = {} if value is EMPTY else value
    return root


def _stamped(value: Any, at: int) -> Any:
    if value is EMPTY:
        return {}
    if isinstance(value, dict):
        return {key: _stamped(member, at) for key, member in value.items()}
    if isinstance(value, list):
        return [_stamped(element, at) for element in value]
    return {"timestamp": at}


@dataclass
class Model:
    """One shadow. A call answers what the service should: None where it should say 404 or 409."""

    sections: dict[str, Section] = field(
        default_factory=lambda: {"desired": Section(), "reported": Section()}
    )
    version: int = 0
    exists: bool = False
    deleted_at: int | None = None
    tombstone_seconds: int = 48 * 3600

    def update(self, state: dict[str, Any] | None, at: int, version: int | None = None) -> bool:
        """False for a version conflict."""
        counted = self.version
        if self.deleted_at is not None and at - self.deleted_at >= self.tombstone_seconds:
            counted = 0
        if version is not None and version != counted:
            return False
        for name, section in self.sections.items():
            if state is None or (name in state and state[name] is None):
                section.leaves.clear()
            elif name in state:
                section.write(state[name], at)
        self.version, self.exists, self.deleted_at = counted + 1, True, None
        return True

    def delete(self, at: int) -> int | None:
        """The deleted document's version; None when there is none."""
        if not self.exists:
            return None
        deleted = self.version
        for section in self.sections.values():
            section.leaves.clear()
        self.version, self.exists, self.deleted_at = deleted + 1, False, at
        return deleted

    def document(self) -> dict[str, Any]:
        """State and metadata, empty sections left out."""
        state = {name: section.state() for name, section in self.sections.items() if section.leaves}
        return {"state": state, "metadata": {name: self.sections[name].metadata() for name in state}}

    def delta(self) -> dict[str, Any]:
        """What is desired and not reported."""
        missing, _ = _difference(self.sections["desired"].state(), self.sections["reported"].state())
        return missing or {}


def _difference(desired: Any, reported: Any) -> tuple[Any, bool]:
    """What of desired differs, and whether anything does."""
    if not (isinstance(desired, dict) and isinstance(reported, dict)):
        return desired, not equal(desired, reported)
    found = {}
    for key, wanted in desired.items():
        part, differs = _difference(wanted, reported[key]) if key in reported else (wanted, True)
        if differs:
            found[key] = part
    return found, bool(found)


def equal(one: Any, other: Any) -> bool:
    """As JSON values, with one kind of number: compared by their spelling."""
    return _spelled(one) == _spelled(other)


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{_spelled(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, value)) + "]"
    if isinstance(value, bool | str):
        return repr(value)
    return repr(int(value)) if value == int(value) else repr(value)
