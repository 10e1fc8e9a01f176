"""The secrets of one room: made once, kept in `<data-dir>/secrets/room.json`, never on a command line.

They decide what survives a restart: the room's code and thing, the presenter's token, the key that signs
phones' tokens, the keys of the data plane and the brokers' passwords and seeds. The file is 0600 in a
directory of 0700.
"""

import base64
import os
import re
import secrets as randomness
from pathlib import Path
from typing import Annotated, Literal

import nkeys
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shadowroom.complaint import USAGE, Complaint

VERSION = 1
"""Layout of the file; a file of another version is refused, never guessed at."""
DEFAULT_ROOM = "DEMO"
DEFAULT_REGION = "us-east-1"
"""The region in which AWS clients sign; the data plane takes any, this is what `session.json` proposes."""
ROOM_CODE = re.compile(r"[A-Z0-9]{1,16}\Z")
"""A code is typed on phones and is one level of a topic: letters and digits, at most 16 of them."""

_Secret = Annotated[str, Field(min_length=16, repr=False)]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AwsSecrets(_Kept):
    """Keys of the data plane, shaped like AWS's own so that every client takes them."""

    access_key_id: str
    secret_access_key: _Secret
    region: str = DEFAULT_REGION


class MqttSecrets(_Kept):
    """Passwords of the accounts on a broker with a password file; `phones` is shared, on loopback only."""

    operator: _Secret
    bridge: _Secret
    dashboard: _Secret
    phones: _Secret


class NatsSecrets(_Kept):
    """Seeds of the NATS operator and account that sign every user's token."""

    operator_seed: _Secret
    account_seed: _Secret
    system_seed: _Secret


class RoomSecrets(_Kept):
    """Everything secret or permanent about one room."""

    version: Literal[1] = 1
    room: str
    room_thing: str
    presenter_token: _Secret
    signing_key: _Secret
    aws: AwsSecrets
    mqtt: MqttSecrets
    nats: NatsSecrets


def room_code(text: str) -> str:
    """The canonical form of a room's code, or a `Complaint` that says which codes are possible."""
    code = text.strip().upper()
    if ROOM_CODE.match(code) is None:
        raise Complaint(f"A room's code is 1 to 16 letters A-Z and digits, and {text!r} is not.", USAGE)
    return code


def load_or_create(data_dir: Path, room: str | None) -> RoomSecrets:
    """The secrets of the room in `data_dir`, made now if there are none.

    `room` None takes the room that is there, else `DEMO`. Raises `Complaint` when the directory belongs to
    another room or to another version of the file, or cannot be read or written.
    """
    path = secrets_path(data_dir)
    wanted = None if room is None else room_code(room)
    try:
        if not path.exists():
            _write_once(path, _made_up(wanted or DEFAULT_ROOM))
        kept = _read(path)
    except OSError as error:
        raise Complaint(
            f"The data directory {data_dir} cannot be used: {error.strerror or error}."
        ) from error
    if wanted is not None and wanted != kept.room:
        raise Complaint(
            f"The data directory {data_dir} belongs to room {kept.room}: start with --room {kept.room}, "
            f"or give room {wanted} a directory of its own with --data-dir.",
            USAGE,
        )
    return kept


def secrets_path(data_dir: Path) -> Path:
    """Where the secrets of a data directory are."""
    return data_dir / "secrets" / "room.json"


def _read(path: Path) -> RoomSecrets:
    try:
        return RoomSecrets.model_validate_json(path.read_bytes())
    except ValidationError as error:
        if any(problem["loc"] == ("version",) for problem in error.errors(include_input=False)):
            raise Complaint(
                f"{path} was written by another version of Shadowroom (this one reads version {VERSION}): "
                "use that version, or another --data-dir."
            ) from None
        raise Complaint(
            f"{path} is damaged: restore it from a backup, or start a new room with another --data-dir."
        ) from None


def _write_once(path: Path, made: RoomSecrets) -> None:
    """Put the file there whole or not at all; of two processes that do so at once, one wins and both read its
    file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f".room-{randomness.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(made.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def made_up_access_key() -> tuple[str, str]:
    """A new access key id and its secret, of AWS's form."""
    return "AKIA" + _base32(10).upper(), randomness.token_urlsafe(30)


def _made_up(room: str) -> RoomSecrets:
    access_key_id, secret_access_key = made_up_access_key()
    return RoomSecrets(
        room=room,
        room_thing=f"room-{room.lower()}-{_base32(5)}",
        presenter_token=randomness.token_urlsafe(24),
        signing_key=randomness.token_urlsafe(32),
        aws=AwsSecrets(access_key_id=access_key_id, secret_access_key=secret_access_key),
        mqtt=MqttSecrets(
            operator=randomness.token_urlsafe(24),
            bridge=randomness.token_urlsafe(24),
            dashboard=randomness.token_urlsafe(24),
            phones=randomness.token_urlsafe(24),
        ),
        nats=NatsSecrets(
            operator_seed=_seed(nkeys.PREFIX_BYTE_OPERATOR),
            account_seed=_seed(nkeys.PREFIX_BYTE_ACCOUNT),
            system_seed=_seed(nkeys.PREFIX_BYTE_ACCOUNT),
        ),
    )


def _base32(octets: int) -> str:
    return base64.b32encode(randomness.token_bytes(octets)).decode().rstrip("=").lower()


def _seed(prefix: int) -> str:
    seed: bytes = nkeys.encode_seed(randomness.token_bytes(32), prefix)
    return seed.decode()
