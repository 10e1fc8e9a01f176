"""The websocket under one phone: MQTT's bytes in binary frames, cut into packets however they were framed."""

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from broker_bridge.wire.packets import MalformedPacket, PacketReader
from device_sim.phone.phone import Phone

HANDSHAKE_SECONDS = 10.0
"""For so long a phone waits for the websocket: longer than any answer that is still of use to a person."""
READ_BUFFER_BYTES = 1_024
"""First size of a connection's buffer; it grows when needed. 10,000 phones must stay small."""
_HEADERS = {"Sec-WebSocket-Protocol": "mqtt"}


class Link(WSListener):
    """Carries one phone's bytes over one websocket, and tells the phone when that ends."""

    __slots__ = ("_phone", "_reader", "_transport")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._reader = PacketReader()
        self._transport: WSTransport | None = None

    def send(self, data: bytes) -> None:
        """Send one binary frame."""
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, data)

    def hang_up(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.disconnect(False)

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The websocket is up."""
        self._transport = transport
        self._phone.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came: packets, or the end."""
        kind = frame.msg_type
        if kind in (WSMsgType.BINARY, WSMsgType.CONTINUATION):
            try:
                packets = self._reader.feed(frame.get_payload_as_bytes())
            except MalformedPacket:
                self.hang_up()
                return
            for packet in packets:
                self._phone.received(packet)
        elif kind == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        """The websocket is gone."""
        self._transport = None
        self._phone.closed(self)


async def connect(phone: Phone) -> None:
    """Open a phone's websocket. Raises `OSError`, `TimeoutError` or picows' `WSError` when there is none."""
    await ws_connect(
        lambda: Link(phone),
        phone.url,
        extra_headers=_HEADERS,
        websocket_handshake_timeout=HANDSHAKE_SECONDS,
        read_buffer_init_size=READ_BUFFER_BYTES,
        max_redirects=0,
    )
