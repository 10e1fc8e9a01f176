"""A bad network between phones and a room, as a TCP relay that keeps everything, only later.

Chromium's own throttle leaves websockets alone, and a phone lives on one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

CHUNK: Final = 1460
"""Bytes that travel at a time: a packet's, so that two connections share the line fairly."""
BUFFERED_CHUNKS: Final = 256
"""Chunks on their way in one direction of one connection; a sender that fills this waits."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it is. Nothing is lost: TCP sends again what the air swallows, which is a stall."""

    bytes_per_second: float
    """In each direction, for all connections together."""
    one_way_s: float
    stall_s: float = 0.0
    """Nothing moves for so long at the end of every `stall_every_s`."""
    stall_every_s: float = 10.0

    def moves_again_at(self, now: float) -> float:
        """The moment, not before `now`, at which something may move; the first stall begins `stall_every_s -
        stall_s` after 0."""
        if self.stall_s == 0 or now % self.stall_every_s < self.stall_every_s - self.stall_s:
            return now
        return (now // self.stall_every_s + 1) * self.stall_every_s


class Line:
    """One direction of the air, shared by all connections."""

    def __init__(self, weather: Weather, clock: Callable[[], float]) -> None:
        self._weather = weather
        self._clock = clock
        self._free_at = 0.0

    def arrival(self, size: int) -> float:
        """When so many bytes that are sent now will have arrived."""
        begins = self._weather.moves_again_at(max(self._clock(), self._free_at))
        self._free_at = begins + size / self._weather.bytes_per_second
        return self._free_at + self._weather.one_way_s


@contextlib.asynccontextmanager
async def slow_network(port: int, weather: Weather, *, starts_at: float = 0.0) -> AsyncIterator[int]:
    """A port on 127.0.0.1 that leads to `port` through this weather, which is `starts_at` seconds old now."""
    loop = asyncio.get_running_loop()
    began = loop.time() - starts_at

    def clock() -> float:
        return loop.time() - began

    up, down = Line(weather, clock), Line(weather, clock)
    relays: set[asyncio.Task[None]] = set()

    async def relay(phone_in: asyncio.StreamReader, phone_out: asyncio.StreamWriter) -> None:
        # The kernel has shaken hands at once, which over the air takes there and back.
        await asyncio.sleep(2 * weather.one_way_s)
        room_in, room_out = await asyncio.open_connection("127.0.0.1", port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_carry(phone_in, room_out, up, clock), name="slow up")
                both.create_task(_carry(room_in, phone_out, down, clock), name="slow down")
        finally:
            await _close(room_out)

    async def kept(phone_in: asyncio.StreamReader, phone_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        relays.add(task)
        try:
            await relay(phone_in, phone_out)
        except (asyncio.CancelledError, OSError, ExceptionGroup):
            pass  # A phone or the test went away in the middle.
        finally:
            await _close(phone_out)
            relays.discard(task)

    server = await asyncio.start_server(kept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in relays:
            task.cancel()
        await asyncio.gather(*relays, return_exceptions=True)
        await server.wait_closed()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _carry(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, line: Line, clock: Callable[[], float]
) -> None:
    """Bytes from one side to the other, each when it arrives."""
    travelling: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(BUFFERED_CHUNKS)

    async def deliver() -> None:
        while True:
            due, chunk = await travelling.get()
            await asyncio.sleep(due - clock())
            if not chunk:
                break
            sink.write(chunk)
            await sink.drain()
        sink.close()

    async with asyncio.TaskGroup() as both:
        both.create_task(deliver(), name="slow delivery")
        while True:
            chunk = await source.read(CHUNK)
            await travelling.put((line.arrival(len(chunk)), chunk))
            if not chunk:
                return
