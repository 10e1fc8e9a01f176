"""Messages of the Device Shadow service: requests read strictly, answers written as compact JSON in AWS's key
order.

Numbers are JSON's as orjson reads them: integers beyond 64 bits become doubles, and a number that is infinite
as a double is not JSON. Of duplicate keys the last one counts, as with AWS's own parser, and it is the only
one anybody sees.
"""

from dataclasses import dataclass
from typing import Any, cast

import orjson

from broker_bridge import errors
from broker_bridge.wire.names import CLIENT_TOKEN_MAX_BYTES

Json = dict[str, Any]
"""A JSON object."""

Encodable = Json | orjson.Fragment | None


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """A well-formed update: `state` is None (clear everything) or holds only `desired` and `reported`."""

    state: dict[str, Json | None] | None
    version: int | None
    """Apply only if the stored version is this one; None: always."""


def parse_payload(payload: bytes) -> object:
    """The JSON value of a payload; raises `ShadowRejected` 415 or 400."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        pass
    try:
        payload.decode("utf-8")
    except UnicodeDecodeError:
        raise errors.not_utf8() from None
    raise errors.invalid_json()


def client_token(request: object) -> str | None:
    """The request's token if it has one that can be said back: a string, however long."""
    token = request.get("clientToken") if isinstance(request, dict) else None
    return token if isinstance(token, str) else None


def token_of(payload: bytes) -> str | None:
    """`client_token` of a payload that need not be JSON at all."""
    try:
        return client_token(orjson.loads(payload)) if payload else None
    except orjson.JSONDecodeError:
        return None


def check_client_token(request: object) -> None:
    """Raise 400 unless the token is absent, null, or a string of at most 64 bytes."""
    token = request.get("clientToken") if isinstance(request, dict) else None
    if token is None:
        return
    if not isinstance(token, str) or len(token.encode()) > CLIENT_TOKEN_MAX_BYTES:
        raise errors.invalid_client_token()


def parse_update(request: object) -> UpdateRequest:
    """Check the shape of an update: everything but depth, arrays and sizes. Raises `ShadowRejected` 400."""
    check_client_token(request)
    if not isinstance(request, dict) or "state" not in request:
        raise errors.missing_state()
    state = request["state"]
    if state is not None:
        _check_state(state)
    version = request.get("version")
    if version is not None and type(version) is not int:
        raise errors.invalid_version()
    return UpdateRequest(cast("dict[str, Json | None] | None", state), version)


def _check_state(state: object) -> None:
    if not isinstance(state, dict):
        raise errors.not_an_object("State")
    for section in ("desired", "reported"):
        if not isinstance(state.get(section, None), dict | None):
            raise errors.not_an_object(section.capitalize())
    for name in state:
        if name not in ("desired", "reported"):
            raise errors.invalid_node(name)


def accepted(state: Encodable, metadata: Encodable, version: int, at: int, token: str | None) -> bytes:
    """`update/accepted` and `get/accepted`."""
    message: dict[str, object] = {"state": state, "metadata": metadata, "version": version, "timestamp": at}
    return _encode(message, token)


def delta(state: Json, metadata: Json, version: int, at: int, token: str | None) -> bytes:
    """`update/delta`."""
    return _encode({"version": version, "timestamp": at, "state": state, "metadata": metadata}, token)


def documents(previous: bytes | None, current: bytes, at: int, token: str | None) -> bytes:
    """`update/documents`; `previous` and `current` are as `versioned` makes them, None for no previous
    document."""
    before = None if previous is None else orjson.Fragment(previous)
    return _encode({"previous": before, "current": orjson.Fragment(current), "timestamp": at}, token)


def versioned(document: bytes, version: int) -> bytes:
    """A stored document `{"state":…,"metadata":…}` with its version added."""
    return b'%b,"version":%d}' % (document[:-1], version)


def deleted(version: int, at: int, token: str | None) -> bytes:
    """`delete/accepted`; `version` is that of the document which is gone."""
    return _encode({"version": version, "timestamp": at}, token)


def rejected(refusal: errors.ShadowRejected, at: int, token: str | None) -> bytes:
    """`…/rejected`."""
    return _encode({"code": refusal.code, "message": refusal.message, "timestamp": at}, token)


def _encode(message: dict[str, object], token: str | None) -> bytes:
    if token is not None:
        message["clientToken"] = token
    return orjson.dumps(message)
