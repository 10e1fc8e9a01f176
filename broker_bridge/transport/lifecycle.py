"""Tells of clients that connect and are lost, as AWS IoT does: for whoever stands before a broker and sees
connections begin and end.
"""

import time
import uuid
from collections.abc import Callable

import structlog

from broker_bridge.transport.port import Message, Transport, Will
from broker_bridge.wire.lifecycle import (
    LOST_TOPIC,
    RECALL_TOPIC,
    ClientSession,
    DisconnectReason,
    connected_event,
    disconnected_event,
)

_log = structlog.get_logger(__name__)

REPORTER_WILL = Will(LOST_TOPIC, b"")
"""What the transport of a reporter leaves behind: its clients' ends would never be told otherwise."""


class LifecycleReporter:
    """Publishes lifecycle events on `transport`, whose account may use `$aws/events/…` and whose will is
    `REPORTER_WILL`."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.time) -> None:
        """`clock` in epoch seconds."""
        self._transport = transport
        self._clock = clock
        self._open: dict[str, ClientSession] = {}
        """The newest open connection of each client."""
        self._last_version = 0

    async def listen(self) -> None:
        """Answer those who ask for everything again. Before the transport's first `connect` it takes note
        only."""
        await self._transport.subscribe([RECALL_TOPIC], self._recall, qos=1)
        self._transport.on_connection(self._on_connection)

    def connected(self, client_id: str, principal_id: str, ip_address: str) -> ClientSession:
        """The broker accepted this client; keep the answer for `disconnected`."""
        now = self._now()
        # Two connections of one client in one millisecond, or a clock that was set back, must not tie.
        self._last_version = max(now, self._last_version + 1)
        session = ClientSession(
            client_id, str(uuid.uuid4()), principal_id, ip_address, self._last_version, now
        )
        self._open[client_id] = session
        self._publish(*connected_event(session))
        _log.debug("client connected", thing=client_id, address=ip_address)
        return session

    def disconnected(self, session: ClientSession, reason: DisconnectReason) -> None:
        """The connection ended."""
        if self._open.get(session.client_id) is session:
            del self._open[session.client_id]
        self._publish(*disconnected_event(session, reason, self._now()))
        _log.debug("client disconnected", thing=session.client_id, reason=reason.value)

    def _recall(self, _asked: Message) -> None:
        self._tell_all()

    def _on_connection(self, connected: bool) -> None:
        # While this connection was away, its will had the roll called, and nobody heard us answer.
        if connected:
            self._tell_all()

    def _tell_all(self) -> None:
        for session in self._open.values():
            self._publish(*connected_event(session))

    def _publish(self, topic: str, payload: bytes) -> None:
        # Not awaited: the transport keeps its order, holds it while the broker is away, and has a bound.
        self._transport.publish(topic, payload, qos=1)

    def _now(self) -> int:
        return int(self._clock() * 1000)
