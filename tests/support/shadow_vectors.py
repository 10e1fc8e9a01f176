"""Conversations with the Device Shadow service, and how to hold an implementation to them.

Each names the rules of docs/spec/shadow.md that it shows. Conventions: a string payload is raw bytes; `"*"`
is any value that is there; a key missing in `expect` is not asserted; `delta` or `documents` null must not be
published; accepted, delta and documents compare exactly, null and absent being the same; rejected compares
the named fields only; `<thingName>` is the thing of the run.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker_bridge.wire.topics import Operation, ShadowId

VECTOR_FILE = Path(__file__).parents[1] / "data" / "shadow_vectors.json"

Published = Mapping[str, Any]
"""What one request led to: message kind (`accepted`, `rejected`, `delta`, `documents`) to its decoded
payload."""

EVERYTHING = ("accepted", "rejected", "delta", "documents")
ANSWERS = ("accepted", "rejected")
"""What can be compared where nobody listens to MQTT."""

Ask = Callable[[ShadowId, Operation, bytes], Awaitable[Published]]


@dataclass(frozen=True)
class Vector:
    """One conversation about one thing that has no shadow at first."""

    name: str
    steps: list[dict[str, Any]]
    rules: tuple[str, ...]
    """Of docs/spec/shadow.md, which it shows."""
    confidence: str
    """`high`, `medium` or `low`: how sure it is that AWS does the same."""

    async def check(self, thing: str, ask: Ask, kinds: Collection[str] = EVERYTHING) -> None:
        """Put every request of the conversation to `ask` and compare what was published, of these kinds."""
        for number, step in enumerate(self.steps, 1):
            operation = Operation(step["op"])
            payload = _payload(step["payload"])
            published = await ask(ShadowId(thing, step.get("shadow")), operation, payload)
            where = f"{self.name}, step {number}: {step['op']}"
            for kind, expected in step["expect"].items():
                if kind in kinds:
                    _compare(where, kind, _for_thing(expected, thing), published)


def _compare(where: str, kind: str, expected: Any, published: Published) -> None:
    if expected is None:
        assert kind not in published, f"{where}: {kind} was published"
        return
    assert kind in published, f"{where}: {kind} is missing in {published}"
    actual = published[kind]
    if kind == "rejected":
        actual = {name: actual.get(name) for name in expected}
    difference = _difference(expected, actual, kind)
    assert difference is None, f"{where}: {difference}"


def _difference(expected: Any, actual: Any, path: str) -> str | None:
    """Where the two differ first, in words; None when they are the same."""
    if expected == "*":
        return f"{path} is missing" if actual is None else None
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _first(
            _difference(expected.get(name), actual.get(name), f"{path}.{name}")
            for name in [*expected, *(name for name in actual if name not in expected)]
        )
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return _first(_difference(*pair, f"{path}[{index}]") for index, pair in pairs)
    if type(expected) is type(actual) and expected == actual:
        return None
    return f"{path} is {_said(actual)}, not {_said(expected)}"


def _said(value: Any) -> str:
    return "absent or null" if value is None else json.dumps(value, ensure_ascii=False)


def _first(differences: Iterable[str | None]) -> str | None:
    return next((difference for difference in differences if difference is not None), None)


def _payload(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()


def _for_thing(expected: Any, thing: str) -> Any:
    return json.loads(json.dumps(expected).replace("<thingName>", thing))


def load_vectors() -> list[Vector]:
    """All of them, in their order."""
    entries = json.loads(VECTOR_FILE.read_text("utf-8"))
    return [
        Vector(entry["name"], entry["steps"], tuple(entry["rules"]), entry["confidence"]) for entry in entries
    ]


VECTORS = load_vectors()
