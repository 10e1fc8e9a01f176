"""The data plane on real brokers and a real file: MQTT 5, retained messages, registrations."""

import asyncio
import base64
import queue
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import boto3
import orjson
import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from broker_bridge.rest.directory import Devices, nobody
from broker_bridge.service import BridgeService
from broker_bridge.settings import RestSettings
from tests.support.data_plane import in_thread
from tests.support.plain_brokers import PlainBroker, plain_broker

pytestmark = pytest.mark.broker

REST = RestSettings("127.0.0.1", 0, "AKIDEXAMPLE", "a-secret-for-tests")
WAIT_SECONDS = 15.0
"""For what takes milliseconds."""
SAID = {
    "contentType": "text/plain",
    "responseTopic": "room/answers",
    "correlationData": base64.b64encode(b"\x00\x01").decode(),
    "payloadFormatIndicator": "UTF8_DATA",
    "messageExpiry": 600,
    "userProperties": orjson.dumps([{"seat": "12"}, {"seat": "13", "row": "é"}]).decode(),
}


@pytest.fixture(scope="module", params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainBroker]:
    """One broker of each kind."""
    with plain_broker(request.param, tmp_path_factory.mktemp("broker")) as started:
        yield started


@asynccontextmanager
async def service(broker: PlainBroker, folder: Path, devices: Devices = nobody) -> AsyncIterator[Any]:
    """A shadow service on a file; gives boto3's client of a service name."""
    bridge = BridgeService(
        broker.account("bridge"), f"sqlite:///{folder / 'shadows.db'}", rest=REST, devices=devices
    )
    await bridge.start()
    clients = []

    def client(name: str) -> Any:
        made = boto3.client(
            name,
            endpoint_url=f"http://127.0.0.1:{bridge.rest_port}",
            region_name="eu-central-1",
            aws_access_key_id=REST.access_key_id,
            aws_secret_access_key=REST.secret_access_key,
        )
        clients.append(made)
        return made

    try:
        yield client
    finally:
        for made in clients:
            made.close()
        await bridge.stop()


@contextmanager
def subscriber(broker: PlainBroker, topic: str, level: int) -> Iterator["queue.Queue[paho.MQTTMessage]"]:
    """A client of this protocol level that hears a topic."""
    heard: queue.Queue[paho.MQTTMessage] = queue.Queue()
    ready: queue.Queue[bool] = queue.Queue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"listener-{level}", protocol=level)
    client.on_connect = lambda *_: client.subscribe(topic, qos=1)
    client.on_subscribe = lambda *_: ready.put(True)
    client.on_message = lambda _client, _data, message: heard.put(message)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        ready.get(timeout=WAIT_SECONDS)
        yield heard
    finally:
        client.disconnect()
        client.loop_stop()


async def test_publish_carries_the_properties_of_mqtt_5(broker: PlainBroker, tmp_path: Path) -> None:
    """A subscriber of MQTT 5 gets every one of them; on a broker of 3.1.1 the message comes without."""
    speaks_5 = broker.kind == "mosquitto"
    level = paho.MQTTv5 if speaks_5 else paho.MQTTv311
    async with service(broker, tmp_path) as client:
        data = client("iot-data")
        with subscriber(broker, "room/say", level) as heard:
            for qos in (0, 1):
                await in_thread(data.publish, topic="room/say", qos=qos, payload=b"hello", **SAID)
                message = await asyncio.to_thread(heard.get, timeout=WAIT_SECONDS)
                assert (message.payload, message.qos) == (b"hello", qos)
                if speaks_5:
                    properties: Any = message.properties
                    assert properties.ContentType == "text/plain"
                    assert properties.ResponseTopic == "room/answers"
                    assert properties.CorrelationData == b"\x00\x01"
                    assert properties.PayloadFormatIndicator == 1
                    assert 0 < properties.MessageExpiryInterval <= 600
                    assert properties.UserProperty == [("seat", "12"), ("seat", "13"), ("row", "é")]
            await in_thread(data.publish, topic="room/say", qos=1, payload=b"plain")
            message = await asyncio.to_thread(heard.get, timeout=WAIT_SECONDS)
            assert message.payload == b"plain"
            if speaks_5:
                assert message.properties is not None
                assert message.properties.isEmpty()


async def test_a_retained_message_keeps_its_time(broker: PlainBroker, tmp_path: Path) -> None:
    """The time of a payload is the same over a restart of the service, and later for the next payload."""
    with subscriber(broker, "marker", paho.MQTTv311):
        async with service(broker, tmp_path) as client:
            data = client("iot-data")
            await in_thread(data.publish, topic="kept/1", qos=1, retain=True, payload=b"1")
            first = (await in_thread(data.get_retained_message, topic="kept/1"))["lastModifiedTime"]
        async with service(broker, tmp_path) as client:
            data = client("iot-data")
            listed = await in_thread(data.list_retained_messages)
            times = {one["topic"]: one["lastModifiedTime"] for one in listed["retainedTopics"]}
            assert times["kept/1"] == first
            for payload in (b"2", b"2"):
                await in_thread(data.publish, topic="kept/1", qos=1, retain=True, payload=payload)
                later = (await in_thread(data.get_retained_message, topic="kept/1"))["lastModifiedTime"]
                assert later > first
                first = later


async def test_registered_things_outlive_the_service(broker: PlainBroker, tmp_path: Path) -> None:
    """Registrations, and devices that were let in, are described, listed and found after a restart."""
    let_in = {"lamp"}
    async with service(broker, tmp_path, lambda: let_in) as client:
        iot = client("iot")
        attributes = {"attributes": {"seat": "12"}}
        await in_thread(iot.create_thing, thingName="chair", attributePayload=attributes)
        await in_thread(iot.create_thing, thingName="table")
        await in_thread(iot.delete_thing, thingName="table")
    async with service(broker, tmp_path, lambda: let_in) as client:
        iot = client("iot")
        assert (await in_thread(iot.describe_thing, thingName="chair"))["attributes"] == {"seat": "12"}
        assert (await in_thread(iot.describe_thing, thingName="lamp"))["attributes"] == {}
        found = await in_thread(iot.search_index, queryString="attributes.seat:12")
        assert [thing["thingName"] for thing in found["things"]] == ["chair"]
        let_in.symmetric_difference_update({"lamp", "bell"})
        async with asyncio.timeout(WAIT_SECONDS):
            while await names(iot) != ["bell", "chair"]:  # noqa: ASYNC110 - another program's state
                await asyncio.sleep(0.05)
        await in_thread(iot.delete_thing, thingName="bell")
        assert await names(iot) == ["bell", "chair"]
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            await in_thread(iot.describe_thing, thingName="lamp")


async def names(iot: Any) -> list[str]:
    """The names of all things, by ListThings and by SearchIndex."""
    listed = [thing["thingName"] for thing in (await in_thread(iot.list_things))["things"]]
    found = [thing["thingName"] for thing in (await in_thread(iot.search_index, queryString="*"))["things"]]
    return listed if listed == found else [*listed, "is not", *found]
