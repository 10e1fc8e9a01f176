"""The in-process broker and its transport keep the transport's promises."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.transport.port import Transport, Will
from tests.contract.transport_suite import Make, TransportSuite, Vanish


@pytest.fixture
def broker() -> MemoryBroker:
    """A broker for one test."""
    return MemoryBroker()


@pytest.fixture
async def make(broker: MemoryBroker) -> AsyncIterator[Make]:
    """Transports to it."""
    made = []

    def build(
        client_id: str, *, will: Will | None = None, clean_session: bool = True, **options: Any
    ) -> MemoryTransport:
        transport = MemoryTransport(broker, client_id, will=will, clean_session=clean_session, **options)
        made.append(transport)
        return transport

    yield build
    for transport in made:
        await transport.close()


@pytest.fixture
def acknowledged_late() -> bool:
    """It knows of an acknowledgement at once."""
    return False


@pytest.fixture
def vanish(broker: MemoryBroker) -> Vanish:
    """Through the broker."""

    def cut(transport: Transport) -> None:
        assert isinstance(transport, MemoryTransport)
        broker.drop(transport.client_id)

    return cut


class TestMemoryTransport(TransportSuite):
    """Memory."""
