"""A CONNECT of any version with another credential in it, and streams followed by their lengths."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.wire.connect_rewrite import (
    MQTT_3_1_1,
    MQTT_5,
    PacketTypes,
    UnknownProtocol,
    connack,
    connack_code,
    read_connect,
)
from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    MalformedPacket,
    Packet,
    PacketReader,
    encode,
)
from tests.support.packet_strategies import PACKETS, connects

V5 = bytes.fromhex(
    "1026 0004 4d515454 05 ee 003c"  # user name, password, a will of QoS 1 with retain, clean start
    "08 11 0000003c 21 000a"  # session expiry 60 s, receive maximum 10
    "0002 6161"
    "02 01 01 0001 77 0001 78"  # the will, with payload format 1
    "0001 75 0001 70"
)
"""An MQTT 5 CONNECT with everything in it."""


@given(connects(), st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), st.binary())
def test_only_the_credential_changes(connect: Connect, username: str, password: bytes) -> None:
    """Everything else of an MQTT 3.1.1 CONNECT is as it was, for every packet that our codec can write."""
    found = read_connect(encode(connect))
    assert (found.level, found.client_id) == (MQTT_3_1_1, connect.client_id)
    assert (found.username, found.password) == (connect.username, connect.password)
    rewritten = PacketReader().feed(found.with_credential(username, password))
    assert rewritten == [
        Connect(connect.client_id, username, password, connect.keepalive, connect.clean_session, connect.will)
    ]


def test_properties_of_mqtt_5_stay_as_they_are() -> None:
    """Those of the connection and of the will go on byte for byte."""
    found = read_connect(V5)
    assert (found.level, found.client_id, found.keepalive) == (MQTT_5, "aa", 60)
    assert (found.username, found.password) == ("u", b"p")
    assert found.with_credential("u", b"p") == V5
    again = found.with_credential("thing", b"secret")
    assert again[2:].startswith(V5[2:-6])
    assert again.endswith(b"\x00\x05thing\x00\x06secret")
    assert again[1] == len(again) - 2


def test_mqtt_5_without_user_name_gets_one() -> None:
    """A client with a certificate says nothing of itself; a password alone is allowed in MQTT 5."""
    silent = bytes.fromhex("100f 0004 4d515454 05 02 003c 00 0002 6161")
    assert read_connect(silent).username is None
    assert read_connect(read_connect(silent).with_credential("a", b"b")).password == b"b"
    only_password = bytes.fromhex("1012 0004 4d515454 05 42 003c 00 0002 6161 0001 70")
    assert read_connect(only_password).password == b"p"


@pytest.mark.parametrize(
    "packet", ["100f 0006 4d5149736470 03 02 003c 0001 61", "100d 0004 4d515454 06 02 003c 0001 61"]
)
def test_another_protocol_is_told_apart_from_noise(packet: str) -> None:
    """MQTT 3.1 and an unknown level can be answered in words."""
    with pytest.raises(UnknownProtocol):
        read_connect(bytes.fromhex(packet))


@pytest.mark.parametrize(
    "packet",
    [
        "",
        "10",
        "c000",
        "100d 0004 4d515454 04 03 003c 0001 61",
        "100d 0004 4d515454 04 42 003c 0001 61",
        "100d 0004 4d515454 04 0a 003c 0001 61",
        "100e 0004 4d515454 04 02 003c 0001 61 00",
        "100d 0004 4d515454 04 02 003c 0002 61",
        "1011 0004 4d515454 05 02 003c ffffffff7f 61 61",
        "100f 0004 4d515454 05 02 003c 09 0002 6161",
    ],
)
def test_what_is_no_connect_is_malformed(packet: str) -> None:
    """Reserved bits, wrong flags, wrong lengths: one error and no other."""
    with pytest.raises(MalformedPacket):
        read_connect(bytes.fromhex(packet))


@given(st.binary(max_size=200))
def test_noise_raises_nothing_else(data: bytes) -> None:
    """Whatever comes, it is a CONNECT or malformed."""
    for packet in (data, b"\x10" + bytes((len(data) & 0x7F,)) + data[:0x7F], V5[:20] + data):
        with suppress(MalformedPacket):
            read_connect(packet)


def test_a_refusal_is_in_the_clients_own_words() -> None:
    """3.1.1 has return codes, 5 has reason codes, and a CONNACK is read back whole only."""
    assert connack(MQTT_3_1_1, 5, 0x87) == encode(Connack(5))
    assert connack(MQTT_5, 5, 0x87) == bytes.fromhex("2003 00 87 00")
    assert connack_code(b"") is None
    assert connack_code(connack(MQTT_5, 5, 0x87)[:4]) is None
    assert connack_code(connack(MQTT_5, 5, 0x87)) == 0x87
    assert connack_code(encode(Connack(0)) + b"more") == 0
    for wrong in (b"\x30\x00", b"\x20\x01\x00"):
        with pytest.raises(MalformedPacket):
            connack_code(wrong)


@given(st.lists(PACKETS, max_size=8), st.data())
def test_a_goodbye_is_noticed_however_the_stream_is_cut(packets: list[Packet], data: st.DataObject) -> None:
    """The last packet's type is known for every stream and every way to cut it."""
    stream = b"".join(map(encode, [*packets, Disconnect()]))
    types, rest = PacketTypes(), stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        types.feed(rest[:size])
        rest = rest[size:]
    assert types.said_goodbye
    types.feed(encode(Connack(0)))
    assert not types.said_goodbye


def test_a_goodbye_inside_a_message_is_none() -> None:
    """Bytes of a payload that look like a DISCONNECT are a payload."""
    types = PacketTypes()
    types.feed(b"\x30\x06\x00\x02a")
    types.feed(b"/\xe0\x00")
    assert not types.said_goodbye
    types.feed(b"\x30\xff\xff\xff\xff\xff")
    types.feed(b"\xe0\x00")
    assert not types.said_goodbye
