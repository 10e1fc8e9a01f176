"""What dashboard and workers say to each other: lines of JSON, each a list that begins with a word.

A worker says `hello <number>` first. `ask <n> <thing>` is answered by `answer <n> <refusal or null>`;
`up <n> <thing> <address>` and `down <n> <reason>` tell of a connection. The dashboard says `close <thing>`
of a phone that was removed, and `superseded <thing>` of one that comes in anew elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import orjson

LINE_MAX: Final = 64 * 1024
"""Bytes: ours are under 500."""
WAITING_MAX: Final = 16 * 1024 * 1024
"""Bytes that wait for the other side to read: all that can be said of 20,000 phones. One that lets more wait
hangs."""


class Line:
    """One end of a line between dashboard and worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, *words: object) -> None:
        """Send; nothing when the line is broken, and break it when the other side hangs."""
        transport = self._writer.transport
        if transport.is_closing():
            return
        if transport.get_write_buffer_size() > WAITING_MAX:
            transport.abort()
            return
        transport.write(orjson.dumps(words) + b"\n")

    async def heard(self) -> AsyncIterator[list[Any]]:
        """What the other side says, until the line ends or makes no sense."""
        while True:
            try:
                said = await self._reader.readline()
                words = orjson.loads(said) if said else []
            except (OSError, ValueError):
                return
            if not words:
                return
            yield words

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
