"""The messages of one MQTT client, 3.1.1 or 5: its PUBLISH and PUBACK packets, both ways.

paho keeps the connection; what goes over it a thousand times a second is here, since paho's own way through
one message costs ten times as much as the codec of the wire.
"""

from collections.abc import Callable

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from broker_bridge.transport.delivery import Delivery
from broker_bridge.transport.port import Refused, TransportError
from broker_bridge.transport.queued import Outgoing
from broker_bridge.wire.packets import MalformedPacket, Puback, Publish, decode, encode

FIRST_PACKET_ID, LAST_PACKET_ID = 8_192, 65_535
"""paho counts its subscriptions from one: what is on its way at the same time must not share an identifier
(MQTT 3.1.1, 2.3.1). More than `MAX_OUTGOING` of them."""
PUBLISH, PUBACK = 0x30, 0x40
"""First bytes; that of a PUBLISH has flags in its lower half."""
FAILURE = 0x80
"""A reason code of MQTT 5 from here on is a no."""


class MessagePackets:
    """Messages on their way to the broker, and packets of messages that came from it.

    A message of QoS 1 is kept until its PUBACK came, over as many connections as that takes. Messages of
    MQTT 5 that come in are left to paho.
    """

    def __init__(self, write: Callable[[bytes], None], *, mqtt5: bool) -> None:
        """`write` hands bytes to the connection, at once and whole."""
        self._write = write
        self._mqtt5 = mqtt5
        self._unacknowledged: dict[int, Outgoing] = {}
        self._unwritten: list[Delivery] = []
        """Of QoS 0."""
        self._last_id = LAST_PACKET_ID

    def __len__(self) -> int:
        """Messages on their way."""
        return len(self._unacknowledged) + len(self._unwritten)

    @property
    def unacknowledged(self) -> int:
        """Messages of QoS 1 that the broker has not confirmed."""
        return len(self._unacknowledged)

    def send(self, message: Outgoing) -> None:
        """Write a message, of QoS 1 while there is a packet identifier left. Raises `ValueError` for one that
        MQTT cannot carry."""
        packet_id = self._next_id() if message.qos else 0
        packet = _packet(message, packet_id)
        if packet_id:
            self._unacknowledged[packet_id] = message
        else:
            self._unwritten.append(message.delivery)
        self._write(packet)

    def send_again(self) -> None:
        """On a new connection: write what was not acknowledged on the one before, in order."""
        for packet_id, message in self._unacknowledged.items():
            self._write(_packet(message, packet_id, dup=True))

    def acknowledge(self, packet_id: int) -> None:
        """Tell the broker that its message is safe."""
        self._write(encode(Puback(packet_id)))

    def written(self) -> None:
        """Everything is with the operating system: all that QoS 0 promises."""
        if self._unwritten:
            self._drop(None)

    def lost(self, error: TransportError) -> None:
        """The connection is gone, and with it what was not written."""
        self._drop(error)

    def give_up(self, error: TransportError) -> None:
        """There will be no other connection."""
        self._drop(error)
        for message in self._unacknowledged.values():
            message.delivery.settle(error)
        self._unacknowledged.clear()

    def take(self, first: int, body: bytes) -> Publish | bool:
        """The message that a packet from the broker brings, True when it was an acknowledgement, and False
        for what paho is to read: other packets, and messages that our codec does not know."""
        if first == PUBACK:
            return self._acknowledged(body)
        if first & 0xF0 != PUBLISH or self._mqtt5:
            return False
        try:
            message = decode(first, body)
        except MalformedPacket:
            return False
        return message if isinstance(message, Publish) else False

    def _acknowledged(self, body: bytes) -> bool:
        if len(body) < 2:
            return False
        message = self._unacknowledged.pop(int.from_bytes(body[:2]), None)
        if message is not None:
            message.delivery.settle(_refusal(body[2]) if len(body) > 2 else None)
        return True

    def _next_id(self) -> int:
        packet_id = _after(self._last_id)
        while packet_id in self._unacknowledged:
            packet_id = _after(packet_id)
        self._last_id = packet_id
        return packet_id

    def _drop(self, error: TransportError | None) -> None:
        for delivery in self._unwritten:
            delivery.settle(error)
        self._unwritten.clear()


def _after(packet_id: int) -> int:
    return packet_id + 1 if packet_id < LAST_PACKET_ID else FIRST_PACKET_ID


def _packet(message: Outgoing, packet_id: int, *, dup: bool = False) -> bytes:
    # The properties stand where the payload begins.
    payload = message.properties + message.payload if message.properties else message.payload
    return encode(Publish(message.topic, payload, message.qos, message.retain, packet_id, dup))


def _refusal(reason: int) -> TransportError | None:
    if reason < FAILURE:
        return None
    return Refused(ReasonCode(PacketTypes.PUBACK, identifier=reason).getName())
