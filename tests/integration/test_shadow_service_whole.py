"""The service as a whole: one store behind MQTT, HTTPS and the index, through restarts of everything."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from broker_bridge.client import DataPlane, DataPlaneError
from broker_bridge.service import BridgeService
from broker_bridge.settings import BridgeSettings, RestSettings
from broker_bridge.shadow.item import Item
from broker_bridge.store.port import StoreUnavailable
from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Unreachable
from broker_bridge.wire.topics import Operation, ShadowId
from tests.support.plain_brokers import PlainBroker, free_port, plain_broker
from tests.support.shadow_answers import ShadowAsker

pytestmark = pytest.mark.broker

REST = RestSettings("127.0.0.1", 0, "AKIDEXAMPLE", "a-secret-for-tests")
SHADOW = ShadowId("thing-1")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[PlainBroker]:
    """A broker for one test."""
    with plain_broker("mosquitto", tmp_path) as started:
        yield started


@pytest.fixture
async def service(broker: PlainBroker, tmp_path: Path) -> AsyncIterator[BridgeService]:
    """A running service with a data plane."""
    service = BridgeService(broker.account("bridge"), f"sqlite:///{tmp_path / 's.db'}", rest=REST)
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def asker(broker: PlainBroker, service: BridgeService) -> AsyncIterator[ShadowAsker]:
    """A client of thing-1, started after the service."""
    transport = PahoTransport(broker.account("client"))
    await transport.connect()
    asker = ShadowAsker(transport, "thing-1")
    await asker.start()
    yield asker
    await transport.close()


def update(**state: Any) -> bytes:
    """An update of reported."""
    return json.dumps({"state": {"reported": state}}).encode()


def plane(service: BridgeService, secret: str = REST.secret_access_key) -> DataPlane:
    """A client of the data plane."""
    url = f"http://127.0.0.1:{service.rest_port}"
    return DataPlane(url, "us-east-1", REST.access_key_id, secret)


async def test_mqtt_rest_and_index_see_one_shadow(service: BridgeService, asker: ShadowAsker) -> None:
    """What one way wrote, the others read at once; a REST update is heard on MQTT."""
    await asker.ask(SHADOW, Operation.UPDATE, update(os="iOS"))
    reply = await service.desk.request(
        SHADOW, Operation.UPDATE, b'{"state":{"desired":{"color":"red"}}}', via_rest=True
    )

    assert json.loads(reply.payload)["version"] == 2
    page = service.index.search("shadow.reported.os:iOS AND shadow.hasDelta:true", 10, None)
    assert [thing["thingName"] for thing in page.things] == ["thing-1"]


async def test_health_names_the_part_that_is_down(service: BridgeService, broker: PlainBroker) -> None:
    """Broker gone, broker back, store gone."""
    assert await service.health() == {"broker": "ok", "store": "ok"}
    back = asyncio.Event()
    gone = asyncio.Event()
    service.transport.on_connection(lambda connected: (back if connected else gone).set())
    broker.stop(kill=True)
    await asyncio.wait_for(gone.wait(), 30)
    assert await service.health() == {"broker": "not connected", "store": "ok"}
    broker.start()
    await asyncio.wait_for(back.wait(), 30)
    assert (await service.health())["broker"] == "ok"
    await service.store.close()
    assert "not open" in (await service.health())["store"]


async def test_it_serves_again_after_the_broker_was_restarted(
    service: BridgeService, broker: PlainBroker
) -> None:
    """Without being asked to."""
    back = asyncio.Event()
    service.transport.on_connection(lambda connected: back.set() if connected else None)
    broker.stop(kill=True)
    broker.start()
    await asyncio.wait_for(back.wait(), 20)
    transport = PahoTransport(broker.account("late"))
    await transport.connect()
    asker = ShadowAsker(transport, "thing-1")
    await asker.start()

    published = await asker.ask(SHADOW, Operation.UPDATE, update(a=1))

    assert published["accepted"]["version"] == 1
    await transport.close()


async def test_requests_made_while_it_was_away_are_served(broker: PlainBroker, tmp_path: Path) -> None:
    """The broker keeps them, and a new service of the same client id takes them up."""
    url = f"sqlite:///{tmp_path / 's.db'}"
    first = BridgeService(broker.account("bridge"), url)
    await first.start()
    await first.stop()
    client = PahoTransport(broker.account("client"))
    await client.connect()
    asker = ShadowAsker(client, "thing-1")
    await asker.start()

    asked = asyncio.create_task(asker.ask(SHADOW, Operation.UPDATE, update(a=1)))
    await client.publish("unrelated", b"", qos=1)
    second = BridgeService(broker.account("bridge"), url)
    await second.start()

    assert (await asked)["accepted"]["version"] == 1
    await second.stop()
    await client.close()


async def test_the_index_is_filled_from_the_store(broker: PlainBroker, tmp_path: Path) -> None:
    """A restarted service knows every thing it knew."""
    url = f"sqlite:///{tmp_path / 's.db'}"
    first = BridgeService(broker.account("bridge"), url)
    await first.start()
    for number in range(30):
        await first.desk.request(ShadowId(f"t-{number}"), Operation.UPDATE, update(os="Android"))
    await first.desk.request(ShadowId("t-0"), Operation.DELETE, b"")
    await first.stop()

    second = BridgeService(broker.account("bridge"), url)
    await second.start()

    assert second.index.count("shadow.reported.os:Android") == 29
    await second.stop()


async def test_old_tombstones_are_forgotten(broker: PlainBroker, tmp_path: Path) -> None:
    """At the start, those older than 48 hours."""
    path = tmp_path / "s.db"
    store = SqliteStore(path)
    await store.open()
    await store.save(SHADOW, Item(2, None, 1_000_000), expected_version=0)
    await store.save(ShadowId("thing-2"), Item(2, None, 1_999_990), expected_version=0)
    await store.close()
    service = BridgeService(broker.account("bridge"), f"sqlite:///{path}", clock=lambda: 2_000_000.0)
    await service.start()
    async with asyncio.timeout(30):
        while await service.store.load(SHADOW) is not None:
            await service.store.ping()

    assert await service.store.load(ShadowId("thing-2")) is not None
    await service.stop()


async def test_run_until_stops_when_told(broker: PlainBroker) -> None:
    """And leaves no task and no port behind."""
    service, stop = BridgeService(broker.account("bridge"), "memory:", rest=REST), asyncio.Event()
    running = asyncio.create_task(service.run_until(stop))
    async with asyncio.timeout(20):
        while service.rest_port is None:  # noqa: ASYNC110, a start has no event but its end
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(running, 20)

    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not [name for name in names if name.startswith(("shadow-", "mqtt-"))]
    with pytest.raises(OSError, match=r"refused|Connect"):
        socket.create_connection(("127.0.0.1", service.rest_port), 1)


async def test_without_a_broker_it_gives_up_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while in which the broker may start."""
    monkeypatch.setattr("broker_bridge.service.BROKER_SECONDS", 0.3)
    service = BridgeService(Account("127.0.0.1", free_port(), "bridge"), "memory:")

    with pytest.raises(Unreachable, match=r"no broker at 127\.0\.0\.1"):
        await service.start()


async def test_a_broker_that_is_late_is_waited_for(broker: PlainBroker) -> None:
    """Both may be started at the same time."""
    broker.stop()
    service = BridgeService(broker.account("bridge"), "memory:")
    starting = asyncio.create_task(service.start())
    await asyncio.sleep(0.05)
    broker.start()

    await asyncio.wait_for(starting, 20)

    assert await service.health() == {"broker": "ok", "store": "ok"}
    await service.stop()


async def test_a_store_that_cannot_be_opened_is_said_first(tmp_path: Path) -> None:
    """Before any connection is made."""
    (tmp_path / "file").write_text("x")
    service = BridgeService(Account("127.0.0.1", 1, "bridge"), f"sqlite:///{tmp_path}/file/s.db")

    with pytest.raises(StoreUnavailable, match="cannot keep shadows"):
        await service.start()


async def test_a_port_that_is_taken_is_an_os_error(broker: PlainBroker) -> None:
    """And everything is released."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        rest = RestSettings("127.0.0.1", taken.getsockname()[1], "id", "secret")
        service = BridgeService(broker.account("bridge"), "memory:", rest=rest)

        with pytest.raises(OSError, match="in use"):
            await service.start()

    assert not service.transport.connected


async def test_settings_make_a_service(broker: PlainBroker) -> None:
    """With their limits: of one thing, two requests a second."""
    settings = BridgeSettings(
        _env_file=None, mqtt_port=broker.port, store_url="memory:", depth=1, requests_per_second=2
    )
    service = BridgeService.from_settings(settings)
    await service.start()

    deep = await service.desk.request(SHADOW, Operation.UPDATE, update(a={"b": 1}))
    fine = await service.desk.request(SHADOW, Operation.UPDATE, update(a=1))
    over = await service.desk.request(SHADOW, Operation.UPDATE, update(a=2))

    assert deep.rejected is not None
    assert deep.rejected.message.endswith("maximum is 1")
    assert fine.rejected is None
    assert over.rejected is not None
    assert over.rejected.code == 429
    await service.stop()


async def test_the_data_plane_answers_on_the_same_store(service: BridgeService, asker: ShadowAsker) -> None:
    """Signed requests read what MQTT wrote; unsigned ones are refused."""
    await asker.ask(SHADOW, Operation.UPDATE, update(os="iOS"))
    async with plane(service) as data:
        shadow = await data.get_shadow("thing-1")

    assert shadow["state"] == {"reported": {"os": "iOS"}}
    async with plane(service, "wrong") as stranger:
        with pytest.raises(DataPlaneError):
            await stranger.get_shadow("thing-1")
