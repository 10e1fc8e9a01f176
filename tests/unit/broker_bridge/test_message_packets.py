"""The messages of a connection: what is written, what is kept, and what is left to paho."""

import asyncio

import pytest

from broker_bridge.transport import message_packets
from broker_bridge.transport.delivery import Delivery
from broker_bridge.transport.message_packets import MessagePackets
from broker_bridge.transport.port import Dropped, Refused
from broker_bridge.transport.queued import Outgoing
from broker_bridge.wire.packets import Puback, Publish, encode

FIRST = message_packets.FIRST_PACKET_ID


def outgoing(payload: bytes, qos: int = 1, properties: bytes = b"") -> Outgoing:
    """A message to publish."""
    return Outgoing("a/b", payload, qos, False, Delivery(), properties)


async def ended(message: Outgoing) -> None:
    """Wait for a delivery that has ended already."""
    await asyncio.wait_for(message.delivery, 30)


def acknowledge(messages: MessagePackets, packet_id: int, reason: bytes = b"") -> None:
    """The broker's PUBACK."""
    assert messages.take(0x40, packet_id.to_bytes(2) + reason) is True


async def test_what_was_not_acknowledged_is_sent_again_in_order() -> None:
    """On a new connection, marked as repeated and under the identifier that it had."""
    written: list[bytes] = []
    messages = MessagePackets(written.append, mqtt5=False)
    sent = [outgoing(b"%d" % number) for number in range(3)]
    for message in sent:
        messages.send(message)
    acknowledge(messages, FIRST + 1)
    await ended(sent[1])
    written.clear()

    messages.lost(Dropped("the network went"))
    messages.send_again()

    assert written == [
        encode(Publish("a/b", b"0", 1, False, FIRST, True)),
        encode(Publish("a/b", b"2", 1, False, FIRST + 2, True)),
    ]
    assert messages.unacknowledged == 2


def test_an_identifier_in_use_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Identifiers go round, and pass by those of messages that are not acknowledged."""
    monkeypatch.setattr(message_packets, "LAST_PACKET_ID", FIRST + 2)
    written: list[bytes] = []
    messages = MessagePackets(written.append, mqtt5=False)
    for number in range(3):
        messages.send(outgoing(b"%d" % number))
    acknowledge(messages, FIRST + 1)

    messages.send(outgoing(b"3"))

    assert written[-1] == encode(Publish("a/b", b"3", 1, False, FIRST + 1))


async def test_qos_0_ends_when_it_is_written_or_when_the_connection_does() -> None:
    """It is never sent again."""
    written: list[bytes] = []
    messages = MessagePackets(written.append, mqtt5=False)
    first, second = outgoing(b"1", qos=0), outgoing(b"2", qos=0)

    messages.send(first)
    messages.written()
    messages.send(second)
    messages.lost(Dropped("the network went"))
    messages.send_again()

    await ended(first)
    with pytest.raises(Dropped):
        await ended(second)
    assert len(written) == 2
    assert len(messages) == 0


async def test_a_no_of_mqtt_5_is_told() -> None:
    """Its PUBACK has a reason; "no matching subscribers" is a yes."""
    messages = MessagePackets(lambda _: None, mqtt5=True)
    fine, refused = outgoing(b"1", properties=b"\0"), outgoing(b"2", properties=b"\0")
    messages.send(fine)
    messages.send(refused)

    acknowledge(messages, FIRST, b"\x10\0")
    acknowledge(messages, FIRST + 1, b"\x87\0")

    await ended(fine)
    with pytest.raises(Refused, match="Not authorized"):
        await ended(refused)


async def test_giving_up_tells_everybody() -> None:
    """Whoever waits for a message hears why it will not arrive."""
    messages = MessagePackets(lambda _: None, mqtt5=False)
    message = outgoing(b"1")
    messages.send(message)

    messages.give_up(Dropped("closed"))

    with pytest.raises(Dropped):
        await ended(message)
    assert len(messages) == 0


@pytest.mark.parametrize(
    ("first", "body"),
    [
        (0x20, b"\0\0"),
        (0x90, b"\0\1\0"),
        (0x34, b"\0\1a\0\1x"),
        (0x30, b"\0\1\xffx"),
        (0x30, b"\0\x09a"),
        (0x40, b"\1"),
    ],
)
def test_what_is_no_message_of_ours_is_left_to_paho(first: int, body: bytes) -> None:
    """CONNACK, SUBACK, QoS 2, a topic that is not UTF-8, and packets that end too soon."""
    assert MessagePackets(lambda _: None, mqtt5=False).take(first, body) is False


def test_messages_are_read_with_all_that_they_say() -> None:
    """Topic, payload, QoS, retain and identifier."""
    messages = MessagePackets(lambda _: None, mqtt5=False)
    expected = Publish("$aws/things/é/shadow/update", b"{}", 1, True, 7)
    packet = encode(expected)

    assert messages.take(packet[0], packet[2:]) == expected
    assert messages.take(encode(Puback(9))[0], b"\0\x09") is True
