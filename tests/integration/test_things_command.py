"""`shadowroom things` and `shadowroom keys` as a person runs them: words, files, and what works when."""

import re
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import boto3
import orjson
import pytest
from botocore.exceptions import ClientError

from shadowroom.brokers.port import Role
from shadowroom.ports import free_port
from tests.support.gates import RunningGate, account_of, running_gate
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import (
    RunningRoom,
    add_thing,
    run_shadowroom,
    running_broker,
    running_room,
)

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

BROKERS = ["embedded", "mosquitto"]


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """A gate to add things to."""
    with running_gate(tmp_path_factory.mktemp("gate"), "embedded") as running:
        yield running


def things(data_dir: Path, *words: str) -> str:
    """`shadowroom things …` that succeeds; what it prints."""
    done = run_shadowroom("things", *words, "--data-dir", str(data_dir))
    assert done.returncode == 0, done.stderr
    return done.stdout


def complaint(data_dir: Path, *words: str) -> str:
    """`shadowroom …` that is refused; its one sentence, on standard error."""
    done = run_shadowroom(*words, "--data-dir", str(data_dir))
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def test_what_is_printed_is_what_a_person_types(gate: RunningGate) -> None:
    """Host, port, client id, user name and password, a line each; the password works and is not kept."""
    printed = things(gate.data_dir, "add", "desk-lamp")
    facts = dict(re.findall(r"^([^:]+): +(.+)$", printed, re.MULTILINE))
    assert (facts["MQTT host"], facts["MQTT port"]) == ("127.0.0.1", str(gate.mqtt))
    assert (facts["client id"], facts["user name"]) == ("desk-lamp", "desk-lamp")
    account = account_of(
        {
            "host": facts["MQTT host"],
            "port": int(facts["MQTT port"]),
            "client_id": facts["client id"],
            "username": facts["user name"],
            "password": facts["password"],
        }
    )
    with MqttProbe(account) as client:
        assert client.refused is None
    files = [path for path in gate.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in files if facts["password"].encode() in path.read_bytes()]
    assert stat.S_IMODE((gate.data_dir / "secrets" / "things.json").stat().st_mode) == 0o600


def test_the_list_shows_who_may_come_in(gate: RunningGate, tmp_path: Path) -> None:
    """Names in order, with the certificate's id where there is one; after remove it is shorter."""
    things(gate.data_dir, "add", "b-thing")
    things(gate.data_dir, "add", "a-thing", "--certs", str(tmp_path))
    listed = orjson.loads(things(gate.data_dir, "list", "--json"))
    shown = {thing["name"]: thing["certificate_id"] for thing in listed}
    assert list(shown) == sorted(shown)
    assert shown["b-thing"] is None
    assert shown["a-thing"] in things(gate.data_dir, "list")
    things(gate.data_dir, "remove", "a-thing")
    assert "a-thing" not in things(gate.data_dir, "list")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a+", "#", "ü", "x" * 129, "$aws", "a.b"])
def test_a_name_that_aws_would_not_take_is_refused(gate: RunningGate, name: str) -> None:
    """AWS's alphabet and length, said in one sentence."""
    assert "is not a thing's name" in complaint(gate.data_dir, "things", "add", name)


@pytest.mark.parametrize("name", ["x" * 128, "A:b_c-9"])
def test_every_name_that_aws_takes_is_taken(gate: RunningGate, tmp_path: Path, name: str) -> None:
    """With a certificate too, longer than an X.509 name and with a colon."""
    given = add_thing(gate.data_dir, name, tmp_path)
    with MqttProbe(account_of(given)) as client:
        assert client.refused is None
        client.subscribe(f"things/{name}/#")
        client.publish(f"things/{name}/x", b"y", qos=1)
        client.wait_for_message(f"things/{name}/x", b"y")


@pytest.mark.parametrize("name", ["bridge", "dashboard", "operator", "gate", "bridge-requests-1"])
def test_a_name_of_the_rooms_own_is_refused(gate: RunningGate, name: str) -> None:
    """A device of that name would take the place of one of the room's own clients."""
    assert "is a client of the room itself" in complaint(gate.data_dir, "things", "add", name)


def test_mistakes_are_one_sentence_each(gate: RunningGate, tmp_path: Path) -> None:
    """Duplicate, unknown, a file where a directory is wanted."""
    things(gate.data_dir, "add", "once")
    assert "is on the list already" in complaint(gate.data_dir, "things", "add", "once")
    assert "There is no thing 'nobody'" in complaint(gate.data_dir, "things", "remove", "nobody")
    (tmp_path / "file").write_text("")
    words = ("things", "add", "filed", "--certs", str(tmp_path / "file"))
    assert "is not a directory" in complaint(gate.data_dir, *words)
    assert "filed" not in things(gate.data_dir, "list")


def test_a_room_without_a_gate_says_how_to_open_one(tmp_path: Path) -> None:
    """`things add` names the option that is missing, and adds nothing."""
    with running_broker(tmp_path / "room", "embedded"):
        said = complaint(tmp_path / "room", "things", "add", "early")
        assert "`shadowroom up --mqtt-listen 0.0.0.0:1883`" in said
        assert orjson.loads(things(tmp_path / "room", "list", "--json")) == []


def test_each_listener_takes_its_own_kind(tmp_path: Path) -> None:
    """Passwords without --mqtt-listen and certificates without --mqtts-listen are refused with the option."""
    with running_broker(tmp_path / "plain", "embedded", mqtt_listen=free_port()):
        words = ("things", "add", "x", "--certs", str(tmp_path / "certs"))
        assert "`shadowroom up --mqtts-listen 0.0.0.0:8883`" in complaint(tmp_path / "plain", *words)
        assert not (tmp_path / "certs").exists()
    with running_broker(tmp_path / "tls", "embedded", mqtts_listen=free_port()):
        assert "add --certs DIR" in complaint(tmp_path / "tls", "things", "add", "x")
        given = add_thing(tmp_path / "tls", "x", tmp_path / "certs")
        assert (given["port"], given["password"]) == (None, None)


def test_a_stopped_room_takes_things_too(tmp_path: Path) -> None:
    """What was added while it did not run comes in when it does; a note says what to start."""
    data_dir, port = tmp_path / "room", free_port()
    made = run_shadowroom("things", "add", "early", "--json", "--data-dir", str(data_dir))
    assert "--mqtt-listen" in made.stderr
    given = orjson.loads(made.stdout)
    account = account_of(given | {"host": "127.0.0.1", "port": port})
    with running_broker(data_dir, "embedded", mqtt_listen=port), MqttProbe(account) as client:
        assert client.refused is None


def test_many_at_once_are_all_there(tmp_path: Path) -> None:
    """Commands that run at the same time lose nothing of each other's."""
    data_dir = tmp_path / "room"
    threads = [threading.Thread(target=things, args=(data_dir, "add", f"t{number}")) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = orjson.loads(things(data_dir, "list", "--json"))
    assert [thing["name"] for thing in listed] == [f"t{number}" for number in range(6)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--mqtt-listen", "1883"], "--mqtt-listen '1883' is not of the form host:port"),
        (["--mqtts-listen", "x:y"], "--mqtts-listen 'x:y' is not of the form host:port"),
        (["--mqtt-listen", "127.0.0.1:{taken}"], "with --mqtt-listen"),
        (["--mqtt-listen", "127.0.0.1:{free}", "--mqtts-listen", "127.0.0.1:{free}"], "a port of its own"),
        (["--broker", "mqtt://127.0.0.1:9", "--mqtt-listen", "127.0.0.1:{free}"], "for a broker of ours"),
    ],
)
def test_a_gate_that_cannot_be_opened_is_one_sentence(
    gate: RunningGate, tmp_path: Path, options: list[str], said: str
) -> None:
    """Wrong addresses, busy ports and other people's brokers are noticed before anything is started."""
    port, free = free_port(), free_port()
    words = [option.format(taken=gate.mqtt, free=free) for option in options]
    wanted = ("up", "--host", "127.0.0.1", "--port", str(port), *words)
    assert said in complaint(tmp_path / "room", *wanted)


@pytest.fixture(scope="module", params=BROKERS)
def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A whole room that lets devices in and republishes wills."""
    with running_room(
        tmp_path_factory.mktemp("room"),
        request.param,
        arguments=["--will-republish"],
        mqtt_listen=free_port(),
        mqtts_listen=free_port(),
    ) as running:
        yield running


def test_a_device_has_a_shadow(room: RunningRoom) -> None:
    """What it reports is accepted, classic and named; what the operator desires reaches it as delta."""
    base = "$aws/things/sensor/shadow"
    with (
        MqttProbe(account_of(add_thing(room.data_dir, "sensor"))) as sensor,
        MqttProbe(room.operator) as user,
    ):
        assert all(
            sensor.subscribe(f"{base}/+/accepted", f"{base}/update/delta", f"{base}/name/net/+/accepted")
        )
        sensor.publish(f"{base}/update", b'{"state":{"reported":{"on":false}},"clientToken":"1"}', qos=1)
        sensor.publish(f"{base}/name/net/update", b'{"state":{"reported":{"rssi":-60}}}', qos=1)
        user.publish(f"{base}/update", b'{"state":{"desired":{"on":true}}}', qos=1)
        heard = {f"{base}/update/accepted", f"{base}/name/net/update/accepted", f"{base}/update/delta"}
        sensor.wait_for(lambda: heard <= {topic for topic, _ in sensor.messages}, "its answers and a delta")
    assert "Devices" in room.output.read_text()


def test_a_will_reaches_the_shadow_by_the_rule(room: RunningRoom) -> None:
    """With --will-republish the will on things/NAME/shadow/update becomes an update of NAME's shadow."""
    account = account_of(add_thing(room.data_dir, "mortal"))
    will = ("things/mortal/shadow/update", b'{"state":{"reported":{"connected":false}}}')
    with MqttProbe(room.operator) as user:
        user.subscribe("$aws/things/mortal/shadow/update/documents")
        MqttProbe(account, will=will).vanish()
        user.wait_for(lambda: bool(user.messages), "the shadow changed")
        current = orjson.loads(user.messages[0][1])["current"]
        assert current["state"] == {"reported": {"connected": False}}


def test_without_the_option_a_will_stays_where_it_is(tmp_path: Path) -> None:
    """Off by default: a message on the device's own topic changes no shadow."""
    with running_room(tmp_path, mqtt_listen=free_port()) as room:
        account = account_of(add_thing(room.data_dir, "plain"))
        base = "$aws/things/plain/shadow"
        with MqttProbe(account) as plain:
            plain.subscribe(f"{base}/get/rejected", f"{base}/get/accepted")
            plain.publish("things/plain/shadow/update", b'{"state":{"reported":{"a":1}}}', qos=1)
            plain.publish(f"{base}/get", b"", qos=1)
            plain.wait_for(lambda: bool(plain.messages), "an answer")
            assert plain.messages[0][0] == f"{base}/get/rejected"


def test_keys_come_and_go_while_the_room_runs(room: RunningRoom) -> None:
    """boto3 signs with a key that was just added; after revoke it is refused; the room's own stays."""
    base = ("--data-dir", str(room.data_dir))
    made = run_shadowroom("keys", "add", "--name", "boto", "--json", *base)
    key = orjson.loads(made.stdout)
    data = boto3.client(
        "iot-data",
        endpoint_url=room.session["aws"]["endpoint_url"],
        region_name=key["region"],
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
    )
    data.update_thing_shadow(thingName="by-key", payload=b'{"state":{"reported":{"a":1}}}')
    listed = orjson.loads(run_shadowroom("keys", "list", "--json", *base).stdout)
    assert [one["access_key_id"] for one in listed] == [
        room.session["aws"]["access_key_id"],
        key["access_key_id"],
    ]
    table = run_shadowroom("keys", "list", *base).stdout
    assert key["access_key_id"] in table
    assert key["secret_access_key"] not in table
    assert stat.S_IMODE((room.data_dir / "secrets" / "keys.json").stat().st_mode) == 0o600
    assert run_shadowroom("keys", "revoke", key["access_key_id"], *base).returncode == 0
    with pytest.raises(ClientError) as refused:
        data.get_thing_shadow(thingName="by-key")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    data.close()
    own = room.session["aws"]["access_key_id"]
    assert "is the room's own key" in complaint(room.data_dir, "keys", "revoke", own)
    assert "There is no key 'AKIANOBODY'" in complaint(room.data_dir, "keys", "revoke", "AKIANOBODY")


@pytest.mark.parametrize("broker", BROKERS)
def test_things_outlive_a_restart(tmp_path: Path, broker: str) -> None:
    """The same data directory is the same room for devices too, subscriptions that the broker keeps
    included."""
    data_dir, port = tmp_path / "room", free_port()
    topic = "$aws/things/keeper/shadow/update/delta"
    with running_broker(data_dir, broker, mqtt_listen=port):
        account = account_of(add_thing(data_dir, "keeper"))
        with MqttProbe(account, keep_session=True) as keeper:
            assert keeper.subscribe(topic, qos=1) == [True]
    with running_broker(data_dir, broker, mqtt_listen=port) as again:
        with MqttProbe(again.account(Role.OPERATOR)) as user:
            user.publish(topic, b"meanwhile", qos=1)
        with MqttProbe(account, keep_session=True) as keeper:
            keeper.wait_for_message(topic, b"meanwhile")
