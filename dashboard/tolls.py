"""A tunnel under AWS IoT's quotas: takes out of a phone's MQTT what AWS would discard."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from broker_bridge.wire.packets import MalformedPacket, Packet, PacketReader, Puback, Publish, encode
from broker_bridge.wire.quotas import AccountMeter, ConnectionMeter

TELL_S: Final = 5.0
"""Seconds between two lines about what was thrown away."""

_log = structlog.get_logger(__name__)


class Tolls:
    """Both directions of one connection, after its CONNECT."""

    def __init__(self, account: AccountMeter) -> None:
        self._meter = ConnectionMeter(account)
        self._from_phone = PacketReader()
        self._from_broker = PacketReader()

    def up(self, data: bytes, now: float) -> bytes:
        """What of the phone's bytes the broker gets: whole packets. What is no MQTT passes, and the broker
        ends it."""
        return _kept(self._from_phone, data, lambda packet: self._may_go_up(packet, now))

    def down(self, data: bytes, now: float) -> bytes:
        """What of the broker's bytes the phone gets."""
        return _kept(self._from_broker, data, lambda packet: self._may_come_down(packet, now))

    def _may_go_up(self, packet: Packet, now: float) -> bool:
        if not isinstance(packet, Publish):
            return True
        return self._meter.publishes(packet.topic, now, packet.packet_id or 0)

    def _may_come_down(self, packet: Packet, now: float) -> bool:
        if isinstance(packet, Puback):
            self._meter.acknowledged(packet.packet_id)
        return not isinstance(packet, Publish) or self._meter.delivers(now)


def _kept(reader: PacketReader, data: bytes, may_pass: Callable[[Packet], bool]) -> bytes:
    try:
        packets = reader.feed(data)
    except MalformedPacket:
        return data
    return b"".join(encode(packet) for packet in packets if may_pass(packet))


async def tell_what_was_taken_out(meter: AccountMeter, room: str) -> None:
    """Say in the log what AWS would have discarded, as it happens, until cancelled."""
    told = dict(meter.throttled)
    while True:
        await asyncio.sleep(TELL_S)
        new = {str(what): count - told.get(what, 0) for what, count in meter.throttled.items()}
        told = dict(meter.throttled)
        if any(new.values()):
            _log.warning("AWS IoT would have discarded", room=room, region=meter.quotas.region, **new)
