"""Devices with passwords at the gate, with real clients against both brokers that Shadowroom runs."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from broker_bridge.wire.packets import Connect, encode
from tests.support.gates import ROOM, RunningGate, running_gate
from tests.support.mqtt_probe import WITHIN_S, MqttProbe
from tests.support.rooms import run_shadowroom

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """A gate in front of each broker."""
    with running_gate(tmp_path_factory.mktemp("gate"), request.param) as running:
        yield running


def allowed(name: str) -> list[str]:
    return [
        f"$aws/things/{name}/shadow/get",
        f"$aws/things/{name}/shadow/update",
        f"$aws/things/{name}/shadow/name/config/update",
        f"room/{ROOM}/presence/{name}",
        f"things/{name}/shadow/update",
        f"things/{name}/deep/er",
    ]


FORBIDDEN = [
    "$aws/things/other/shadow/update",
    "$aws/events/presence/connected/me",
    "$aws/events/presence/disconnected/other",
    "shadowroom/presence/recall",
    "things/other/shadow/update",
    f"room/{ROOM}/scene",
    f"room/{ROOM}/presence/other",
    "somewhere/else",
]


@pytest.mark.parametrize("qos", [0, 1])
def test_a_device_uses_its_own_topics_and_no_others(gate: RunningGate, qos: int) -> None:
    """Of everything that a device publishes, others hear what is on its own topics and nothing else."""
    name = f"me-{qos}"
    with MqttProbe(gate.operator) as operator, MqttProbe(gate.device(name)) as me:
        assert operator.subscribe("#", "$aws/#", qos=qos) == [True, True]
        for topic in (*FORBIDDEN, *allowed(name)):
            me.publish(topic, b"try", qos=qos)
        me.publish(f"things/{name}/fence", b"fence", qos=qos)
        operator.wait_for_message(f"things/{name}/fence", b"fence")
        heard = {topic for topic, payload in operator.messages if payload == b"try"}
        assert heard == set(allowed(name))


def test_a_device_hears_its_own_topics_and_the_room(gate: RunningGate) -> None:
    """Answers of its shadows, its own tree and the room's retained topics reach it; nothing else does."""
    mine = ["$aws/things/ears/shadow/update/delta", "things/ears/command", f"room/{ROOM}/scene"]
    foreign = ["$aws/things/other/shadow/update/delta", "things/other/command", f"room/{ROOM}/presence/other"]
    with MqttProbe(gate.operator) as operator, MqttProbe(gate.device("ears")) as me:
        for prying in ("#", "$aws/#", "things/#", "things/+/command", f"room/{ROOM}/presence/+", *foreign):
            me.subscribe(prying)
        assert all(me.subscribe("$aws/things/ears/shadow/#", "things/ears/#", f"room/{ROOM}/scene"))
        for topic in (*foreign, *mine):
            operator.publish(topic, b"told", qos=1)
        operator.publish("things/ears/fence", b"fence", qos=1)
        me.wait_for_message("things/ears/fence", b"fence")
        assert {topic for topic, payload in me.messages if payload == b"told"} == set(mine)


def test_who_cannot_prove_who_it_is_is_told_why(gate: RunningGate) -> None:
    """A wrong password, none, an unknown name and another client id are refused with the fitting code."""
    account = gate.device("honest")
    other = gate.device("honest-2")
    wrong = {
        "Bad user name or password": [
            replace(account, password="wrong"),
            replace(account, password=other.password),
            replace(account, password=None),
            replace(account, username="stranger"),
            replace(account, username=None, password=None),
        ],
        "Client identifier not valid": [
            replace(account, client_id="honest-2"),
            replace(account, client_id="bridge"),
        ],
    }
    for reason, attempts in wrong.items():
        for attempt in attempts:
            with MqttProbe(attempt) as client:
                assert client.refused == reason
    with MqttProbe(account) as client:
        assert client.refused is None


def test_a_device_that_is_removed_is_cut_off(gate: RunningGate) -> None:
    """`things remove` ends its connection at once, and it does not come in again; its will is published."""
    account = gate.device("leaver")
    will = ("things/leaver/shadow/update", b"gone")
    with MqttProbe(gate.operator) as operator, MqttProbe(account, will=will) as me:
        operator.subscribe("things/leaver/#", qos=1)
        removed = run_shadowroom("things", "remove", "leaver", "--data-dir", str(gate.data_dir))
        assert removed.returncode == 0
        operator.wait_for_message(*will)
        me.wait_for(lambda: me.refused is not None, "a refusal when it comes back")
        assert me.refused == "Bad user name or password"


def test_a_name_that_is_given_again_is_another_device(gate: RunningGate) -> None:
    """After remove and add the old password is nobody's, even if a look at the list was missed between."""
    old = gate.device("again")
    with MqttProbe(old) as me:
        run_shadowroom("things", "remove", "again", "--data-dir", str(gate.data_dir))
        new = gate.device("again")
        me.wait_for(lambda: me.refused is not None, "a refusal of the old password")
    with MqttProbe(new) as me:
        assert me.refused is None


def test_a_kept_session_gets_what_was_said_meanwhile(gate: RunningGate) -> None:
    """A device that asks for it finds QoS 1 messages that came while it was away, as on AWS."""
    account = gate.device("sleeper")
    topic = "$aws/things/sleeper/shadow/update/delta"
    with MqttProbe(account, keep_session=True) as me:
        assert me.subscribe(topic, qos=1) == [True]
    with MqttProbe(gate.operator) as operator:
        operator.publish(topic, b"meanwhile", qos=1)
    with MqttProbe(account, keep_session=True) as me:
        me.wait_for_message(topic, b"meanwhile")


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x10" + b"\xff" * 200,
        b"\x10\xff\xff\x03" + b"x" * 40_000,
        b"\xc0\x00",
        encode(Connect("a", "b", b"c"))[:-1] + b"",
        b"",
    ],
)
def test_what_is_no_connect_is_shown_the_door(gate: RunningGate, first: bytes) -> None:
    """Noise, an endless packet, another packet and half a one end the connection without a word."""
    with socket.create_connection(("127.0.0.1", gate.mqtt), WITHIN_S) as raw:
        raw.sendall(first)
        raw.shutdown(socket.SHUT_WR)
        heard = b""
        try:
            while part := raw.recv(100):
                heard += part
        except ConnectionResetError:
            pass
        assert heard == b""


def test_a_connect_in_pieces_is_a_connect(gate: RunningGate) -> None:
    """The first packet may come byte by byte, with the next one right behind it."""
    account = gate.device("slow")
    packet = encode(Connect("slow", "slow", (account.password or "").encode()))
    with socket.create_connection(("127.0.0.1", gate.mqtt), WITHIN_S) as raw:
        for index in range(len(packet)):
            raw.sendall(packet[index : index + 1])
        raw.sendall(b"\xc0\x00")
        heard = b""
        while len(heard) < 6:
            heard += raw.recv(100)
        assert heard == b"\x20\x02\x00\x00\xd0\x00"


def test_an_older_protocol_is_told_so(gate: RunningGate) -> None:
    """MQTT 3.1 gets CONNACK 1: the broker's word for a protocol that is not spoken."""
    with socket.create_connection(("127.0.0.1", gate.mqtt), WITHIN_S) as raw:
        raw.sendall(bytes.fromhex("100f 0006 4d5149736470 03 02 003c 0001 61"))
        assert raw.recv(100) == b"\x20\x02\x00\x01"


def test_a_large_message_goes_through_whole(gate: RunningGate) -> None:
    """128 KiB, AWS's limit, goes up and comes down as it was."""
    payload = bytes(range(256)) * 512
    with MqttProbe(gate.device("large")) as me:
        me.subscribe("things/large/#", qos=1)
        me.publish("things/large/message", payload, qos=1)
        me.wait_for_message("things/large/message", payload)
