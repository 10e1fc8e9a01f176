"""A broker with a gate in front of it, and devices that come in through it, as real clients."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from broker_bridge.transport.port import Account
from shadowroom.brokers.port import Broker, Role
from shadowroom.ports import free_port
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import add_thing, running_broker

ROOM = "DEMO"


@dataclass(frozen=True)
class RunningGate:
    """A broker alone, with both listeners of the gate on 127.0.0.1."""

    broker: Broker
    data_dir: Path
    mqtt: int
    mqtts: int

    @property
    def operator(self) -> Account:
        """Hears everything."""
        return self.broker.account(Role.OPERATOR)

    def device(self, name: str) -> Account:
        """A new thing and how it connects by password."""
        return account_of(add_thing(self.data_dir, name))


@contextlib.contextmanager
def running_gate(data_dir: Path, kind: str) -> Iterator[RunningGate]:
    """`shadowroom broker` of this kind with `--mqtt-listen` and `--mqtts-listen`."""
    mqtt = free_port()
    mqtts = free_port(other_than=[mqtt])
    with running_broker(data_dir, kind, mqtt_listen=mqtt, mqtts_listen=mqtts) as broker:
        yield RunningGate(broker, data_dir, mqtt, mqtts)


def account_of(given: dict[str, Any]) -> Account:
    """What `things add` printed, for a client."""
    return Account(given["host"], given["port"], given["client_id"], given["username"], given["password"])


def tls_client(
    given: dict[str, Any], client_id: str | None = None, version: int = paho.MQTTv311
) -> paho.Client:
    """A paho client with a thing's certificate, not connected; `username` as AWS's SDKs send theirs."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id or given["client_id"], protocol=version)
    client.username_pw_set("?SDK=Test&Version=1")
    client.tls_set(
        given["ca"], given["certificate"], given["private_key"], tls_version=ssl.PROTOCOL_TLS_CLIENT
    )
    return client


def lifecycle_events(operator: MqttProbe, client_id: str) -> list[dict[str, Any]]:
    """The lifecycle events of one client that the operator heard so far, with the topic's kind as `topic`."""
    prefix = "$aws/events/presence/"
    return [
        {**orjson.loads(payload), "topic": topic.removeprefix(prefix).removesuffix(f"/{client_id}")}
        for topic, payload in operator.messages
        if topic.startswith(prefix) and topic.endswith(f"/{client_id}")
    ]
