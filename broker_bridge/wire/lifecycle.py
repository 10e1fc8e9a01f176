"""Lifecycle events: who connected and who was lost, on AWS IoT's reserved topics
`$aws/events/presence/{connected|disconnected}/{clientId}`.

AWS orders the events of one client by `versionNumber`; ours is the time of the connection in epoch ms, so
that it grows over restarts of whoever reports, too. AWS lets numbers skip.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

PRESENCE_FILTER: Final = "$aws/events/presence/+/+"
"""Covers all of these events."""
RECALL_TOPIC: Final = "shadowroom/presence/recall"
"""Whoever publishes here asks all reporters to tell of every open connection again: AWS's events may be
repeated, and a service that starts knows nothing yet."""
_PREFIX: Final = "$aws/events/presence/"
CLIENTS_MAX: Final = 100_000
"""Clients whose last event is remembered; beyond it the one heard of longest ago is forgotten."""


class DisconnectReason(StrEnum):
    """Why a connection ended, in AWS's words; those that we can tell."""

    CLIENT_INITIATED = "CLIENT_INITIATED_DISCONNECT"
    """The client said DISCONNECT: no will."""
    CONNECTION_LOST = "CONNECTION_LOST"
    """The client went without a word."""
    DUPLICATE_CLIENT_ID = "DUPLICATE_CLIENTID"
    """Another connection of the same client id took its place."""
    KEEP_ALIVE = "MQTT_KEEP_ALIVE_TIMEOUT"
    """Nothing was heard of the client for 1.5 times its keep-alive."""
    AUTH_ERROR = "AUTH_ERROR"
    """Its credential was taken away."""
    SERVER_INITIATED = "SERVER_INITIATED_DISCONNECT"
    """The broker, or whoever stands before it, ended the connection."""


@dataclass(frozen=True, slots=True)
class ClientSession:
    """One connection of one client, from CONNACK to its end."""

    client_id: str
    session_id: str
    """Unique for this connection."""
    principal_id: str
    """Which credential it came with: a certificate's id (SHA-256 of it, in hex), or the user name."""
    ip_address: str
    version: int
    """`versionNumber` of both its events."""
    connected_at_ms: int
    """Epoch ms."""


@dataclass(frozen=True, slots=True)
class PresenceEvent:
    """What a reader needs of an event."""

    client_id: str
    connected: bool
    timestamp_ms: int
    version: int


def connected_event(session: ClientSession) -> tuple[str, bytes]:
    """Topic and payload that tell of a connection."""
    event = _event(session, "connected", session.connected_at_ms) | {"ipAddress": session.ip_address}
    return f"{_PREFIX}connected/{session.client_id}", orjson.dumps(event)


def disconnected_event(
    session: ClientSession, reason: DisconnectReason, timestamp_ms: int
) -> tuple[str, bytes]:
    """Topic and payload that tell of its end at this time in epoch ms."""
    event = _event(session, "disconnected", timestamp_ms) | {
        "clientInitiatedDisconnect": reason is DisconnectReason.CLIENT_INITIATED,
        "disconnectReason": reason.value,
    }
    return f"{_PREFIX}disconnected/{session.client_id}", orjson.dumps(event)


def parse_event(topic: str, payload: bytes) -> PresenceEvent | None:
    """The event of a message, ours or AWS's; None for everything else."""
    kind, _, client_id = topic.removeprefix(_PREFIX).partition("/")
    if not topic.startswith(_PREFIX) or kind not in ("connected", "disconnected") or not client_id:
        return None
    try:
        event = orjson.loads(payload)
    except ValueError:
        return None
    if not isinstance(event, dict):
        return None
    timestamp, version = event.get("timestamp"), event.get("versionNumber")
    if type(timestamp) is not int or type(version) is not int:
        return None
    return PresenceEvent(client_id, kind == "connected", timestamp, version)


class EventOrder:
    """Tells which events say something new: they may be repeated and come in any order."""

    def __init__(self, clients_max: int = CLIENTS_MAX) -> None:
        self._last: OrderedDict[str, tuple[int, bool]] = OrderedDict()
        self._clients_max = clients_max

    def is_news(self, event: PresenceEvent) -> bool:
        """True for an event of a newer connection, and for the end of the newest one. Takes note of it."""
        known = self._last.get(event.client_id)
        place = (event.version, not event.connected)
        if known is not None and place <= known:
            return False
        self._last[event.client_id] = place
        self._last.move_to_end(event.client_id)
        if len(self._last) > self._clients_max:
            self._last.popitem(last=False)
        return True

    def connected(self) -> list[str]:
        """The clients whose newest connection is not known to have ended."""
        return [client_id for client_id, (_, ended) in self._last.items() if not ended]

    def forget(self) -> None:
        """Know nothing any more: what is told next is news."""
        self._last.clear()


def _event(session: ClientSession, kind: str, timestamp_ms: int) -> dict[str, object]:
    return {
        "clientId": session.client_id,
        "timestamp": timestamp_ms,
        "eventType": kind,
        "sessionIdentifier": session.session_id,
        "principalIdentifier": session.principal_id,
        "versionNumber": session.version,
    }
