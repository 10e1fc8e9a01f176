"""The transport port: what the service, the room and the crowd may assume of an MQTT connection.

Errors are grouped by remedy: `Refused` (stop and tell a person), `Unreachable` (retry), `Dropped` (resume:
the transport reconnects by itself, what was in flight is unknown).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class TransportError(Exception):
    """Base of all transport errors."""


class Refused(TransportError):
    """The broker answered and said no: credentials, protocol or permission. Retrying does not help."""


class Unreachable(TransportError):
    """No broker answered within the time-out. Retrying may help."""


class Dropped(TransportError):
    """The connection was lost while waiting; the outcome of what was in flight is unknown."""


@dataclass(frozen=True, slots=True)
class Message:
    """One application message as it arrived."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    acknowledge: Callable[[], None] | None = field(default=None, compare=False, repr=False)
    """Set when the subscription asked for manual acknowledgement, with QoS 0 too: call it once, when the
    message is safe. It may be called from the event loop only, and does nothing when the connection it came
    from is gone. A transport stops reading while too many messages wait for it, which is how a slow handler
    slows the broker down."""


@dataclass(frozen=True, slots=True)
class Will:
    """The message a broker publishes for a client that vanished."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = False


@dataclass(frozen=True, slots=True)
class MessageProperties:
    """What MQTT 5 lets a publisher say about a message; what was not said is None."""

    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    expiry_s: int | None = None
    """Seconds, 32 bits."""
    is_text: bool | None = None
    """The payload format indicator: the payload is UTF-8."""
    user: Sequence[tuple[str, str]] = ()
    """Names may come more than once; the order is kept."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to connect. The password never appears in a repr or a log."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca_file: str | None = None


Handler = Callable[[Message], None]
"""Called on the event loop for each message of a subscription, in the order of arrival. It must not block."""


class Transport(Protocol):
    """An MQTT connection that keeps itself alive.

    After the first successful `connect` a transport reconnects by itself with full-jitter backoff, subscribes
    anew, and calls `on_connection(True)` after it did; `on_connection(False)` when the connection was lost.
    """

    async def connect(self) -> None:
        """Connect, or raise `Refused` or `Unreachable` within the time-out."""

    async def close(self) -> None:
        """Disconnect cleanly (no will) and stop reconnecting. Idempotent."""

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """Route messages of these filters to `handler`; returns when the broker granted all of them.

        Raises `Refused` when the broker denied one. Kept across reconnects. Before the first `connect` it
        only takes note, and `connect` subscribes: so nothing that a persistent session kept is missed. With
        `manual_ack` every message has `acknowledge`.
        """

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """Stop what `subscribe` began for exactly these filters. Raises `Dropped` when the broker did not
        answer."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """Hand a message to the connection at once, in call order; the awaitable ends when it is safe at the
        broker.

        With QoS 0 that is when it was written; with QoS 1 when it was acknowledged. The awaitable need not be
        awaited, and can be awaited once. While disconnected, QoS 1 messages wait in a bounded queue; a full
        queue raises `Dropped` in the awaitable.
        """

    @property
    def connected(self) -> bool:
        """True while the broker has this connection and its subscriptions."""

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """Add a listener that is told of every connect (True) and loss (False)."""
