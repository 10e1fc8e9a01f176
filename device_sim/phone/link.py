"""The connection under one phone: a websocket to the room's tunnel, or TCP to the broker itself."""

import asyncio
from typing import cast

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from broker_bridge.wire.packets import MalformedPacket, PacketReader
from device_sim.phone.phone import Line, Phone
from device_sim.ports import BrokerDoor

HANDSHAKE_SECONDS = 10.0
"""For so long a phone waits for the connection: longer than any answer that is still of use to a person."""
READ_BUFFER_BYTES = 1_024
"""First size of a websocket's buffer; it grows when needed. 10,000 phones must stay small."""
_HEADERS = {"Sec-WebSocket-Protocol": "mqtt"}


class WebsocketLink(WSListener):
    """Carries one phone's bytes over one websocket, and tells the phone when that ends."""

    __slots__ = ("_phone", "_reader", "_silent", "_transport")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._reader = PacketReader()
        self._silent = False
        self._transport: WSTransport | None = None

    def send(self, data: bytes) -> None:
        """Send one binary frame."""
        if self._transport is not None and not self._silent:
            self._transport.send(WSMsgType.BINARY, data)

    def hang_up(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.disconnect(False)

    def go_silent(self) -> None:
        """Let nothing through any more, in either direction."""
        self._silent = True

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The websocket is up."""
        self._transport = transport
        self._phone.opened(self, self._phone.thing, self._phone.password)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came: packets, however they were framed, or the end."""
        kind = frame.msg_type
        if kind in (WSMsgType.BINARY, WSMsgType.CONTINUATION):
            if not self._silent:
                _hand_over(frame.get_payload_as_bytes(), self._reader, self._phone, self)
        elif kind == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """The websocket is gone."""
        self._transport = None
        self._phone.closed(self)


class DirectLink(asyncio.Protocol):
    """Carries one phone's bytes over one TCP connection to the broker, under the broker's own credential."""

    __slots__ = ("_door", "_phone", "_reader", "_silent", "_transport")

    def __init__(self, phone: Phone, door: BrokerDoor) -> None:
        self._phone = phone
        self._door = door
        self._reader = PacketReader()
        self._silent = False
        self._transport: asyncio.Transport | None = None

    def send(self, data: bytes) -> None:
        """Send bytes."""
        if self._transport is not None and not self._silent:
            self._transport.write(data)

    def hang_up(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.abort()

    def go_silent(self) -> None:
        """Let nothing through any more, in either direction."""
        self._silent = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is up."""
        self._transport = cast("asyncio.Transport", transport)
        self._phone.opened(self, *self._door.credential(self._phone.thing))

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        if not self._silent:
            _hand_over(data, self._reader, self._phone, self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - one loss is like another
        """The connection is gone."""
        self._transport = None
        self._phone.closed(self)


def _hand_over(data: bytes, reader: PacketReader, phone: Phone, line: Line) -> None:
    try:
        packets = reader.feed(data)
    except MalformedPacket:
        line.hang_up()
        return
    for packet in packets:
        phone.received(packet)


async def connect(phone: Phone, door: BrokerDoor | None) -> None:
    """Open a phone's connection: through the tunnel, or at the broker's `door`.

    Raises `OSError`, `TimeoutError` or picows' `WSError` when there is none.
    """
    if door is not None:
        async with asyncio.timeout(HANDSHAKE_SECONDS):
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: DirectLink(phone, door), door.host, door.port)
        return
    await ws_connect(
        lambda: WebsocketLink(phone),
        phone.url,
        extra_headers=_HEADERS,
        websocket_handshake_timeout=HANDSHAKE_SECONDS,
        read_buffer_init_size=READ_BUFFER_BYTES,
        max_redirects=0,
    )
