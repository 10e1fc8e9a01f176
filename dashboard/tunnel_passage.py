"""One open tunnel: a phone's bytes to the broker and back."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from broker_bridge.transport.relay import BUFFER, Stalled, hang_up, pass_on
from broker_bridge.wire.connect_rewrite import connack_code
from broker_bridge.wire.lifecycle import ConnectionWatch
from broker_bridge.wire.packets import MalformedPacket
from dashboard.rooms.phone_topics import Forbidden, PacketWatch
from dashboard.tolls import Tolls

CLOSE_GOING: Final = 1001
CLOSE_PROTOCOL: Final = 1002
CLOSE_DATA: Final = 1003
CLOSE_POLICY: Final = 1008
CLOSE_LATER: Final = 1013
"""Close codes of RFC 6455 and its registry."""

Receive = Callable[[], Any]
Send = Callable[[Any], Any]


class Turned(Exception):
    """The tunnel does not open, or ends: the CONNACK to send, if any, and the websocket's close code."""

    def __init__(self, close: int, connack: int | None, reason: str) -> None:
        super().__init__(reason)
        self.close = close
        self.connack = connack


class Passage:
    """One open tunnel: bytes both ways, each held up by the other side's pace."""

    def __init__(
        self,
        from_broker: asyncio.StreamReader,
        to_broker: asyncio.StreamWriter,
        receive: Receive,
        send: Send,
        watch: PacketWatch | None,
        connection: ConnectionWatch,
        tolls: Tolls | None = None,
    ) -> None:
        """`watch` refuses what the phone may not send; `tolls` takes out what is above the quotas."""
        self.connection = connection
        self._from_broker = from_broker
        self._to_broker = to_broker
        self._receive = receive
        self._send = send
        self._watch = watch
        self._tolls = tolls
        self._passing: asyncio.Task[None] | None = None
        self.sending_since: float | None = None
        """When the message that the phone is being sent was begun, by the loop's clock; None between
        messages."""

    async def run(self, early: bytes, accepted: Callable[[], None]) -> None:
        """Pass bytes until one side ends; `early` is what the phone sent right behind its CONNECT, and
        `accepted` is called when the broker said yes.

        Raises `Turned` when it was not the phone that ended.
        """
        up = asyncio.create_task(self._up(early), name="tunnel up")
        down = self._passing = asyncio.create_task(self._down(accepted), name="tunnel down")
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            results = await asyncio.gather(up, down, return_exceptions=True)
            self.connection.client_went = results[0] is None
            await hang_up(self._to_broker)
        if results[0] is None:
            return  # the phone went
        for result in results:
            if isinstance(result, Exception):
                raise result

    def cut(self) -> None:
        """End it from outside, without a word to the broker."""
        self._to_broker.transport.abort()
        if self._passing is not None:
            self._passing.cancel()

    async def _up(self, data: bytes) -> None:
        while True:
            if data:
                await self._pass_up(data)
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            if event.get("bytes") is None:
                raise Turned(CLOSE_DATA, None, "a text frame")
            data = event["bytes"]

    async def _pass_up(self, data: bytes) -> None:
        if self._watch is not None:
            try:
                data = self._watch.feed(data)
            except (MalformedPacket, Forbidden) as error:
                raise Turned(CLOSE_POLICY, None, str(error)) from error
        self.connection.heard(data, time.monotonic())
        if self._tolls is not None:
            data = self._tolls.up(data, time.monotonic())
        try:
            await pass_on(self._to_broker, data)
        except Stalled as error:
            raise Turned(CLOSE_GOING, None, "the broker takes nothing") from error

    async def _down(self, accepted: Callable[[], None]) -> None:
        read, send = self._from_broker.read, self._send
        clock = asyncio.get_running_loop().time
        first: bytes | None = b""
        while True:
            try:
                data = await read(BUFFER)
            except ConnectionError:
                data = b""
            if not data:
                raise Turned(CLOSE_GOING, None, "the broker closed the connection")
            if first is not None:
                first = _connack(first + data, accepted)
            if self._tolls is not None:
                data = self._tolls.down(data, time.monotonic())
                if not data:
                    continue
            self.sending_since = clock()
            try:
                await send({"type": "websocket.send", "bytes": data})
            except OSError:
                return  # the phone went while we were sending
            self.sending_since = None


def _connack(data: bytes, accepted: Callable[[], None]) -> bytes | None:
    """Look at what the broker sent so far: `data` while its CONNACK is not whole, None when it was."""
    try:
        code = connack_code(data)
    except MalformedPacket:
        return None
    if code == 0:
        accepted()
    return data if code is None else None
