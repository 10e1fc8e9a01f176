"""The service on real brokers and a real database, held to what AWS answers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Transport
from tests.support.plain_brokers import PlainBroker, plain_broker
from tests.support.shadow_answers import ShadowAsker
from tests.support.shadow_vectors import VECTORS, Vector

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainBroker]:
    """One broker for all vectors; each has a thing of its own."""
    with plain_broker(request.param, tmp_path_factory.mktemp(request.param)) as started:
        yield started


@pytest.fixture
async def client(broker: PlainBroker, tmp_path: Path) -> AsyncIterator[Transport]:
    """A client of a running service."""
    store = SqliteStore(tmp_path / "shadows.db")
    await store.open()
    service, client = PahoTransport(broker.account("service")), PahoTransport(broker.account("client"))
    await service.connect()
    await client.connect()
    desk = ShadowDesk(store, lambda topic, payload: service.publish(topic, payload, qos=1))
    await ShadowRouter(service, desk).start()
    yield client
    await client.close()
    await service.close()
    await store.close()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
async def test_service_answers_as_aws_does(vector: Vector, client: Transport) -> None:
    """Through a real broker, every step publishes what the vector says, and nothing more."""
    thing = f"thing-{vector.name}"
    asker = ShadowAsker(client, thing)
    await asker.start()

    await vector.check(thing, asker.ask)

    assert asker.silent
