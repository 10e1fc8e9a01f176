"""Where `shadowroom sim --direct` sends its phones, and the sentence when there is no such place."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announce, prepare
from shadowroom.parts.sim import broker_door
from shadowroom.secrets import load_or_create
from shadowroom.session_file import write_session

URL = "http://127.0.0.1:8000"


def running(data_dir: Path, broker: str | None, **session: Any) -> Path:
    """The files of a running room."""
    secrets = load_or_create(prepare(data_dir), "DEMO")
    mqtt = {"host": "127.0.0.1", "port": 1234, "username": "operator", "password": secrets.mqtt.operator}
    write_session(data_dir, {"url": URL, "room": "DEMO", "mqtt": mqtt, **session})
    if broker is not None:
        announce(data_dir, "broker", broker=broker, host="127.0.0.1", port=1234, child=os.getpid())
    return data_dir


def test_mosquittos_phones_share_a_user_and_are_told_apart_by_their_names(tmp_path: Path) -> None:
    """The credential is the one that the tunnel uses, and not the operator's."""
    door = broker_door(running(tmp_path, "mosquitto"), "DEMO", URL)
    secrets = load_or_create(tmp_path, None)
    assert (door.host, door.port) == ("127.0.0.1", 1234)
    assert door.credential("phone-a") == ("phone", secrets.mqtt.phones)
    assert secrets.mqtt.phones not in repr(door)


def test_on_the_bundled_broker_every_phone_has_a_token_of_its_own(tmp_path: Path) -> None:
    """User name is the thing, and no two passwords are the same."""
    door = broker_door(running(tmp_path, "embedded"), "DEMO", "http://localhost:8000")
    (one, token), (_, other) = door.credential("phone-a"), door.credential("phone-b")
    assert one == "phone-a"
    assert token != other


@pytest.mark.parametrize(
    ("room", "sentence"),
    [
        (lambda path: path, "name it with --data-dir"),
        (lambda path: running(path, "mosquitto", room="OTHER"), "is OTHER at"),
        (lambda path: running(path, "mosquitto", url="http://127.0.0.1:9000"), "at http://127.0.0.1:9000"),
        (lambda path: running(path, None, mqtt=None), "On AWS IoT"),
        (lambda path: running(path, None), "run elsewhere"),
    ],
)
def test_where_there_is_no_door_one_sentence_says_why(
    tmp_path: Path, room: Callable[[Path], Path], sentence: str
) -> None:
    """No running room, another room, AWS, and a broker that does not tell phones apart."""
    with pytest.raises(Complaint, match=sentence) as complaint:
        broker_door(room(tmp_path), "DEMO", URL)
    assert complaint.value.exit_code == USAGE


def test_a_torn_session_file_is_no_room(tmp_path: Path) -> None:
    """What cannot be read is not guessed at."""
    (tmp_path / "session.json").write_bytes(orjson.dumps({"room": "DEMO"})[:-1])
    with pytest.raises(Complaint, match="none runs on"):
        broker_door(tmp_path, "DEMO", URL)
