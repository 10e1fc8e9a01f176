"""What a phone may do on the broker: its own shadows, its own presence, and hear the room. Pure rules.

Needed where the broker itself cannot hold a device to its topics; the brokers that we run do it themselves.
"""

from broker_bridge.wire.names import is_shadow_name
from broker_bridge.wire.packets import (
    Connect,
    Disconnect,
    Packet,
    PacketReader,
    Pingreq,
    Puback,
    Publish,
    Subscribe,
    Unsubscribe,
    Will,
    encode,
)
from broker_bridge.wire.topics import parse_request

ROOM_TOPICS = ("scene", "poll", "notice")


class PhoneTopics:
    """The topics of one thing in one room."""

    def __init__(self, thing: str, room: str) -> None:
        self._thing = thing
        self._presence = f"room/{room}/presence/{thing}"
        self._shadow = f"$aws/things/{thing}/shadow/"
        self._room = frozenset(f"room/{room}/{topic}" for topic in ROOM_TOPICS)

    def may_connect(self, connect: Connect) -> bool:
        """True when the last will is none, or this phone's own presence."""
        return connect.will is None or self._may_leave(connect.will)

    def allows(self, packet: Packet) -> bool:
        """True for what a connected phone may send."""
        match packet:
            case Publish():
                return self.may_publish(packet.topic, retain=packet.retain)
            case Subscribe():
                return all(self.may_hear(topic_filter) for topic_filter, _ in packet.filters)
            case Puback() | Unsubscribe() | Pingreq() | Disconnect():
                return True
            case _:
                return False

    def may_publish(self, topic: str, *, retain: bool = False) -> bool:
        """Requests to its own shadows, and its presence; nothing that stays when it is gone."""
        if retain:
            return False
        if topic == self._presence:
            return True
        request = parse_request(topic)
        return request is not None and request[0].thing == self._thing

    def may_hear(self, topic_filter: str) -> bool:
        """Its own shadows, also with wildcards below its own name, and exactly the three topics of the
        room."""
        if topic_filter in self._room:
            return True
        if not topic_filter.startswith(self._shadow):
            return False
        levels = topic_filter.removeprefix(self._shadow).split("/")
        return all(level in ("+", "#") or is_shadow_name(level) for level in levels)

    def _may_leave(self, will: Will) -> bool:
        return will.topic == self._presence and not will.retain


class Forbidden(Exception):
    """The phone sent what it may not send; the text says what."""


class PacketWatch:
    """Watches over what one connected phone sends."""

    def __init__(self, topics: PhoneTopics) -> None:
        self._topics = topics
        self._reader = PacketReader()

    def feed(self, data: bytes) -> bytes:
        """The bytes that may go on: whole packets only. Raises `Forbidden` and `MalformedPacket`; then
        close."""
        packets = self._reader.feed(data)
        for packet in packets:
            if not self._topics.allows(packet):
                raise Forbidden(f"{type(packet).__name__} outside the phone's own topics")
        return b"".join(map(encode, packets))
