"""What a phone may do where only the tunnel can hold it to that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    MalformedPacket,
    Pingreq,
    Publish,
    Subscribe,
    Will,
    encode,
)
from broker_bridge.wire.topics import matches
from dashboard.rooms.phone_topics import Forbidden, PacketWatch, PhoneTopics

TOPICS = PhoneTopics("phone-a", "DEMO")
OWN_LEVELS = ("phone-a", "DEMO", "shadow", "name", "ballot", "update", "get", "delta", "accepted", "scene")
OTHER_LEVELS = ("$aws", "things", "phone-b", "room", "poll", "notice", "presence", "+", "#", "")
LEVELS = st.sampled_from((*OWN_LEVELS, *OTHER_LEVELS))
FILTERS = st.lists(LEVELS, min_size=1, max_size=8).map("/".join)
FOREIGN = (
    "$aws/things/phone-b/shadow/update/delta",
    "$aws/things/phone-b/shadow/name/ballot/get/accepted",
    "room/DEMO/presence/phone-b",
    "room/DEMO/presence/phone-a",
    "room/OTHER/scene",
    "$SYS/broker/uptime",
)


@pytest.mark.parametrize(
    "topic_filter",
    [
        "$aws/things/phone-a/shadow/update/delta",
        "$aws/things/phone-a/shadow/+/accepted",
        "$aws/things/phone-a/shadow/name/ballot/+/rejected",
        "room/DEMO/scene",
        "room/DEMO/poll",
        "room/DEMO/notice",
    ],
)
def test_a_phone_hears_itself_and_the_room(topic_filter: str) -> None:
    """Every filter of the contract is granted."""
    assert TOPICS.may_hear(topic_filter)


@given(FILTERS)
def test_no_filter_that_is_granted_covers_a_foreign_topic(topic_filter: str) -> None:
    """Whatever wildcards it has, a granted filter never matches what is somebody else's."""
    if TOPICS.may_hear(topic_filter):
        assert not any(matches(topic_filter, topic) for topic in FOREIGN)


@given(FILTERS)
def test_a_message_goes_to_requests_of_its_own_shadows_and_its_presence_only(topic: str) -> None:
    """Never retained, never an answer, never another thing's."""
    if TOPICS.may_publish(topic):
        assert "phone-a" in topic
        assert topic.rsplit("/", 1)[1] in ("get", "update", "delete", "phone-a")
    assert not TOPICS.may_publish(topic, retain=True)


def test_a_will_is_the_phones_presence_or_nothing() -> None:
    """No other topic, and not retained."""
    presence = "room/DEMO/presence/phone-a"
    assert TOPICS.may_connect(Connect("phone-a"))
    assert TOPICS.may_connect(Connect("phone-a", will=Will(presence, b"")))
    assert not TOPICS.may_connect(Connect("phone-a", will=Will(presence, b"", retain=True)))
    assert not TOPICS.may_connect(Connect("phone-a", will=Will("room/DEMO/scene", b"")))


def test_the_watch_passes_what_is_allowed_byte_for_byte() -> None:
    """However the stream is cut, what comes out is what went in, in whole packets."""
    stream = b"".join(
        encode(packet)
        for packet in (
            Subscribe(1, (("room/DEMO/scene", 0), ("room/DEMO/poll", 0))),
            Publish("$aws/things/phone-a/shadow/update", b"{}" * 500, 1, packet_id=2),
            Pingreq(),
            Disconnect(),
        )
    )
    for step in (1, 7, len(stream)):
        watch = PacketWatch(TOPICS)
        pieces = [stream[start : start + step] for start in range(0, len(stream), step)]
        assert b"".join(map(watch.feed, pieces)) == stream


@pytest.mark.parametrize(
    "packet",
    [
        Publish("room/DEMO/scene", b"{}"),
        Publish("$aws/things/phone-a/shadow/update/accepted", b"{}"),
        Subscribe(1, (("room/DEMO/scene", 0), ("#", 0))),
        Connect("phone-a"),
        Connack(),
    ],
)
def test_the_watch_stops_the_rest(packet: Publish) -> None:
    """One forbidden packet ends the connection, also in the middle of good ones."""
    with pytest.raises(Forbidden):
        PacketWatch(TOPICS).feed(encode(Pingreq()) + encode(packet))


def test_the_watch_stops_garbage() -> None:
    """Bytes that are no packet are no way around it."""
    with pytest.raises(MalformedPacket):
        PacketWatch(TOPICS).feed(b"\x00\x00\x00")
