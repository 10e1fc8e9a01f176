"""The memory store keeps the store's promises."""

from collections.abc import AsyncIterator

import pytest

from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.port import ShadowStore
from tests.contract.store_suite import StoreSuite


@pytest.fixture
async def store() -> AsyncIterator[ShadowStore]:
    """A store for one test."""
    store = MemoryStore()
    await store.open()
    yield store
    await store.close()


class TestMemoryStore(StoreSuite):
    """Memory."""
