"""The MQTT codec: bytes as the specification prints them, any fragmentation, bounded, one error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.wire.packets import (
    MAX_PACKET,
    MAX_PAYLOAD,
    Connack,
    Connect,
    Disconnect,
    MalformedPacket,
    Packet,
    PacketReader,
    Pingreq,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsubscribe,
    Will,
    encode,
)
from tests.support.packet_strategies import PACKETS

KNOWN: list[tuple[Packet, str]] = [
    (Connect("a", keepalive=10), "100d 0004 4d515454 04 02 000a 0001 61"),
    (
        Connect("a", "u", b"p", 60, True, Will("w", b"x", 1, True)),
        "1019 0004 4d515454 04 ee 003c 0001 61 0001 77 0001 78 0001 75 0001 70",
    ),
    (Connack(5), "2002 00 05"),
    (Connack(0, session_present=True), "2002 01 00"),
    (Publish("a/b", b"hi"), "3007 0003 612f62 6869"),
    (Publish("a/b", b"", 1, True, 10, True), "3b07 0003 612f62 000a"),
    (Puback(258), "4002 0102"),
    (Subscribe(10, (("a/b", 1), ("c/d", 2))), "820e 000a 0003 612f62 01 0003 632f64 02"),
    (Suback(10, (0, 2, 128)), "9005 000a 00 02 80"),
    (Unsubscribe(10, ("a/b",)), "a207 000a 0003 612f62"),
    (Pingreq(), "c000"),
    (Disconnect(), "e000"),
]


@pytest.mark.parametrize(("packet", "wire"), KNOWN)
def test_bytes_are_those_of_the_specification(packet: Packet, wire: str) -> None:
    """Each packet has the bytes that MQTT 3.1.1 prescribes, in both directions."""
    raw = bytes.fromhex(wire)
    assert encode(packet) == raw
    assert PacketReader().feed(raw) == [packet]


@given(st.lists(PACKETS, max_size=6), st.data())
def test_any_packets_in_any_fragments_round_trip(packets: list[Packet], data: st.DataObject) -> None:
    """However a stream is cut, the same packets come out, in order, and nothing remains."""
    raw = b"".join(map(encode, packets))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    reader, read = PacketReader(), []
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        read += reader.feed(raw[start:end])
    assert read == packets
    assert reader.remainder == b""


@given(PACKETS, st.binary(max_size=200), st.integers(1, 20))
def test_first_leaves_what_follows_untouched(packet: Packet, tail: bytes, step: int) -> None:
    """`first` reads one packet and hands back every byte behind it, even bytes that are no packet."""
    raw = encode(packet)
    reader = PacketReader()
    for start in range(0, len(raw) - 1, step):
        assert reader.first(raw[start : min(start + step, len(raw) - 1)]) is None
    assert reader.first(raw[-1:] + tail) == packet
    assert reader.remainder == tail


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, MAX_PAYLOAD])
def test_lengths_at_their_borders_round_trip(size: int) -> None:
    """One, two, three and four bytes of remaining length read back, up to the largest message."""
    packet = Publish("t" * 65_535 if size == MAX_PAYLOAD else "t", b"x" * size, 1, False, 1)
    raw = encode(packet)
    assert len(raw) <= MAX_PACKET
    assert PacketReader().feed(raw) == [packet]


MALFORMED = {
    "type 0": "0000",
    "type 15": "f000",
    "QoS 3": "3606 0001 61 0001 62",
    "QoS 2": "3406 0001 61 0001 62",
    "PUBREC": "5002 0001",
    "repeated QoS 0": "3803 0001 61",
    "packet id 0": "4002 0000",
    "PUBACK flags": "4202 0001",
    "long PUBACK": "4003 0001 00",
    "short PUBACK": "4001 00",
    "subscribe to nothing": "8202 0001",
    "subscribe QoS 3": "8206 0001 0001 61 03",
    "empty filter": "8205 0001 0000 00",
    "suback without codes": "9002 0001",
    "suback code 3": "9003 0001 03",
    "unsubscribe from nothing": "a202 0001",
    "topic with wildcard": "3003 0001 2b",
    "empty topic": "3002 0000",
    "topic beyond the packet": "3003 0009 61",
    "not UTF-8": "3003 0001 ff",
    "UTF-8 surrogate": "3005 0003 eda080",
    "U+0000": "3003 0001 00",
    "five length bytes": "30 ffffffff 7f",
    "MQTT 3.1": "100f 0006 4d5149736470 03 02 000a 0001 61",
    "MQTT 5": "100d 0004 4d515454 05 02 000a 0001 61",
    "reserved connect flag": "100d 0004 4d515454 04 03 000a 0001 61",
    "will QoS without will": "100d 0004 4d515454 04 0a 000a 0001 61",
    "password without user name": "1010 0004 4d515454 04 42 000a 0001 61 0001 70",
    "connack code 6": "2002 00 06",
    "refusal with a session": "2002 01 05",
    "longer than the limit": "30 ffffff7f",
}


@pytest.mark.parametrize("wire", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_bytes_are_refused_for_good(wire: str) -> None:
    """Bytes that break the protocol raise MalformedPacket, and so does everything fed after them."""
    reader = PacketReader()
    with pytest.raises(MalformedPacket):
        reader.feed(bytes.fromhex(wire))
    with pytest.raises(MalformedPacket):
        reader.feed(encode(Pingreq()))
    assert reader.remainder == b""


def test_a_packet_beyond_the_bound_is_refused_at_its_header() -> None:
    """The reader refuses a packet that is too long before it buffers its body."""
    reader = PacketReader(max_packet=10)
    assert reader.feed(encode(Publish("t", b"x" * 5))) == [Publish("t", b"x" * 5)]
    with pytest.raises(MalformedPacket, match="more than 10 bytes"):
        reader.feed(encode(Publish("t", b"x" * 6))[:2])


@pytest.mark.parametrize(
    "packet",
    [
        Publish("", b""),
        Publish("a/#", b""),
        Publish("a\0", b""),
        Publish("\ud800", b""),
        Publish("a", b"", 1),
        Publish("a", b"", 0, packet_id=3),
        Publish("a", b"", 2, packet_id=3),
        Publish("a" * 65_536),
        Puback(0),
        Puback(65_536),
        Subscribe(1, ()),
        Subscribe(1, (("", 0),)),
        Subscribe(1, (("a", 3),)),
        Suback(1, ()),
        Unsubscribe(1, ()),
        Connack(6),
        Connack(5, session_present=True),
        Connect("a", None, b"p"),
        Connect("a", keepalive=65_536),
        Connect("a", will=Will("a/+", b"")),
        Connect("a", will=Will("a", b"x" * 65_536)),
    ],
)
def test_what_mqtt_cannot_carry_is_not_encoded(packet: Packet) -> None:
    """A packet that would be malformed on the wire is refused by `encode`."""
    with pytest.raises(MalformedPacket):
        encode(packet)


def test_a_password_is_not_in_a_repr() -> None:
    """A CONNECT can be logged without giving its password away."""
    assert "secret" not in repr(Connect("a", "u", b"secret"))
