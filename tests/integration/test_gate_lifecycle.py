"""Lifecycle events of devices at the gate: what they say, and in which order."""

import asyncio
import contextlib
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import httpx
import pytest
import websockets.sync.client
from botocore.exceptions import BotoCoreError

from broker_bridge.wire.packets import Connack, Connect, Disconnect, Publish, encode
from shadowroom.ports import free_port
from tests.support.dashboard_room import dashboard_room, tunnel_phone
from tests.support.gates import RunningGate, account_of, lifecycle_events, running_gate
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import PLAIN, RunningRoom, add_thing, run_shadowroom, running_room, wait_until

pytestmark = pytest.mark.broker

FIELDS = {"clientId", "timestamp", "eventType", "sessionIdentifier", "principalIdentifier", "versionNumber"}


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """A gate in front of each broker."""
    with running_gate(tmp_path_factory.mktemp("gate"), request.param) as running:
        yield running


@pytest.fixture
def operator(gate: RunningGate) -> Iterator[MqttProbe]:
    """Hears every lifecycle event."""
    with MqttProbe(gate.operator) as probe:
        probe.subscribe("$aws/events/presence/+/+", qos=1)
        yield probe


def test_a_visit_is_told_with_awss_fields(gate: RunningGate, operator: MqttProbe) -> None:
    """connected, then disconnected, with one version number and session; the fields are AWS's."""
    before = int(time.time() * 1000)
    with MqttProbe(gate.device("visitor")):
        pass
    operator.wait_for(lambda: len(lifecycle_events(operator, "visitor")) == 2, "two events")
    came, went = lifecycle_events(operator, "visitor")
    assert set(came) - {"topic"} == FIELDS | {"ipAddress"}
    assert set(went) - {"topic"} == FIELDS | {"clientInitiatedDisconnect", "disconnectReason"}
    for event, kind in ((came, "connected"), (went, "disconnected")):
        assert (event["topic"], event["eventType"]) == (kind, kind)
        assert (event["clientId"], event["principalIdentifier"]) == ("visitor", "visitor")
        assert before <= event["timestamp"] <= int(time.time() * 1000)
    assert came["ipAddress"] == "127.0.0.1"
    assert came["versionNumber"] == went["versionNumber"]
    assert came["sessionIdentifier"] == went["sessionIdentifier"]
    assert uuid.UUID(came["sessionIdentifier"])
    assert went["clientInitiatedDisconnect"] is True
    assert went["disconnectReason"] == "CLIENT_INITIATED_DISCONNECT"


def test_a_device_that_vanishes_is_told_of_as_lost(gate: RunningGate, operator: MqttProbe) -> None:
    """Without DISCONNECT the reason is CONNECTION_LOST, and the next visit has a larger version number."""
    account = gate.device("phoenix")
    MqttProbe(account).vanish()
    operator.wait_for(lambda: len(lifecycle_events(operator, "phoenix")) == 2, "two events")
    with MqttProbe(account):
        operator.wait_for(lambda: len(lifecycle_events(operator, "phoenix")) == 3, "a third one")
    events = lifecycle_events(operator, "phoenix")
    assert events[1]["disconnectReason"] == "CONNECTION_LOST"
    assert events[1]["clientInitiatedDisconnect"] is False
    assert events[2]["versionNumber"] > events[1]["versionNumber"]


def test_a_second_connection_takes_the_first_ones_place(gate: RunningGate, operator: MqttProbe) -> None:
    """The older one ends as DUPLICATE_CLIENTID, under its own, smaller version number."""
    account = gate.device("twin")
    first = MqttProbe(account)
    first._client.on_disconnect = lambda *_: first._client.disconnect()
    with MqttProbe(account):
        operator.wait_for(lambda: len(lifecycle_events(operator, "twin")) >= 3, "three events")
        lost = [event for event in lifecycle_events(operator, "twin") if event["topic"] == "disconnected"]
        newest = max(event["versionNumber"] for event in lifecycle_events(operator, "twin"))
        assert [event["disconnectReason"] for event in lost] == ["DUPLICATE_CLIENTID"]
        assert lost[0]["versionNumber"] < newest
    first._client.loop_stop()


def test_a_device_that_falls_silent_is_told_of(gate: RunningGate, operator: MqttProbe) -> None:
    """A device that misses its keep-alive is MQTT_KEEP_ALIVE_TIMEOUT."""
    account = gate.device("silent")
    with MqttProbe(account) as silent:
        silent._client.loop_stop()
        silent._client.disconnect()
        operator.wait_for(lambda: len(lifecycle_events(operator, "silent")) == 2, "its goodbye")
    with socket.create_connection(("127.0.0.1", gate.mqtt)) as raw:
        raw.sendall(encode(Connect("silent", "silent", (account.password or "").encode(), keepalive=2)))
        operator.wait_for(lambda: len(lifecycle_events(operator, "silent")) == 4, "its end")
    assert lifecycle_events(operator, "silent")[3]["disconnectReason"] == "MQTT_KEEP_ALIVE_TIMEOUT"


def test_a_removed_device_is_told_of(gate: RunningGate, operator: MqttProbe) -> None:
    """Its credential was taken away: AUTH_ERROR."""
    with MqttProbe(gate.device("ousted")):
        operator.wait_for(lambda: len(lifecycle_events(operator, "ousted")) == 1, "it connected")
        run_shadowroom("things", "remove", "ousted", "--data-dir", str(gate.data_dir))
        operator.wait_for(lambda: len(lifecycle_events(operator, "ousted")) == 2, "it was cut")
    assert lifecycle_events(operator, "ousted")[1]["disconnectReason"] == "AUTH_ERROR"


def test_who_is_refused_is_not_told_of(gate: RunningGate, operator: MqttProbe) -> None:
    """A wrong password makes no event."""
    account = gate.device("refused")
    with MqttProbe(replace(account, password="wrong")) as client:
        assert client.refused
    with MqttProbe(gate.device("fence")):
        operator.wait_for(lambda: len(lifecycle_events(operator, "fence")) == 1, "a later event")
    assert lifecycle_events(operator, "refused") == []


def test_whoever_asks_is_told_again_of_those_who_are_there(gate: RunningGate, operator: MqttProbe) -> None:
    """A service that starts late asks, and hears the same events of all open connections."""
    with MqttProbe(gate.device("steady")):
        operator.wait_for(lambda: len(lifecycle_events(operator, "steady")) == 1, "it connected")
        operator.publish("shadowroom/presence/recall", b"", qos=1)
        operator.wait_for(lambda: len(lifecycle_events(operator, "steady")) == 2, "it is told again")
    first, second = lifecycle_events(operator, "steady")[:2]
    assert first == second


@contextlib.contextmanager
def joined_phone(room: RunningRoom) -> Iterator[str]:
    """A phone in the room, connected through the tunnel; its name."""
    joined = httpx.post(f"{room.url}/api/rooms/{room.room}/join", json={"os": "iOS"}, **PLAIN).json()
    name = joined["thing_name"]
    report = Publish(f"$aws/things/{name}/shadow/update", b'{"state":{"reported":{"os":"iOS"}}}')
    with websockets.sync.client.connect(
        f"{room.url.replace('http', 'ws', 1)}/mqtt", subprotocols=[websockets.Subprotocol("mqtt")]
    ) as tunnel:
        tunnel.send(encode(Connect(name, name, joined["mqtt"]["password"].encode())) + encode(report))
        assert tunnel.recv(timeout=30) == encode(Connack(0))
        yield name


@pytest.mark.timeout(180)
@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_the_fleet_index_knows_who_is_connected(tmp_path: Path, broker: str) -> None:
    """SearchIndex finds a device by its connection, also after bridge, broker or dashboard were killed."""
    with running_room(tmp_path, broker, mqtt_listen=free_port()) as room:
        aws = room.session["aws"]
        index = boto3.client(
            "iot",
            endpoint_url=aws["endpoint_url"],
            region_name=aws["region"],
            aws_access_key_id=aws["access_key_id"],
            aws_secret_access_key=aws["secret_access_key"],
        )

        def found(connected: bool, thing: str = "lamp") -> bool:
            query = f"thingName:{thing} AND connectivity.connected:{str(connected).lower()}"
            with contextlib.suppress(BotoCoreError):
                return bool(index.search_index(queryString=query)["things"])
            return False

        with MqttProbe(account_of(add_thing(room.data_dir, "lamp"))) as lamp:
            lamp.subscribe("$aws/things/lamp/shadow/update/accepted")
            lamp.publish("$aws/things/lamp/shadow/update", b'{"state":{"reported":{"on":true}}}', qos=1)
            wait_until(lambda: found(True), "the index knows that it is connected")
            with joined_phone(room) as phone:
                wait_until(lambda: found(True, phone), "the index knows that the phone is connected")
                killed = room.part_pid("dashboard")
                assert killed is not None
                os.kill(killed, signal.SIGKILL)
                wait_until(lambda: found(False, phone), "the index knows that the phone is gone")
            assert found(True), "the lamp stays connected"
            for part in ("bridge", "broker"):
                killed = room.part_pid(part)
                assert killed is not None
                os.kill(killed, signal.SIGKILL)
                wait_until(lambda killed=killed, part=part: room.part_pid(part) not in (None, killed), part)
                wait_until(lambda: found(True), f"the index knows after the {part} was killed")
        wait_until(lambda: found(False), "the index knows that it is gone")
        index.close()


async def test_phones_behind_the_tunnel_are_told_of_too(tmp_path: Path) -> None:
    """A phone that comes, vanishes, comes again and says goodbye: four events, in order, with the reasons."""
    async with dashboard_room(tmp_path) as room:
        joined = await room.join()
        name = joined["thing_name"]
        with await asyncio.to_thread(MqttProbe, room.broker.account("listener")) as operator:
            await asyncio.to_thread(operator.subscribe, "$aws/events/presence/+/+", qos=1)
            async with tunnel_phone(room, joined) as phone:
                await phone.arrive(session=1)
                phone.socket.transport.abort()
            await asyncio.to_thread(
                operator.wait_for, lambda: len(lifecycle_events(operator, name)) == 2, "it vanished"
            )
            async with tunnel_phone(room, joined) as phone:
                await phone.arrive(session=2)
                await phone.send(Disconnect())
                await phone.socket.wait_closed()
            await asyncio.to_thread(
                operator.wait_for, lambda: len(lifecycle_events(operator, name)) == 4, "it said goodbye"
            )
            events = lifecycle_events(operator, name)
    assert [event["topic"] for event in events] == ["connected", "disconnected"] * 2
    assert [event.get("disconnectReason") for event in events] == [
        *(None, "CONNECTION_LOST"),
        *(None, "CLIENT_INITIATED_DISCONNECT"),
    ]
    versions = [event["versionNumber"] for event in events]
    assert versions[0] == versions[1] < versions[2] == versions[3]
    assert events[0]["ipAddress"] == "127.0.0.1"
