"""Who gets a message: the subscriptions of one connection, and the receipts of what was not acknowledged
yet."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from broker_bridge.transport.port import Handler, Message
from broker_bridge.wire.topics import matches

_log = structlog.get_logger(__name__)

REMEMBERED_TOPICS = 16_384
"""Topics whose handlers are remembered; then all are forgotten and looked up again."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One filter as asked for."""

    topic_filter: str
    handler: Handler
    qos: int
    manual_ack: bool


class Subscriptions:
    """The filters of one connection. A message goes to every one that matches, in the order of
    subscription."""

    def __init__(self) -> None:
        self._by_filter: dict[str, Subscription] = {}
        self._by_topic: dict[str, tuple[Subscription, ...]] = {}

    def add(self, filters: Sequence[str], handler: Handler, *, qos: int, manual_ack: bool) -> None:
        """Note filters; one that is there already gets the new handler, as MQTT replaces a subscription."""
        for topic_filter in filters:
            self._by_filter[topic_filter] = Subscription(topic_filter, handler, qos, manual_ack)
        self._by_topic.clear()

    def remove(self, filters: Sequence[str]) -> None:
        """Forget filters; unknown ones are none."""
        for topic_filter in filters:
            self._by_filter.pop(topic_filter, None)
        self._by_topic.clear()

    def wanted(self) -> list[tuple[str, int]]:
        """Filters with their QoS, to subscribe anew."""
        return [(one.topic_filter, one.qos) for one in self._by_filter.values()]

    def of(self, topic: str) -> tuple[Subscription, ...]:
        """The subscriptions that match a topic."""
        found = self._by_topic.get(topic)
        if found is None:
            if len(self._by_topic) >= REMEMBERED_TOPICS:
                self._by_topic.clear()
            found = tuple(one for one in self._by_filter.values() if matches(one.topic_filter, topic))
            self._by_topic[topic] = found
        return found


class Receipts:
    """Messages taken in and not acknowledged yet. Acknowledgements go out in the order of arrival
    (MQTT-4.6.0-2)."""

    def __init__(self, send: Callable[[int], None]) -> None:
        """`send` is told of every message that leaves: by its packet identifier, or 0 for a message of QoS
        0."""
        self._send = send
        self._waiting: deque[_Receipt] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, packet_id: int, times: int) -> Callable[[], None]:
        """What to call `times` times to acknowledge `packet_id`; 0 is a message of QoS 0, which only takes a
        place."""
        receipt = _Receipt(self, packet_id, times)
        self._waiting.append(receipt)
        return receipt.acknowledge

    def settle(self) -> None:
        """Acknowledge what can be acknowledged in order."""
        waiting = self._waiting
        while waiting and waiting[0].left <= 0:
            self._send(waiting.popleft().packet_id)


class _Receipt:
    __slots__ = ("left", "packet_id", "receipts")

    def __init__(self, receipts: Receipts, packet_id: int, times: int) -> None:
        self.receipts = receipts
        self.packet_id = packet_id
        self.left = times

    def acknowledge(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.receipts.settle()


def dispatch(
    found: tuple[Subscription, ...],
    receipts: Receipts,
    topic: str,
    payload: bytes,
    qos: int,
    retain: bool,
    packet_id: int,
) -> None:
    """Call the handlers of one message. A handler that raises is logged, and stops nobody else."""
    manual = sum(one.manual_ack for one in found)
    acknowledge = receipts.expect(packet_id if qos else 0, manual) if manual else None
    for one in found:
        message = Message(topic, payload, qos, retain, acknowledge if one.manual_ack else None)
        try:
            one.handler(message)
        except Exception:  # noqa: BLE001, somebody else's code: it must not end the connection
            _log.exception("message handler failed", topic=topic)
            if one.manual_ack and acknowledge is not None:
                acknowledge()
    if qos and not manual:
        receipts.expect(packet_id, 1)()
