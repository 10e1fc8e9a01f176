"""The service over the in-process broker, held to what AWS answers."""

import pytest

from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.memory import MemoryStore
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from tests.support.shadow_answers import ShadowAsker
from tests.support.shadow_vectors import VECTORS, Vector


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
async def test_service_answers_as_aws_does(vector: Vector) -> None:
    """Over MQTT in memory, every step publishes what the vector says, and nothing more."""
    broker, store = MemoryBroker(), MemoryStore()
    await store.open()
    service, client = MemoryTransport(broker, "service"), MemoryTransport(broker, "client")
    await service.connect()
    await client.connect()
    desk = ShadowDesk(store, lambda topic, payload: service.publish(topic, payload, qos=1))
    await ShadowRouter(service, desk).start()
    asker = ShadowAsker(client, "thing-1")
    await asker.start()

    await vector.check("thing-1", asker.ask)

    assert asker.silent
    await service.close()
    await client.close()
    await store.close()
