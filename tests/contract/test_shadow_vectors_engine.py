"""The engine alone, held to what AWS answers."""

import json
from typing import Any

import pytest

from broker_bridge.shadow.engine import apply
from broker_bridge.shadow.item import Item
from broker_bridge.wire.topics import Operation, ShadowId, parse_answer
from tests.support.shadow_vectors import VECTORS, Vector


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
async def test_engine_answers_as_aws_does(vector: Vector) -> None:
    """The engine publishes what the vector says, step by step."""
    items: dict[ShadowId, Item] = {}
    clock = iter(range(1_700_000_000, 1_800_000_000))

    async def ask(shadow: ShadowId, operation: Operation, payload: bytes) -> dict[str, Any]:
        outcome = apply(items.get(shadow), shadow, operation, payload, next(clock))
        if outcome.item is not None:
            items[shadow] = outcome.item
        published = {}
        for topic, message in outcome.publications:
            parsed = parse_answer(topic)
            assert parsed is not None
            assert parsed[:2] == (shadow, operation)
            published[str(parsed[2])] = json.loads(message)
        return published

    await vector.check("thing-1", ask)


def test_no_vector_is_lost_or_named_twice() -> None:
    """Fifty were recorded, and those that were added since are counted here."""
    assert len(VECTORS) == len({vector.name for vector in VECTORS}) == 76
