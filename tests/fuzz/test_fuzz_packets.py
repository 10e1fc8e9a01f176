"""The MQTT codec against real packets, damaged: it is packets or `MalformedPacket`, and nothing else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from broker_bridge.wire.packets import encode
from tests.support.fuzz_targets import mqtt_packets
from tests.support.packet_strategies import PACKETS


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
    mqtt_packets(data)
