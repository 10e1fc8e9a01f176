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

from broker_bridge.wire.connect_rewrite import PacketTypes

PRESENCE_FILTER: Final = "$aws/events/presence/+/+"
"""Covers all of these events."""
RECALL_TOPIC: Final = "shadowroom/presence/recall"
"""Whoever publishes here asks all reporters to tell of every open connection again: AWS's events may be
repeated, and a service that starts knows nothing yet."""
LOST_TOPIC: Final = "shadowroom/presence/lost"
"""The will of every reporter: it is gone, and with it the word of how its clients' connections end."""
_PREFIX: Final = "$aws/events/presence/"
KEEP_ALIVE_FACTOR: Final = 1.5
"""A broker gives up on a client after this many times its keep-alive (MQTT 3.1.1, section 3.1.2.10)."""
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


class ConnectionWatch:
    """Follows one connection from outside and says why it ended."""

    __slots__ = ("_heard_at", "_keepalive", "_types", "client_went", "revoked", "superseded")

    def __init__(self, keepalive: int, now: float) -> None:
        """`keepalive` in seconds, 0 for none; all times are seconds of one clock that never goes back."""
        self._keepalive = keepalive
        self._heard_at = now
        self._types = PacketTypes()
        self.client_went = False
        """It was the client's side that ended."""
        self.revoked = False
        """Its credential was taken away, and so its connection cut."""
        self.superseded = False
        """A newer connection of the same client came in."""

    def heard(self, data: bytes, now: float) -> None:
        """The client sent these bytes, after its CONNECT."""
        self._types.feed(data)
        self._heard_at = now

    def reason(self, now: float) -> DisconnectReason:
        """Why the connection ended, now that it did."""
        if self.revoked:
            return DisconnectReason.AUTH_ERROR
        if self._types.said_goodbye:
            return DisconnectReason.CLIENT_INITIATED
        if self.superseded:
            return DisconnectReason.DUPLICATE_CLIENT_ID
        if self.client_went:
            return DisconnectReason.CONNECTION_LOST
        # A broker's clock may tick in whole seconds.
        if self._keepalive and now - self._heard_at > self._keepalive * KEEP_ALIVE_FACTOR - 1:
            return DisconnectReason.KEEP_ALIVE
        return DisconnectReason.SERVER_INITIATED


@dataclass(frozen=True, slots=True)
class PresenceEvent:
    """What a reader needs of an event."""

    client_id: str
    connected: bool
    timestamp_ms: int
    version: int
    disconnect_reason: str | None = None
    """AWS's word, when it tells of an end."""


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
    reason = event.get("disconnectReason")
    told = reason if kind == "disconnected" and isinstance(reason, str) else None
    return PresenceEvent(client_id, kind == "connected", timestamp, version, told)


class EventOrder:
    """Tells which events say something new: they may be repeated and come in any order."""

    def __init__(self, clients_max: int = CLIENTS_MAX) -> None:
        self._last: OrderedDict[str, tuple[int, bool]] = OrderedDict()
        self._silent: set[str] = set()
        self._clients_max = clients_max

    def is_news(self, event: PresenceEvent) -> bool:
        """True for an event of a newer connection, and for the end of the newest one. Takes note of it."""
        self._silent.discard(event.client_id)
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

    def call_the_roll(self) -> None:
        """From now on, note whose connection is told of again."""
        self._silent = set(self.connected())

    def end_roll_call(self) -> list[str]:
        """The connected clients that were not told of since `call_the_roll`; they are forgotten."""
        missing, self._silent = self._silent, set()
        for client_id in missing:
            self._last.pop(client_id, None)
        return sorted(missing)

    def forget(self) -> None:
        """Know nothing any more: what is told next is news."""
        self._last.clear()
        self._silent.clear()


def _event(session: ClientSession, kind: str, timestamp_ms: int) -> dict[str, object]:
    return {
        "clientId": session.client_id,
        "timestamp": timestamp_ms,
        "eventType": kind,
        "sessionIdentifier": session.session_id,
        "principalIdentifier": session.principal_id,
        "versionNumber": session.version,
    }
