"""Conversations with the Device Shadow service, and how to hold an implementation to them.

Each names the rules of docs/spec/shadow.md that it shows. Conventions: a string payload is raw bytes; `"*"` is any value that is
there; a key missing in `expect` is not asserted; `delta` or `documents` null must not be published; accepted,
delta and documents compare exactly; rejected compares the named fields only; `<thingName>` is the thing of
the run.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker_bridge.wire.topics import Operation, ShadowId

Published = Mapping[str, Any]
"""What one request led to: message kind (`accepted`, `rejected`, `delta`, `documents`) to its decoded
payload."""

Ask = Callable[[ShadowId, Operation, bytes], Awaitable[Published]]


@dataclass(frozen=True)
class Vector:
    """One conversation about one thing that has no shadow at first."""

    name: str
    steps: list[dict[str, Any]]
    rules: tuple[str, ...] = ()

    async def check(self, thing: str, ask: Ask) -> None:
        """Put every request of the conversation to `ask` and compare what was published."""
        for number, step in enumerate(self.steps, 1):
            operation = Operation(step["op"])
            payload = _payload(step["payload"])
            published = await ask(ShadowId(thing, step.get("shadow")), operation, payload)
            where = f"{self.name}, step {number}: {step['op']}"
            for kind, expected in step["expect"].items():
                _compare(where, kind, _for_thing(expected, thing), published)


def _compare(where: str, kind: str, expected: Any, published: Published) -> None:
    if expected is None:
        assert kind not in published, f"{where}: {kind} was published"
        return
    assert kind in published, f"{where}: {kind} is missing in {published}"
    actual = published[kind]
    if kind == "rejected":
        for name, value in expected.items():
            assert _same(value, actual.get(name)), f"{where}: {name} of {actual} is not {value!r}"
    else:
        assert _same(expected, actual), f"{where}: {kind} {actual} is not {expected}"


def _same(expected: Any, actual: Any) -> bool:
    if expected == "*":
        return actual is not None
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = expected.keys() | actual.keys()
        return all(_same(expected.get(name), actual.get(name)) for name in names)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(_same, expected, actual))
    return type(expected) is type(actual) and bool(expected == actual)


def _payload(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def _for_thing(expected: Any, thing: str) -> Any:
    return json.loads(json.dumps(expected).replace("<thingName>", thing))


def load_vectors() -> list[Vector]:
    """All of them, in their order."""
    path = Path(__file__).parents[1] / "data" / "shadow_vectors.json"
    entries = json.loads(path.read_text("utf-8"))
    return [Vector(entry["name"], entry["steps"], tuple(entry["rules"])) for entry in entries]


VECTORS = load_vectors()
