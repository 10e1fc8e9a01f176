"""A thing's connection through the gate, from CONNECT to its end."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from broker_bridge.transport.relay import BUFFER, Stalled, pass_on
from broker_bridge.wire.connect_rewrite import connack_code
from broker_bridge.wire.fields import MalformedPacket
from broker_bridge.wire.lifecycle import ConnectionWatch


class Visit:
    """One thing's connection from CONNECT to its end: bytes both ways, each held up by the other side."""

    def __init__(
        self,
        from_thing: asyncio.StreamReader,
        to_thing: asyncio.StreamWriter,
        from_broker: asyncio.StreamReader,
        to_broker: asyncio.StreamWriter,
        watch: ConnectionWatch,
    ) -> None:
        self._from_thing, self._to_thing = from_thing, to_thing
        self._from_broker, self._to_broker = from_broker, to_broker
        self._watch = watch

    async def run(self, early: bytes, accepted: Callable[[], None]) -> None:
        """Pass bytes until one side ends; `early` is what the thing sent right behind its CONNECT.

        `accepted` is called when the broker said yes, before the thing hears of it.
        """
        up = asyncio.create_task(self._up(early), name="thing to broker")
        down = asyncio.create_task(self._down(accepted), name="broker to thing")
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
            self._watch.client_went = up.done()
        finally:
            up.cancel()
            down.cancel()
            results = await asyncio.gather(up, down, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, OSError | Stalled | MalformedPacket):
                raise result

    async def _up(self, data: bytes) -> None:
        read = self._from_thing.read
        data = data or await read(BUFFER)
        while data:
            self._watch.heard(data, time.monotonic())
            await pass_on(self._to_broker, data)
            data = await read(BUFFER)

    async def _down(self, accepted: Callable[[], None]) -> None:
        read: Callable[[int], Awaitable[bytes]] = self._from_broker.read
        data = bytearray()
        while (code := connack_code(data)) is None:
            more = await read(BUFFER)
            if not more:
                return
            data += more
        if code == 0:
            accepted()
        passing = bytes(data)
        while passing:
            await pass_on(self._to_thing, passing)
            passing = await read(BUFFER)
