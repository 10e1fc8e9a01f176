"""Devices with certificates at the gate: paho, AWS's own client, MQTT 5, and who must stay out."""

import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker_bridge.wire.packets import Connect, encode
from shadowroom.ports import free_port
from tests.support.gates import RunningGate, running_gate, tls_client
from tests.support.mqtt_probe import WITHIN_S, MqttProbe
from tests.support.rooms import add_thing, run_shadowroom, running_broker, wait_until

pytestmark = pytest.mark.broker

AWSCRT_CLIENT = """
import os, sys, threading
from awscrt import mqtt, mqtt5
from awsiot import mqtt_connection_builder, mqtt5_client_builder
version, port, ca, cert, key, name = sys.argv[1:]
files = {"cert_filepath": cert, "pri_key_filepath": key}
heard = threading.Event()
topic = f"things/{name}/echo"
if version == "3":
    connection = mqtt_connection_builder.mtls_from_path(
        endpoint="127.0.0.1", port=int(port), ca_filepath=ca, client_id=name, **files
    )
    connection.connect().result(10)
    connection.subscribe(topic, mqtt.QoS.AT_LEAST_ONCE, lambda **_: heard.set())[0].result(10)
    connection.publish(topic, "hello", mqtt.QoS.AT_LEAST_ONCE)[0].result(10)
    assert heard.wait(10)
    connection.disconnect().result(10)
else:
    up, down = threading.Event(), threading.Event()
    client = mqtt5_client_builder.mtls_from_path(
        endpoint="127.0.0.1", port=int(port), ca_filepath=ca, client_id=name,
        on_publish_received=lambda _: heard.set(),
        on_lifecycle_connection_success=lambda _: up.set(),
        on_lifecycle_connection_failure=lambda failed: (print(failed, flush=True), os._exit(1)),
        on_lifecycle_stopped=lambda _: down.set(), **files
    )
    client.start()
    assert up.wait(10)
    qos = mqtt5.QoS.AT_LEAST_ONCE
    client.subscribe(mqtt5.SubscribePacket([mqtt5.Subscription(topic, qos)])).result(10)
    client.publish(mqtt5.PublishPacket(topic=topic, payload=b"hello", qos=qos)).result(10)
    assert heard.wait(10)
    client.stop()
    assert down.wait(10)
print("done", flush=True)
"""


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """A gate in front of each broker."""
    with running_gate(tmp_path_factory.mktemp("gate"), request.param) as running:
        yield running


class Answer:
    """What a paho client is answered, in the words of MQTT."""

    def __init__(self, client: paho.Client, port: int, properties: Properties | None = None) -> None:
        self.code: Any = None
        self.messages: list[tuple[bytes, Any]] = []
        client.on_connect = lambda _client, _data, _flags, code, _properties: setattr(self, "code", code)
        client.on_message = lambda _client, _data, message: self.messages.append(
            (message.payload, getattr(message, "properties", None))
        )
        client.connect("127.0.0.1", port, **({} if properties is None else {"properties": properties}))
        client.loop_start()
        wait_until(lambda: self.code is not None, "an answer to CONNECT", within_s=WITHIN_S)


@pytest.fixture
def clients() -> Iterator[list[paho.Client]]:
    """Clients that are ended after the test."""
    made: list[paho.Client] = []
    yield made
    for client in made:
        client.disconnect()
        client.loop_stop()


def test_the_files_are_private_and_lead_back_to_the_authority(gate: RunningGate, tmp_path: Path) -> None:
    """ca.pem, the certificate and the key are 0600, and openssl finds the chain good."""
    given = add_thing(gate.data_dir, "filed", tmp_path / "certs")
    paths = [Path(given[name]) for name in ("ca", "certificate", "private_key")]
    assert [path.name for path in paths] == ["ca.pem", "filed.certificate.pem", "filed.private.key"]
    kept = [path for path in (gate.data_dir / "secrets").rglob("*") if path.is_file()]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in [*paths, *kept])
    checked = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", paths[0], paths[1]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr


def test_a_device_comes_in_with_its_certificate(
    gate: RunningGate, tmp_path: Path, clients: list[paho.Client]
) -> None:
    """No password is asked for, and its topics are as with one."""
    given = add_thing(gate.data_dir, "certified", tmp_path)
    assert given["tls_port"] == gate.mqtts
    client = tls_client(given)
    clients.append(client)
    assert Answer(client, gate.mqtts).code == 0
    with MqttProbe(gate.operator) as operator:
        operator.subscribe("$aws/#", "things/#")
        client.publish("$aws/things/other/shadow/update", b"x", 1)
        client.publish("things/certified/x", b"y", 1)
        operator.wait_for_message("things/certified/x", b"y")
        assert not [topic for topic, _ in operator.messages if "other" in topic]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_gate_names_this_machine(gate: RunningGate, tmp_path: Path, name: str) -> None:
    """Its certificate is good for the names under which this machine is called, TLS 1.2 and up."""
    given = add_thing(gate.data_dir, f"by-{name.replace('.', '-')}", tmp_path)
    context = ssl.create_default_context(cafile=given["ca"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.load_cert_chain(given["certificate"], given["private_key"])
    with (
        socket.create_connection(("127.0.0.1", gate.mqtts), WITHIN_S) as raw,
        context.wrap_socket(raw, server_hostname=name) as wrapped,
    ):
        assert wrapped.version() in ("TLSv1.2", "TLSv1.3")


def test_another_client_id_is_refused(gate: RunningGate, tmp_path: Path, clients: list[paho.Client]) -> None:
    """The client id must be the thing's name, as the usual policy on AWS has it."""
    given = add_thing(gate.data_dir, "strict", tmp_path)
    client = tls_client(given, client_id="basicPubSub")
    clients.append(client)
    assert str(Answer(client, gate.mqtts).code) == "Client identifier not valid"


def test_a_removed_devices_certificate_opens_nothing(
    gate: RunningGate, tmp_path: Path, clients: list[paho.Client]
) -> None:
    """Its connection is cut, it is refused, and so it stays when the name is given to another device."""
    given = add_thing(gate.data_dir, "former", tmp_path / "old")
    client = tls_client(given)
    clients.append(client)
    answer = Answer(client, gate.mqtts)
    assert answer.code == 0
    answer.code = None
    assert run_shadowroom("things", "remove", "former", "--data-dir", str(gate.data_dir)).returncode == 0
    wait_until(lambda: answer.code is not None, "an answer when it comes back", within_s=WITHIN_S)
    assert str(answer.code) == "Not authorized"
    successor = tls_client(add_thing(gate.data_dir, "former", tmp_path / "new"))
    clients.append(successor)
    assert Answer(successor, gate.mqtts).code == 0
    again = tls_client(given)
    clients.append(again)
    assert str(Answer(again, gate.mqtts).code) == "Not authorized"


def test_without_a_certificate_of_ours_nobody_comes_in(gate: RunningGate, tmp_path: Path) -> None:
    """None, and one of another authority with the right name, fail in TLS; the log stays quiet."""
    given = add_thing(gate.data_dir, "real", tmp_path)
    forged, key = tmp_path / "forged.pem", tmp_path / "forged.key"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    subprocess.run(
        ["openssl", "req", "-x509", *curve, "-subj", "/CN=real", "-keyout", key, "-out", forged],
        check=True,
        capture_output=True,
    )
    for certificate, private_key in ((None, None), (forged, key)):
        context = ssl.create_default_context(cafile=given["ca"])
        if certificate is not None:
            context.load_cert_chain(certificate, private_key)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            _is_answered(context, gate.mqtts)
    output = gate.data_dir.with_name(f"{gate.data_dir.name}-output.txt").read_text()
    assert "Traceback" not in output
    assert '"error"' not in output


def _is_answered(context: ssl.SSLContext, port: int) -> None:
    """Raise unless the gate lets this side speak; in TLS 1.3 a client hears of a refusal when it reads."""
    with (
        socket.create_connection(("127.0.0.1", port), WITHIN_S) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as wrapped,
    ):
        wrapped.sendall(encode(Connect("real", "real", b"")))
        if not wrapped.recv(100):
            raise ConnectionError("closed without an answer")


@pytest.mark.parametrize("version", ["3", "5"])
def test_awss_own_client_comes_in(gate: RunningGate, tmp_path: Path, version: str) -> None:
    """`mtls_from_path` works as on AWS; MQTT 5 where the broker has it."""
    spoken = version == "3" or gate.broker.kind == "mosquitto"
    name = f"crt-{version}"
    given = add_thing(gate.data_dir, name, tmp_path)
    files = (given["ca"], given["certificate"], given["private_key"])
    ran = subprocess.run(
        [sys.executable, "-c", AWSCRT_CLIENT, version, str(gate.mqtts), *files, name],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("done" if spoken else "UNSUPPORTED_PROTOCOL_VERSION") in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.parametrize("tls", [False, True])
def test_mqtt_5_with_its_properties(
    gate: RunningGate, tmp_path: Path, clients: list[paho.Client], tls: bool
) -> None:
    """On Mosquitto properties of CONNECT, will and messages arrive; on NATS the answer is 0x84."""
    name = f"five-{tls}"
    given = add_thing(gate.data_dir, name, tmp_path if tls else None)
    if tls:
        client = tls_client(given, version=paho.MQTTv5)
    else:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5)
        client.username_pw_set(given["username"], given["password"])
    clients.append(client)
    will = Properties(PacketTypes.WILLMESSAGE)
    will.UserProperty = ("why", "lost")
    client.will_set(f"things/{name}/will", b"gone", qos=1, properties=will)
    connect = Properties(PacketTypes.CONNECT)
    connect.SessionExpiryInterval = 60
    connect.UserProperty = ("a", "b")
    connect.ReceiveMaximum = 10
    answer = Answer(client, gate.mqtts if tls else gate.mqtt, connect)
    if gate.broker.kind == "embedded":
        assert answer.code.value == 0x84
        return
    assert answer.code == 0
    client.subscribe(f"things/{name}/#", qos=1)
    said = Properties(PacketTypes.PUBLISH)
    said.UserProperty = ("colour", "blue")
    client.publish(f"things/{name}/x", b"hello", 1, properties=said)
    wait_until(lambda: bool(answer.messages), "its own message", within_s=WITHIN_S)
    payload, properties = answer.messages[0]
    assert (payload, properties.UserProperty) == (b"hello", [("colour", "blue")])
    with MqttProbe(gate.operator) as operator:
        operator.subscribe(f"things/{name}/will")
        client.loop_stop()
        sock = client.socket()
        assert sock is not None
        sock.close()
        operator.wait_for_message(f"things/{name}/will", b"gone")


@pytest.mark.parametrize("kind", ["embedded", "mosquitto"])
def test_certificates_live_as_long_as_the_data_directory(
    tmp_path: Path, clients: list[paho.Client], kind: str
) -> None:
    """One made while no room runs is good in the next one, and in the one after that."""
    data_dir, port = tmp_path / "room", free_port()
    made = run_shadowroom(
        *("things", "add", "early", "--certs", str(tmp_path / "certs"), "--data-dir", str(data_dir))
    )
    assert made.returncode == 0, made.stderr
    assert "No room runs on this data directory now" in made.stderr
    certs = tmp_path / "certs"
    given = {
        "client_id": "early",
        "ca": str(certs / "ca.pem"),
        "certificate": str(certs / "early.certificate.pem"),
        "private_key": str(certs / "early.private.key"),
    }
    for _ in range(2):
        with running_broker(data_dir, kind, mqtts_listen=port):
            client = tls_client(given)
            assert Answer(client, port).code == 0
            client.disconnect()
            client.loop_stop()
