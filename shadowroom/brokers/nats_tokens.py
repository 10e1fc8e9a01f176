"""NATS' decentralised tokens: who may do what is signed by us, and the server keeps no list of users.

The chain is operator, account, user (`nats-io/jwt` version 2: EdDSA over JWT with the algorithm
`ed25519-nkey`). A user token is a bearer token here: it is the MQTT password, and whoever holds it may
connect.
"""

import base64
import hashlib
import time
from collections.abc import Sequence
from typing import Any

import nkeys
import orjson

_UNLIMITED = -1
_HEADER = orjson.dumps({"typ": "JWT", "alg": "ed25519-nkey"})


class Signer:
    """A key pair of an operator or an account, from its seed."""

    def __init__(self, seed: str) -> None:
        self._pair = nkeys.from_seed(bytearray(seed, "ascii"))
        self.public_key: str = bytes(self._pair.public_key).decode()
        """The name by which NATS knows this operator or account."""

    def sign(self, subject: str, name: str, claims: dict[str, Any]) -> str:
        """A token by this signer about `subject`; `claims` is the part under `nats`."""
        body: dict[str, Any] = {
            "iat": int(time.time()),
            "iss": self.public_key,
            "sub": subject,
            "name": name,
            "nats": claims | {"version": 2},
        }
        body["jti"] = base64.b32encode(hashlib.sha256(orjson.dumps(body)).digest()).decode().rstrip("=")
        signed = f"{_segment(_HEADER)}.{_segment(orjson.dumps(body))}"
        return f"{signed}.{_segment(self._pair.sign(signed.encode()))}"


def operator_token(operator: Signer, system_account: str) -> str:
    """What the server trusts: the operator about itself."""
    return operator.sign(
        operator.public_key, "shadowroom", {"type": "operator", "system_account": system_account}
    )


def account_token(operator: Signer, account: str, name: str, *, jetstream: bool) -> str:
    """An account without limits but the server's own; MQTT needs `jetstream` for sessions and retained
    messages.
    """
    limits: dict[str, Any] = dict.fromkeys(
        ("subs", "data", "payload", "imports", "exports", "conn", "leaf"), _UNLIMITED
    )
    limits["wildcards"] = True
    if jetstream:
        limits |= dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), _UNLIMITED)
    return operator.sign(account, name, {"type": "account", "limits": limits})


def user_token(
    account: Signer,
    name: str,
    *,
    publish: Sequence[str],
    subscribe: Sequence[str],
    deny: Sequence[str] = (),
) -> str:
    """A bearer token for MQTT connections only. `publish` and `subscribe` are the NATS subjects that are
    allowed, `deny` those that are not all the same. The server adds to what is allowed its own subjects for
    QoS 1 and 2, so an empty list allows nothing of ours.
    """
    return account.sign(
        _keyless_user(name),
        name,
        {
            "type": "user",
            "bearer_token": True,
            "allowed_connection_types": ["MQTT", "MQTT_WS"],
            "pub": _permission(publish, deny),
            "sub": _permission(subscribe, deny),
            "subs": _UNLIMITED,
            "data": _UNLIMITED,
            "payload": _UNLIMITED,
        },
    )


def subject(topic: str) -> str:
    """The NATS subject of an MQTT topic or filter: `/` separates levels, `+` is one level, `#` is the rest.

    For topics without empty levels, `.`, `*`, `>` and blanks, as all of ours are.
    """
    return ".".join({"+": "*", "#": ">"}.get(level, level) for level in topic.split("/"))


def _permission(allow: Sequence[str], deny: Sequence[str]) -> dict[str, list[str]]:
    return {"allow": list(allow), "deny": list(deny)}


def _keyless_user(name: str) -> str:
    """A well-formed public key of a user that nobody has the private key of: bearer tokens never use one."""
    raw = bytearray([nkeys.PREFIX_BYTE_USER]) + hashlib.sha256(name.encode()).digest()
    checksum: int = nkeys.crc16(raw)
    return base64.b32encode(bytes(raw) + checksum.to_bytes(2, "little")).decode()


def _segment(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
