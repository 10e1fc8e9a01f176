"""The CONNECT of any MQTT client, 3.1.1 or 5, read only as far as a gate must: who is it? Whatever else is in
it, properties and will among them, goes on to the broker byte for byte.
"""

from dataclasses import dataclass, field
from typing import Final

from broker_bridge.wire.fields import Fields, MalformedPacket, extent

MQTT_3_1_1: Final = 4
MQTT_5: Final = 5
"""Protocol levels."""

CONNECT_BYTE: Final = 0x10
CONNACK_BYTE: Final = 0x20
DISCONNECT_BYTE: Final = 0xE0
_MAX_STRING: Final = 65_535

_HAS_USERNAME: Final = 0x80
_HAS_PASSWORD: Final = 0x40
_HAS_WILL: Final = 0x04


class UnknownProtocol(MalformedPacket):
    """A CONNECT of another protocol than MQTT 3.1.1 and 5."""


@dataclass(frozen=True, slots=True)
class AnyConnect:
    """A CONNECT: what says who it is, and the rest as it came."""

    level: int
    """`MQTT_3_1_1` or `MQTT_5`."""
    client_id: str
    username: str | None
    password: bytes | None = field(repr=False)
    keepalive: int
    """Seconds; 0 for none."""
    _flags: int
    _properties: bytes = field(repr=False)
    _will: bytes = field(repr=False)

    def with_credential(self, username: str, password: bytes) -> bytes:
        """The packet's bytes with this user name and password in place of its own.

        Raises `MalformedPacket` when they do not fit.
        """
        flags = self._flags | _HAS_USERNAME | _HAS_PASSWORD
        head = b"\x00\x04MQTT" + bytes((self.level, flags)) + self.keepalive.to_bytes(2)
        identity = _prefixed(self.client_id.encode()) + self._will
        body = head + self._properties + identity + _prefixed(username.encode()) + _prefixed(password)
        return bytes((CONNECT_BYTE,)) + _length(len(body)) + body


def read_connect(packet: bytes) -> AnyConnect:
    """Read one whole packet. Raises `UnknownProtocol` or `MalformedPacket`."""
    start, end = extent(packet)
    if end != len(packet) or packet[0] != CONNECT_BYTE:
        raise MalformedPacket("not one CONNECT")
    fields = Fields(packet[start:])
    if fields.binary() != b"MQTT" or (level := fields.byte()) not in (MQTT_3_1_1, MQTT_5):
        raise UnknownProtocol("neither MQTT 3.1.1 nor 5")
    flags, keepalive = fields.byte(), fields.number()
    without_username = level == MQTT_3_1_1 and flags & 0xC0 == _HAS_PASSWORD
    if flags & 1 or without_username or (not flags & _HAS_WILL and flags & 0x38):
        raise MalformedPacket("connect flags that contradict each other")
    properties = _properties(fields) if level == MQTT_5 else b""
    client_id = fields.string()
    will = _will(fields, level) if flags & _HAS_WILL else b""
    username = fields.string() if flags & _HAS_USERNAME else None
    password = fields.binary() if flags & _HAS_PASSWORD else None
    fields.finish()
    return AnyConnect(level, client_id, username, password, keepalive, flags, properties, will)


def connack(level: int, code_3: int, code_5: int) -> bytes:
    """A CONNACK that refuses, in the words of the client's protocol level."""
    if level == MQTT_5:
        return bytes((CONNACK_BYTE, 3, 0, code_5, 0))
    return bytes((CONNACK_BYTE, 2, 0, code_3))


def connack_code(data: bytes | bytearray) -> int | None:
    """The code of the CONNACK that `data` begins with, 0 for accepted; None while it is not whole.

    Raises `MalformedPacket` when it is another packet.
    """
    if not data:
        return None
    if data[0] != CONNACK_BYTE:
        raise MalformedPacket("the first packet is no CONNACK")
    start, end = extent(data)
    if end > len(data):
        return None
    if end - start < 2:
        raise MalformedPacket("a CONNACK without a code")
    return data[start + 1]


class PacketTypes:
    """Follows a stream of packets of any kind by their lengths alone, and knows the last one's first byte.

    Cheap enough for every byte that a client sends: some hundred nanoseconds for each packet.
    """

    __slots__ = ("_head", "_skip", "last")

    def __init__(self) -> None:
        self.last = 0
        """The first byte of the last packet that began."""
        self._head = b""
        self._skip = 0

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream. A length that is none leaves `last` at 0 for good."""
        position = self._skip
        if self._head:
            data, self._head = self._head + data, b""
        size = len(data)
        while position < size:
            try:
                start, end = extent(data, position)
            except MalformedPacket:
                self.last, self._skip = 0, 1 << 62
                return
            if start >= size and end > size and not _length_is_whole(data, position):
                self.last, self._head, self._skip = data[position], data[position:], 0
                return
            self.last = data[position]
            position = end
        self._skip = position - size

    @property
    def said_goodbye(self) -> bool:
        """True when the last packet was a DISCONNECT: the client ends on purpose."""
        return self.last == DISCONNECT_BYTE


def _length_is_whole(data: bytes, position: int) -> bool:
    return any(byte < 0x80 for byte in data[position + 1 : position + 5])


def _properties(fields: Fields) -> bytes:
    """MQTT 5 properties with their length before them, as they came."""
    raw, length, shift = bytearray(), 0, 0
    while True:
        byte = fields.byte()
        raw.append(byte)
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return bytes(raw) + fields.take(length)
        shift += 7
        if shift > 21:
            raise MalformedPacket("a length of more than four bytes")


def _will(fields: Fields, level: int) -> bytes:
    properties = _properties(fields) if level == MQTT_5 else b""
    return properties + _prefixed(fields.binary()) + _prefixed(fields.binary())


def _prefixed(raw: bytes) -> bytes:
    if len(raw) > _MAX_STRING:
        raise MalformedPacket("a field is at most 65535 bytes long")
    return len(raw).to_bytes(2) + raw


def _length(length: int) -> bytes:
    raw = bytearray()
    while length >= 0x80:
        raw.append(length & 0x7F | 0x80)
        length >>= 7
    raw.append(length)
    return bytes(raw)
