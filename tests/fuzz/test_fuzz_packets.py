"""Fuzzing the MQTT codec: whatever arrives, it is packets or `MalformedPacket`, never beyond the bound.

As a target of a coverage-guided fuzzer call `fuzz_one(data)`; here Hypothesis supplies the noise.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from broker_bridge.wire.packets import MalformedPacket, PacketReader, encode
from tests.support.packet_strategies import PACKETS

BOUND = 4_096


def fuzz_one(data: bytes) -> None:
    """Feed `data` whole and byte by byte: both agree, and nothing else is raised."""
    outcomes = []
    for step in (max(len(data), 1), 1):
        reader, read = PacketReader(max_packet=BOUND), []
        try:
            for start in range(0, len(data), step):
                read += reader.feed(data[start : start + step])
            outcomes.append(("ok", read, reader.remainder))
        except MalformedPacket as error:
            outcomes.append(("malformed", str(error)))
        assert len(reader.remainder) <= BOUND
    assert outcomes[0] == outcomes[1]
    if outcomes[0][0] == "ok":
        assert len(b"".join(map(encode, read))) <= len(data)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Real packets with a few bytes changed, dropped or put in."""
    raw = bytearray(b"".join(map(encode, draw(st.lists(PACKETS, min_size=1, max_size=3)))))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(len(raw) - 1, 0)))
        raw[place : place + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(raw)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=100) | damaged())
def test_noise_and_damaged_packets_never_raise_anything_else(data: bytes) -> None:
    """Any bytes are packets or MalformedPacket, however they are cut."""
    fuzz_one(data)
