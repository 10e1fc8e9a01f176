"""The fields of which MQTT packets are made, and how long a packet is: numbers, strings, lengths."""

from typing import Final

LONGEST_PACKET: Final = 268_435_455 + 5
"""Bytes; MQTT's own limit, the largest length and the fixed header."""


class MalformedPacket(ValueError):
    """These bytes are no MQTT packet that we speak, or this packet cannot be put into bytes."""


def check_topic(text: str) -> None:
    """Raise `MalformedPacket` for a text that cannot be a topic."""
    if not text or "+" in text or "#" in text:
        raise MalformedPacket("a topic is not empty and has no wildcard")


def extent(data: bytes | bytearray, position: int = 0, max_packet: int = LONGEST_PACKET) -> tuple[int, int]:
    """Where the body of the packet at `position` starts and ends; an end beyond `data`: more is needed.

    Raises `MalformedPacket` for more than `max_packet` bytes, or a length that MQTT does not have.
    """
    length, shift, size = 0, 0, len(data)
    for index in range(position + 1, position + 5):
        if index >= size:
            return index, size + 1
        byte = data[index]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            if index + 1 + length - position > max_packet:
                raise MalformedPacket(f"a packet of more than {max_packet} bytes")
            return index + 1, index + 1 + length
        shift += 7
    raise MalformedPacket("a remaining length of more than four bytes")


class Fields:
    """Takes fields off the front of a packet's body; raises `MalformedPacket` when there is none."""

    __slots__ = ("_body", "_position")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._position = 0

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes."""
        start, end = self._position, self._position + count
        if end > len(self._body):
            raise MalformedPacket("a field ends beyond its packet")
        self._position = end
        return self._body[start:end]

    def byte(self) -> int:
        """One byte as a number."""
        return self.take(1)[0]

    def number(self) -> int:
        """Two bytes, big end first."""
        return int.from_bytes(self.take(2))

    def packet_id(self) -> int:
        """A number that is not 0."""
        number = self.number()
        if number == 0:
            raise MalformedPacket("packet id 0")
        return number

    def binary(self) -> bytes:
        """As many bytes as the number before them says."""
        return self.take(self.number())

    def string(self) -> str:
        """UTF-8 without U+0000."""
        try:
            text = self.binary().decode()
        except UnicodeDecodeError:
            raise MalformedPacket("a string that is not UTF-8") from None
        if "\0" in text:
            raise MalformedPacket("a string with U+0000")
        return text

    def topic(self) -> str:
        """A string that names one topic."""
        text = self.string()
        check_topic(text)
        return text

    def filter(self) -> str:
        """A string that is not empty."""
        text = self.string()
        if not text:
            raise MalformedPacket("an empty filter")
        return text

    def rest(self) -> bytes:
        """All that is left."""
        return self.take(len(self._body) - self._position)

    @property
    def left(self) -> bool:
        """True while there is more."""
        return self._position < len(self._body)

    def finish(self) -> None:
        """Raise when there is more."""
        if self.left:
            raise MalformedPacket("bytes after the last field")
