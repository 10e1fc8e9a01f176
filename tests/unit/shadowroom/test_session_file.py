"""session.json is exactly what other programs rely on."""

import stat
from pathlib import Path

import orjson

from broker_bridge.transport.port import Account
from shadowroom.addresses import Addresses
from shadowroom.secrets import load_or_create
from shadowroom.session_file import describe, remove_session, session_path, write_session


def test_the_content_is_the_contract(tmp_path: Path) -> None:
    """Every key of the contract and no other; the presenter's token is in the fragment of its URL."""
    secrets = load_or_create(tmp_path, "DEMO")
    addresses = Addresses("http://127.0.0.1:8000", "http://192.168.7.20:8000", "")
    session = describe(
        addresses, secrets, Account("127.0.0.1", 1883, "operator", "operator", "pw"), "http://b"
    )
    assert session == {
        "url": "http://127.0.0.1:8000",
        "room": "DEMO",
        "room_thing": secrets.room_thing,
        "presenter_token": secrets.presenter_token,
        "join_url": "http://192.168.7.20:8000/j/DEMO",
        "stage_url": "http://127.0.0.1:8000/stage/DEMO",
        "presenter_url": f"http://127.0.0.1:8000/present/DEMO#token={secrets.presenter_token}",
        "mqtt": {"host": "127.0.0.1", "port": 1883, "username": "operator", "password": "pw"},
        "aws": {
            "access_key_id": secrets.aws.access_key_id,
            "secret_access_key": secrets.aws.secret_access_key,
            "region": "us-east-1",
            "endpoint_url": "http://b",
        },
    }


def test_the_file_is_private_and_replaces_a_stale_one(tmp_path: Path) -> None:
    """A file that a crash left, however open, is replaced by one of mode 0600; removing twice is fine."""
    path = session_path(tmp_path)
    path.write_text("stale")
    path.chmod(0o644)
    write_session(tmp_path, {"room": "DEMO"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert orjson.loads(path.read_bytes()) == {"room": "DEMO"}
    remove_session(tmp_path)
    remove_session(tmp_path)
    assert not path.exists()
