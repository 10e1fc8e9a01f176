"""One TCP connection to a broker: packets in, frames out, a turn of the event loop at a time."""

import asyncio
import socket
import time
from collections import deque
from typing import Protocol, cast

from broker_bridge.transport.delivery import Delivery
from broker_bridge.transport.port import Dropped
from broker_bridge.wire.packets import MalformedPacket, Packet, PacketReader


class LinkOwner(Protocol):
    """Who is told what happens on a link."""

    def heard(self, link: "Link", arrived: deque[Packet]) -> None:
        """Take what is wanted of the packets; what is left is offered again after `Link.resume`."""

    def lost(self, link: "Link", reason: str) -> None:
        """The link ended, by whomever."""


class Link(asyncio.Protocol):
    """An asyncio protocol that writes once per turn of the loop, and can be told to stop reading."""

    def __init__(self, owner: LinkOwner) -> None:
        self._owner = owner
        self._reader = PacketReader()
        self._arrived: deque[Packet] = deque()
        self._frames: list[bytes] = []
        self._writing: list[Delivery] = []
        self._transport: asyncio.Transport | None = None
        self._flush_scheduled = False
        self._blocked = False
        self._reason = "the broker closed the connection"
        self.paused = False
        """True while nothing is read."""
        self.heard_at = time.monotonic()
        """When the broker last said anything, in seconds of the monotonic clock."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone."""

    # -- for the owner
    # -------------------------------------------------------------------------------------------

    def write(self, frame: bytes, delivery: Delivery | None = None) -> None:
        """Send a frame at the end of this turn of the loop; `delivery` is settled when it was written."""
        self._frames.append(frame)
        if delivery is not None:
            self._writing.append(delivery)
        if not self._flush_scheduled and not self._blocked:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    @property
    def unwritten(self) -> int:
        """Frames that wait to be written."""
        return len(self._frames)

    def pause(self) -> None:
        """Stop reading; the broker then has to wait."""
        if not self.paused and self._transport is not None:
            self.paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Offer what was left, then read again."""
        if self.paused:
            self.paused = False
            asyncio.get_running_loop().call_soon(self._go_on)

    def close(self) -> None:
        """End after what was written is sent."""
        self._blocked = False
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        if self._transport is not None:
            self._transport.abort()

    # -- for asyncio
    # ---------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshakes are done."""
        # Not `isinstance`: uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        # Small packets both ways; waiting for more to send would add 40 ms to every answer.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        self.heard_at = time.monotonic()
        try:
            self._arrived.extend(self._reader.feed(data))
        except MalformedPacket as error:
            self._reason = f"the broker does not speak MQTT 3.1.1: {error}"
            self.abort()
            return
        if not self.paused:
            self._owner.heard(self, self._arrived)

    def pause_writing(self) -> None:
        """The peer is slow: keep frames here, where they are counted."""
        self._blocked = True

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._blocked = False
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end."""
        self._transport = None
        reason = str(exc) if exc is not None else self._reason
        self._frames.clear()
        for delivery in self._writing:
            delivery.settle(Dropped(reason))
        if not self.ended.done():
            self.ended.set_result(None)
        self._owner.lost(self, reason)

    def _go_on(self) -> None:
        self._owner.heard(self, self._arrived)
        if not self.paused and self._transport is not None:
            self._transport.resume_reading()

    def _flush(self) -> None:
        self._flush_scheduled = False
        if self._transport is None or self._blocked or not self._frames:
            return
        frames, self._frames = self._frames, []
        writing, self._writing = self._writing, []
        self._transport.write(b"".join(frames))
        for delivery in writing:
            delivery.settle()
