"""An MQTT broker in this process: for programs that want rooms or shadows without a network, and for their
tests.

What holds as with a real broker: filters with `+` and `#`, retained messages, QoS 1 with redelivery after a
loss, last wills, one connection per client id, persistent sessions. What does not: there is no wire, no
security but `deny`.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from broker_bridge.transport.backoff import full_jitter
from broker_bridge.transport.delivery import Delivery, failed
from broker_bridge.transport.dispatch import Receipts, Subscriptions, dispatch
from broker_bridge.transport.port import Dropped, Handler, Refused, Unreachable, Will
from broker_bridge.wire.topics import matches

_log = structlog.get_logger(__name__)

MAX_QUEUED = 100_000
"""Messages waiting for one session; what comes on top is dropped, as Mosquitto does, and logged once."""
MAX_OUTGOING = 50_000
"""Messages of one client that wait for the broker to come back."""
RECEIVE_WINDOW = 8_192
"""Messages not acknowledged by manual handlers before delivery pauses."""


class _Stored(NamedTuple):
    topic: str
    payload: bytes
    qos: int
    retain: bool


@dataclass(slots=True)
class _Session:
    """What the broker keeps for a client id, connected or not."""

    filters: dict[str, int] = field(default_factory=dict)
    queue: deque[_Stored] = field(default_factory=deque)
    unacknowledged: dict[int, _Stored] = field(default_factory=dict)
    connection: "MemoryTransport | None" = None
    last_id: int = 0
    overflowed: bool = False

    def granted(self, topic: str) -> int | None:
        """The best QoS at which this session wants a topic."""
        found = [qos for topic_filter, qos in self.filters.items() if matches(topic_filter, topic)]
        return max(found, default=None)

    def add(self, message: _Stored) -> None:
        if self.connection is None and message.qos == 0:
            return
        if len(self.queue) >= MAX_QUEUED:
            if not self.overflowed:
                _log.warning("a session's queue is full: messages are dropped", limit=MAX_QUEUED)
            self.overflowed = True
            return
        self.queue.append(message)
        if self.connection is not None:
            self.connection.wake()

    def requeue(self) -> None:
        """Put back what was delivered and not acknowledged, oldest first."""
        self.queue.extendleft(reversed(self.unacknowledged.values()))
        self.unacknowledged.clear()


class MemoryBroker:
    """The broker. Transports of the same event loop meet here."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, _Stored] = {}
        self._denied: list[str] = []
        self._running = True

    @property
    def running(self) -> bool:
        """False between `stop` and `start`."""
        return self._running

    def deny(self, topic_filter: str) -> None:
        """From now on, swallow publishes to these topics and refuse exactly this subscription."""
        self._denied.append(topic_filter)

    def stop(self) -> None:
        """Drop every connection, as a broker that is killed; sessions and retained messages stay."""
        self._running = False
        for session in list(self._sessions.values()):
            if session.connection is not None:
                self._detach(session, wills=False)

    def start(self) -> None:
        """Take connections again."""
        self._running = True

    def drop(self, client_id: str) -> None:
        """Cut one client off as a lost network does: its will is published."""
        session = self._sessions.get(client_id)
        if session is not None and session.connection is not None:
            self._detach(session, wills=True)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Publish as the broker itself: deliver to every session that wants it, and keep it when retained."""
        if any(matches(denied, topic) for denied in self._denied):
            return
        if retain and payload:
            self._retained[topic] = _Stored(topic, payload, qos, True)
        elif retain:
            self._retained.pop(topic, None)
        for session in list(self._sessions.values()):
            granted = session.granted(topic)
            if granted is not None:
                session.add(_Stored(topic, payload, min(qos, granted), False))

    def attach(self, connection: "MemoryTransport", client_id: str, *, clean: bool) -> _Session:
        """A session for a connection; an older connection of the same client id is cut off."""
        session = self._sessions.get(client_id)
        if session is not None and session.connection is not None:
            self._detach(session, wills=True)
        if session is None or clean:
            session = self._sessions[client_id] = _Session()
        session.connection = connection
        return session

    def leave(self, client_id: str) -> None:
        """A clean disconnect: no will."""
        session = self._sessions.get(client_id)
        if session is not None and session.connection is not None:
            self._detach(session, wills=False)

    def subscribe(self, session: _Session, filters: Sequence[tuple[str, int]]) -> None:
        """Grant filters and send what is retained for them; raises `Refused`."""
        for topic_filter, _ in filters:
            if topic_filter in self._denied:
                raise Refused(f"the broker denied {topic_filter}")
        for topic_filter, qos in filters:
            session.filters[topic_filter] = qos
            for kept in self._retained.values():
                if matches(topic_filter, kept.topic):
                    session.add(kept._replace(qos=min(qos, kept.qos)))

    def _detach(self, session: _Session, *, wills: bool) -> None:
        connection, session.connection = session.connection, None
        session.requeue()
        if connection is None:
            return
        if connection.clean_session:
            self._sessions.pop(connection.client_id, None)
        connection.cut()
        if wills and connection.will is not None:
            will = connection.will
            self.publish(will.topic, will.payload, qos=will.qos, retain=will.retain)


class MemoryTransport:
    """A `Transport` to a `MemoryBroker`."""

    def __init__(
        self,
        broker: MemoryBroker,
        client_id: str,
        *,
        will: Will | None = None,
        clean_session: bool = True,
        receive_window: int = RECEIVE_WINDOW,
        max_outgoing: int = MAX_OUTGOING,
    ) -> None:
        self.client_id = client_id
        self.will = will
        self.clean_session = clean_session
        self._broker = broker
        self._window = receive_window
        self._max_outgoing = max_outgoing
        self._session: _Session | None = None
        self._subscriptions = Subscriptions()
        self._receipts = Receipts(lambda _: None)
        self._held: deque[tuple[_Stored, Delivery]] = deque()
        self._listeners: list[Callable[[bool], None]] = []
        self._reconnecting: asyncio.Task[None] | None = None
        self._wake_scheduled = False
        self._ever_connected = False
        self._closing = False

    async def connect(self) -> None:
        """Connect, or raise `Unreachable` while the broker is stopped."""
        if not self._ever_connected:
            self._establish()
            self._ever_connected = True

    async def close(self) -> None:
        """Disconnect cleanly."""
        self._closing = True
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.gather(self._reconnecting, return_exceptions=True)
        if self._session is not None:
            self._broker.leave(self.client_id)
        while self._held:
            self._held.popleft()[1].settle(Dropped("the connection was closed"))

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """Route messages of these filters to `handler`."""
        self._subscriptions.add(filters, handler, qos=qos, manual_ack=manual_ack)
        if not self._ever_connected:
            return
        if self._session is None:
            raise Dropped("there is no connection")
        try:
            self._broker.subscribe(self._session, [(one, qos) for one in filters])
        except Refused:
            self._subscriptions.remove(filters)
            raise

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Stop routing these filters."""
        self._subscriptions.remove(filters)
        if self._session is None and self._ever_connected:
            raise Dropped("there is no connection")
        if self._session is not None:
            for one in filters:
                self._session.filters.pop(one, None)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """Hand a message to the broker."""
        if self._closing or (self._session is None and (qos == 0 or len(self._held) >= self._max_outgoing)):
            return failed(Dropped("there is no connection"))
        delivery = Delivery()
        if self._session is None:
            self._held.append((_Stored(topic, payload, qos, retain), delivery))
        else:
            self._broker.publish(topic, payload, qos=qos, retain=retain)
            delivery.settle()
        return delivery

    @property
    def connected(self) -> bool:
        """True while the broker has this connection."""
        return self._session is not None

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """The broker has something in the session's queue."""
        if not self._wake_scheduled:
            self._wake_scheduled = True
            asyncio.get_running_loop().call_soon(self._deliver)

    def cut(self) -> None:
        """The broker let this connection go."""
        had, self._session = self._session, None
        if had is None or self._closing:
            return
        for listener in self._listeners:
            listener(False)
        if self._reconnecting is None or self._reconnecting.done():
            self._reconnecting = asyncio.create_task(
                self._reconnect(), name=f"memory-reconnect-{self.client_id}"
            )

    def _establish(self) -> None:
        if not self._broker.running:
            raise Unreachable("the memory broker is stopped")
        session = self._broker.attach(self, self.client_id, clean=self.clean_session)
        self._receipts = Receipts(self._acknowledger(session))
        try:
            self._broker.subscribe(session, self._subscriptions.wanted())
        except Refused:
            self._broker.leave(self.client_id)
            raise
        self._session = session
        while self._held:
            message, delivery = self._held.popleft()
            self._broker.publish(message.topic, message.payload, qos=message.qos, retain=message.retain)
            delivery.settle()
        self.wake()
        for listener in self._listeners:
            listener(True)

    async def _reconnect(self) -> None:
        lost_at = time.monotonic()
        attempt = 0
        while self._session is None:
            chance = random.random()  # noqa: S311, jitter and no secret
            await asyncio.sleep(full_jitter(attempt, time.monotonic() - lost_at, chance))
            attempt += 1
            try:
                self._establish()
            except (Unreachable, Refused) as error:
                _log.info("reconnect failed", client=self.client_id, attempt=attempt, reason=str(error))

    def _acknowledger(self, session: _Session) -> Callable[[int], None]:
        def acknowledge(packet_id: int) -> None:
            if session is self._session:
                session.unacknowledged.pop(packet_id, None)
                self.wake()

        return acknowledge

    def _deliver(self) -> None:
        self._wake_scheduled = False
        session = self._session
        while session is not None and session is self._session and session.queue:
            if len(self._receipts) >= self._window:
                return
            message = session.queue.popleft()
            packet_id = 0
            if message.qos:
                packet_id = session.last_id = session.last_id + 1
                session.unacknowledged[packet_id] = message
            found = self._subscriptions.of(message.topic)
            topic, payload, qos, retain = message
            dispatch(found, self._receipts, topic, payload, qos, retain, packet_id)
