"""`<data-dir>/session.json`: how other programs on this machine find the running room. It holds secrets: mode
0600.
"""

from pathlib import Path
from typing import Any

import orjson

from broker_bridge.transport.port import Account
from shadowroom.addresses import Addresses
from shadowroom.private_files import write_private
from shadowroom.secrets import RoomSecrets


def session_path(data_dir: Path) -> Path:
    """Where the file of a running room is."""
    return data_dir / "session.json"


def describe(
    addresses: Addresses, secrets: RoomSecrets, operator: Account | None, bridge_url: str | None
) -> dict[str, Any]:
    """The file's content: the contract of `docs/architecture.md`. Without an operator's account or a bridge,
    as on AWS, those parts are null.
    """
    room = secrets.room
    return {
        "url": addresses.url,
        "room": room,
        "room_thing": secrets.room_thing,
        "presenter_token": secrets.presenter_token,
        "join_url": f"{addresses.public}/j/{room}",
        "stage_url": f"{addresses.url}/stage/{room}",
        "presenter_url": f"{addresses.url}/present/{room}#token={secrets.presenter_token}",
        "mqtt": None
        if operator is None
        else {
            "host": operator.host,
            "port": operator.port,
            "username": operator.username,
            "password": operator.password,
        },
        "aws": None
        if bridge_url is None
        else {
            "access_key_id": secrets.aws.access_key_id,
            "secret_access_key": secrets.aws.secret_access_key,
            "region": secrets.aws.region,
            "endpoint_url": bridge_url,
        },
    }


def write_session(data_dir: Path, session: dict[str, Any]) -> None:
    """Put the file there in one step; one left by a crash is replaced."""
    write_private(session_path(data_dir), orjson.dumps(session, option=orjson.OPT_INDENT_2).decode() + "\n")


def remove_session(data_dir: Path) -> None:
    """Take the file away: at a clean stop, and a stale one before a start."""
    session_path(data_dir).unlink(missing_ok=True)
