"""A client's bytes to the broker and back, each side held up by the other's pace: for gate and tunnel."""

import asyncio
import socket
import ssl
from typing import Final

BROKER_S: Final = 5.0
"""Seconds for the broker to take a connection, and to take its end."""
STALLED_S: Final = 30.0
"""Seconds that one side may take nothing before it counts as gone: beyond a walk through a lift."""
BUFFER: Final = 64 * 1024
"""Bytes held in each direction before reading stops: 300 reports of a phone, or half of the longest
message."""


class NoBroker(Exception):
    """The broker does not take connections now."""


class Stalled(Exception):
    """A side took nothing for `STALLED_S`, or is gone."""


async def open_to_broker(
    host: str, port: int, tls: ssl.SSLContext | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the broker that sends at once and holds little. Raises `NoBroker`."""
    try:
        async with asyncio.timeout(BROKER_S):
            reader, writer = await asyncio.open_connection(host, port, limit=BUFFER, ssl=tls)
    except (OSError, TimeoutError) as error:
        raise NoBroker(str(error)) from error
    send_at_once(writer)
    return reader, writer


def send_at_once(writer: asyncio.StreamWriter) -> None:
    """No delay for small packets, and no more than `BUFFER` waiting."""
    raw: socket.socket = writer.get_extra_info("socket")
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    writer.transport.set_write_buffer_limits(high=BUFFER)


async def pass_on(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Write, and wait while the other side is slow. Raises `Stalled`."""
    writer.write(data)
    if writer.transport.get_write_buffer_size() > BUFFER:
        try:
            async with asyncio.timeout(STALLED_S):
                await writer.drain()
        except (TimeoutError, ConnectionError) as error:
            raise Stalled(str(error)) from error


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close. What is buffered still goes out: a DISCONNECT in it means no will."""
    writer.close()
    try:
        async with asyncio.timeout(BROKER_S):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()
