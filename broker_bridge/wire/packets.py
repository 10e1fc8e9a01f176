"""MQTT 3.1.1 packets as bytes, without input or output: the part of the protocol that tunnel and crowd speak.

QoS 2 is left out on purpose: AWS IoT does not have it and nothing here uses it, so its packets are malformed
to us. One module, and a long one, because it is one table of the protocol.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from broker_bridge.wire.fields import Fields, check_topic, extent
from broker_bridge.wire.fields import (
    MalformedPacket as MalformedPacket,
)  # also for those who use packets only

MAX_PAYLOAD: Final = 131_072
"""Bytes of one message; AWS IoT Core's limit for a publish."""
MAX_PACKET: Final = MAX_PAYLOAD + 65_535 + 9
"""Bytes of one whole packet: the largest payload, the longest topic, two lengths and the fixed header."""

_MAX_STRING: Final = 65_535
_MAX_REMAINING: Final = 268_435_455


@dataclass(frozen=True, slots=True)
class Will:
    """The message a broker publishes for a client that vanished."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """The first packet of a client. `keepalive` is in seconds, 0 for none."""

    client_id: str
    username: str | None = None
    password: bytes | None = field(default=None, repr=False)
    keepalive: int = 60
    clean_session: bool = True
    will: Will | None = None


@dataclass(frozen=True, slots=True)
class Connack:
    """The broker's answer: `code` 0 accepted, 4 bad user name or password, 5 not authorised (3.2.2.3)."""

    code: int = 0
    session_present: bool = False


@dataclass(frozen=True, slots=True)
class Publish:
    """An application message. `packet_id` is 0 with QoS 0 and 1 to 65535 with QoS 1."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    packet_id: int = 0
    dup: bool = False


@dataclass(frozen=True, slots=True)
class Puback:
    """The other side has the QoS 1 message of this packet id."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Filters, each with the QoS asked for (0 to 2)."""

    packet_id: int
    filters: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Suback:
    """One code for each filter: the QoS granted, or `SUBACK_REFUSED`."""

    packet_id: int
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Filters no longer wanted."""

    packet_id: int
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsuback:
    """The broker dropped the filters of the request with this packet id."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Pingreq:
    """The client is alive."""


@dataclass(frozen=True, slots=True)
class Pingresp:
    """So is the broker."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """A clean end: the broker forgets the will."""


Packet = (
    Connect
    | Connack
    | Publish
    | Puback
    | Subscribe
    | Suback
    | Unsubscribe
    | Unsuback
    | Pingreq
    | Pingresp
    | Disconnect
)

SUBACK_REFUSED: Final = 0x80
"""The code of a filter that the broker did not grant."""


def encode(packet: Packet) -> bytes:
    """The bytes of `packet`; raises `MalformedPacket` for one that MQTT 3.1.1 cannot carry."""
    if isinstance(packet, Publish):
        return _encode_publish(packet)
    return _ENCODERS[type(packet)](packet)


class PacketReader:
    """Cuts a stream of bytes into packets; holds at most one incomplete packet of `max_packet` bytes.

    After a `MalformedPacket` the stream has no meaning any more: close the connection; `feed` raises again.
    """

    __slots__ = ("_broken", "_buffer", "_max_packet")

    def __init__(self, max_packet: int = MAX_PACKET) -> None:
        self._max_packet = max_packet
        self._buffer: bytearray | None = None
        self._broken: str | None = None

    def feed(self, data: bytes) -> list[Packet]:
        """All packets that are complete with `data`, in order. Raises `MalformedPacket` and nothing else."""
        packets: list[Packet] = []
        self._read(data, packets, 1 << 62)
        return packets

    def first(self, data: bytes) -> Packet | None:
        """The next packet once it is complete, and only that one; what follows it is in `remainder`."""
        packets: list[Packet] = []
        self._read(data, packets, 1)
        return packets[0] if packets else None

    @property
    def remainder(self) -> bytes:
        """The bytes that were fed and belong to no packet that was returned, as they came."""
        return bytes(self._buffer or b"")

    def _read(self, data: bytes, packets: list[Packet], limit: int) -> None:
        if self._broken is not None:
            raise MalformedPacket(self._broken)
        try:
            self._cut(data, packets, limit)
        except MalformedPacket as error:
            self._broken, self._buffer = str(error), None
            raise

    def _cut(self, data: bytes, packets: list[Packet], limit: int) -> None:
        if self._buffer is not None:
            self._buffer += data
            if extent(self._buffer, 0, self._max_packet)[1] > len(self._buffer):
                return
            data, self._buffer = bytes(self._buffer), None
        position, size = 0, len(data)
        while position < size and len(packets) < limit:
            start, end = extent(data, position, self._max_packet)
            if end > size:
                break
            packets.append(decode(data[position], data[start:end]))
            position = end
        if position < size:
            self._buffer = bytearray(data[position:])


def _encode_connect(packet: Connect) -> bytes:
    if packet.password is not None and packet.username is None:
        raise MalformedPacket("a password needs a user name")
    flags, tail = packet.clean_session << 1, [_string(packet.client_id)]
    if packet.will is not None:
        flags |= 0x04 | _qos(packet.will.qos) << 3 | packet.will.retain << 5
        tail += [_topic(packet.will.topic), _binary(packet.will.payload)]
    if packet.username is not None:
        flags |= 0x80
        tail.append(_string(packet.username))
    if packet.password is not None:
        flags |= 0x40
        tail.append(_binary(packet.password))
    if not 0 <= packet.keepalive <= 0xFFFF:
        raise MalformedPacket("keepalive is 0 to 65535 seconds")
    head = b"\x00\x04MQTT\x04" + bytes((flags,)) + packet.keepalive.to_bytes(2)
    return _packet(0x10, head + b"".join(tail))


def _encode_publish(packet: Publish) -> bytes:
    first = 0x30 | packet.retain
    if packet.qos == 0 and packet.packet_id == 0 and not packet.dup:
        return _packet(first, _topic(packet.topic) + packet.payload)
    if packet.qos != 1:
        raise MalformedPacket("a message has QoS 0 without packet id and dup, or QoS 1")
    return _packet(
        first | 0x02 | packet.dup << 3, _topic(packet.topic) + _id(packet.packet_id) + packet.payload
    )


def _encode_connack(packet: Connack) -> bytes:
    if not 0 <= packet.code <= 5 or (packet.session_present and packet.code):
        raise MalformedPacket("CONNACK codes are 0 to 5, and a refusal has no session")
    return bytes((0x20, 2, packet.session_present, packet.code))


def _encode_subscribe(packet: Subscribe) -> bytes:
    body = b"".join(_filter(text) + bytes((_qos(qos),)) for text, qos in packet.filters)
    return _packet(0x82, _id(packet.packet_id) + _some(body, "filter"))


def _encode_suback(packet: Suback) -> bytes:
    return _packet(0x90, _id(packet.packet_id) + _some(bytes(map(_granted, packet.codes)), "code"))


def _encode_unsubscribe(packet: Unsubscribe) -> bytes:
    return _packet(0xA2, _id(packet.packet_id) + _some(b"".join(map(_filter, packet.filters)), "filter"))


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    Connect: _encode_connect,
    Connack: _encode_connack,
    Puback: lambda packet: b"\x40\x02" + _id(packet.packet_id),
    Subscribe: _encode_subscribe,
    Suback: _encode_suback,
    Unsubscribe: _encode_unsubscribe,
    Unsuback: lambda packet: b"\xb0\x02" + _id(packet.packet_id),
    Pingreq: lambda _packet: b"\xc0\x00",
    Pingresp: lambda _packet: b"\xd0\x00",
    Disconnect: lambda _packet: b"\xe0\x00",
}


def _packet(first: int, body: bytes) -> bytes:
    length = len(body)
    if length < 0x80:
        return bytes((first, length)) + body
    if length > _MAX_REMAINING:
        raise MalformedPacket("a packet is at most 256 MiB long")
    head = bytearray((first,))
    while length >= 0x80:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head) + body


def _binary(raw: bytes) -> bytes:
    if len(raw) > _MAX_STRING:
        raise MalformedPacket("a field is at most 65535 bytes long")
    return len(raw).to_bytes(2) + raw


def _string(text: str) -> bytes:
    if "\0" in text:
        raise MalformedPacket("a string must not have U+0000")
    try:
        return _binary(text.encode())
    except UnicodeEncodeError:
        raise MalformedPacket("a string must not have lone surrogates") from None


def _topic(text: str) -> bytes:
    check_topic(text)
    return _string(text)


def _filter(text: str) -> bytes:
    if not text:
        raise MalformedPacket("a filter must not be empty")
    return _string(text)


def _some(body: bytes, what: str) -> bytes:
    if not body:
        raise MalformedPacket(f"at least one {what} is needed")
    return body


def _id(number: int) -> bytes:
    if not 0 < number <= 0xFFFF:
        raise MalformedPacket("a packet id is 1 to 65535")
    return number.to_bytes(2)


def _qos(qos: int) -> int:
    if not 0 <= qos <= 2:
        raise MalformedPacket("QoS is 0, 1 or 2")
    return qos


def _granted(code: int) -> int:
    return code if code == SUBACK_REFUSED else _qos(code)


def decode(first: int, body: bytes) -> Packet:
    """The packet of a first byte and what follows its length; raises `MalformedPacket`."""
    if first & 0xF0 == 0x30:
        return _decode_publish(first & 0x0F, Fields(body))
    decoder = _DECODERS.get(first)
    if decoder is None:
        raise MalformedPacket(f"a first byte 0x{first:02x}, which is no packet that we speak")
    fields = Fields(body)
    packet = decoder(fields)
    fields.finish()
    return packet


def _decode_publish(flags: int, fields: Fields) -> Publish:
    qos, retain, dup = flags >> 1 & 3, flags & 1 == 1, flags & 8 == 8
    if qos > 1 or (dup and qos == 0):
        raise MalformedPacket("a message of QoS 2 or 3, or a repeated one of QoS 0")
    topic = fields.topic()
    packet_id = fields.packet_id() if qos else 0
    return Publish(topic, fields.rest(), qos, retain, packet_id, dup)


def _decode_connect(fields: Fields) -> Connect:
    if fields.binary() != b"MQTT" or fields.byte() != 4:
        raise MalformedPacket("not MQTT 3.1.1")
    flags, keepalive = fields.byte(), fields.number()
    has_will, will_qos = flags & 0x04, flags >> 3 & 3
    if flags & 1 or will_qos == 3 or (not has_will and flags & 0x38) or flags & 0xC0 == 0x40:
        raise MalformedPacket("connect flags that contradict each other")
    client_id, will = fields.string(), None
    if has_will:
        will = Will(fields.topic(), fields.binary(), will_qos, flags & 0x20 != 0)
    username = fields.string() if flags & 0x80 else None
    password = fields.binary() if flags & 0x40 else None
    return Connect(client_id, username, password, keepalive, flags & 2 != 0, will)


def _decode_connack(fields: Fields) -> Connack:
    present, code = fields.byte(), fields.byte()
    if present > 1 or code > 5 or (present and code):
        raise MalformedPacket("a CONNACK that contradicts itself")
    return Connack(code, present == 1)


def _decode_subscribe(fields: Fields) -> Subscribe:
    packet_id, filters = fields.packet_id(), [(fields.filter(), _qos(fields.byte()))]
    while fields.left:
        filters.append((fields.filter(), _qos(fields.byte())))
    return Subscribe(packet_id, tuple(filters))


def _decode_suback(fields: Fields) -> Suback:
    packet_id, codes = fields.packet_id(), tuple(map(_granted, fields.rest()))
    if not codes:
        raise MalformedPacket("a SUBACK without a code")
    return Suback(packet_id, codes)


def _decode_unsubscribe(fields: Fields) -> Unsubscribe:
    packet_id, filters = fields.packet_id(), [fields.filter()]
    while fields.left:
        filters.append(fields.filter())
    return Unsubscribe(packet_id, tuple(filters))


_DECODERS: dict[int, Callable[[Fields], Packet]] = {
    0x10: _decode_connect,
    0x20: _decode_connack,
    0x40: lambda fields: Puback(fields.packet_id()),
    0x82: _decode_subscribe,
    0x90: _decode_suback,
    0xA2: _decode_unsubscribe,
    0xB0: lambda fields: Unsuback(fields.packet_id()),
    0xC0: lambda _fields: Pingreq(),
    0xD0: lambda _fields: Pingresp(),
    0xE0: lambda _fields: Disconnect(),
}
