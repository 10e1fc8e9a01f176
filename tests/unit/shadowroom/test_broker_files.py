"""What is written for the brokers: tokens, passwords, access lists."""

import base64
import stat
from pathlib import Path

import nkeys
import orjson
import pytest

from shadowroom.brokers.embedded import EmbeddedBroker
from shadowroom.brokers.mosquitto import MosquittoBroker, access_list, password_hash
from shadowroom.brokers.nats_tokens import Signer, subject
from shadowroom.secrets import load_or_create


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("$aws/things/phone-a/shadow/#", "$aws.things.phone-a.shadow.>"),
        ("$aws/things/+/shadow/name/+/update", "$aws.things.*.shadow.name.*.update"),
        ("room/DEMO/scene", "room.DEMO.scene"),
    ],
)
def test_an_mqtt_filter_as_a_nats_subject(topic: str, expected: str) -> None:
    """Levels become tokens and wildcards NATS' own."""
    assert subject(topic) == expected


def test_a_token_is_signed_by_its_signer(tmp_path: Path) -> None:
    """Header, claims and signature are what NATS expects, and the signature is the account's."""
    secrets = load_or_create(tmp_path, None).nats
    signer = Signer(secrets.account_seed)
    header, claims, signature = signer.sign("USUBJECT", "phone", {"type": "user"}).split(".")
    assert orjson.loads(_unpadded(header)) == {"typ": "JWT", "alg": "ed25519-nkey"}
    assert orjson.loads(_unpadded(claims))["iss"] == signer.public_key
    pair = nkeys.from_seed(bytearray(secrets.account_seed, "ascii"))
    assert pair.verify(f"{header}.{claims}".encode(), _unpadded(signature))


def test_the_configuration_of_nats_is_private_and_on_loopback(tmp_path: Path) -> None:
    """It binds loopback only and this user alone can read it."""
    broker = EmbeddedBroker(tmp_path, load_or_create(tmp_path, None).nats, "127.0.0.1", 20_001)
    command = broker.configure()
    path = Path(command[-1])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    settings = orjson.loads(path.read_bytes())
    assert settings["listen"].startswith("127.0.0.1:")
    assert (settings["mqtt"]["host"], settings["mqtt"]["port"]) == ("127.0.0.1", 20_001)


def test_no_secret_is_in_a_command(tmp_path: Path) -> None:
    """The process list shows a program and a file, no password or seed."""
    secrets = load_or_create(tmp_path, None)
    commands = [
        EmbeddedBroker(tmp_path, secrets.nats, "127.0.0.1", 1).configure(),
        MosquittoBroker(tmp_path / "broker", None, secrets.mqtt, "DEMO", "127.0.0.1", 1).configure(),
    ]
    for words in commands:
        assert len(words) == 3


def test_the_access_list_ties_a_phone_to_its_client_id() -> None:
    """Patterns carry `%c`, the shared user reads the room only, the rest is for our own accounts."""
    text = access_list("CONF")
    assert "pattern write $aws/things/%c/shadow/name/+/update\n" in text
    assert "pattern read $aws/things/%c/shadow/#\n" in text
    assert "user phone\ntopic read room/CONF/scene\n" in text
    assert "topic read room/CONF/notice\ntopic deny things/+/#\n\nuser thing\n" in text
    assert text.count("topic readwrite #\ntopic readwrite $aws/#\n") == 3


def test_a_password_is_never_hashed_the_same_way_twice() -> None:
    """The form is Mosquitto's `$7$`, with a new salt each time."""
    first, second = password_hash("secret"), password_hash("secret")
    assert first != second
    kind, rounds, salt, digest = first.removeprefix("$").split("$")
    assert (kind, rounds, len(base64.b64decode(salt)), len(base64.b64decode(digest))) == ("7", "101", 12, 64)


def test_a_configuration_for_a_container_listens_outside(tmp_path: Path) -> None:
    """`--configure-only` writes a complete directory that refers to itself."""
    secrets = load_or_create(tmp_path / "data", None)
    broker = MosquittoBroker(
        tmp_path / "out", None, secrets.mqtt, "DEMO", "127.0.0.1", 1883, listen_host="0.0.0.0"
    )
    text = broker.write_configuration().read_text()
    assert "listener 1883 0.0.0.0\n" in text
    assert f"password_file {tmp_path / 'out' / 'mosquitto.passwords'}\n" in text
    assert "allow_anonymous false\n" in text
    assert "set_tcp_nodelay true\n" in text


@pytest.mark.parametrize("setting", ["per_listener_settings", "max_keepalive"])
def test_a_setting_that_newer_versions_fail_with_is_not_written(tmp_path: Path, setting: str) -> None:
    """The first loses kept sessions' messages from 2.0.12 on, the second cuts clients off in 2.0.21."""
    secrets = load_or_create(tmp_path / "data", None)
    broker = MosquittoBroker(tmp_path / "out", None, secrets.mqtt, "DEMO", "127.0.0.1", 1, admits_things=True)
    assert setting not in broker.write_configuration().read_text()


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
