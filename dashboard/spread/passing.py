"""Connections that a worker accepts and that are not the tunnel's: passed on to the dashboard whole.

A page's websocket is always a connection of its own, so its first bytes tell what it is for. The worker says
who is there in a first line, and passes bytes from then on; TLS ends at the worker.
"""

import asyncio
from typing import Any, ClassVar, Final, Literal, cast

import orjson
import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

DASHBOARD_S: Final = 5.0
"""Seconds for the dashboard to take a connection."""
INTRODUCTION_MAX: Final = 256
"""Bytes of the first line."""
_TUNNEL: Final = (b"GET /mqtt ", b"GET /mqtt?")

_log = structlog.get_logger(__name__)


def is_for_tunnel(head: bytes) -> bool | None:
    """True when a connection that begins so asks for `/mqtt`; None while it may still go both ways."""
    if head.startswith(_TUNNEL):
        return True
    return None if any(path.startswith(head) for path in _TUNNEL) else False


class FirstLook(HttpToolsProtocol):
    """A worker's HTTP: looks at the first bytes, and keeps only what is the tunnel's."""

    dashboard: ClassVar[str]
    """The address at which the dashboard takes the rest."""
    _head: bytes | None = b""

    def data_received(self, data: bytes) -> None:
        """Take bytes of the phone."""
        if self._head is None:
            super().data_received(data)
            return
        self._head += data
        wanted = is_for_tunnel(self._head)
        if wanted is None:
            return
        head, self._head = self._head, None
        if wanted:
            super().data_received(head)
            return
        self.transport.pause_reading()
        task = self.loop.create_task(self._pass_on(head), name="pass a connection on")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _pass_on(self, head: bytes) -> None:
        outer, inner = _End(self.connections), _End(self.connections)
        try:
            async with asyncio.timeout(DASHBOARD_S):
                await self.loop.create_unix_connection(lambda: inner, self.dashboard)
        except (OSError, TimeoutError) as error:
            _log.warning("the dashboard takes no connection", error=str(error))
            self.transport.abort()
            return
        if self.transport.is_closing():  # The phone went meanwhile.
            inner.transport.abort()
            return
        inner.transport.write(introduction(self.client, self.scheme or "http") + head)
        self.connections.discard(self)
        outer.connection_made(self.transport)
        outer.other, inner.other = inner, outer
        self.transport.set_protocol(outer)
        self.transport.resume_reading()


class _End(asyncio.Protocol):
    """One end of a connection that is passed on: what it gets, the other sends, at its own pace."""

    transport: asyncio.Transport

    def __init__(self, connections: "set[Any]") -> None:
        """`connections` are closed when the server stops."""
        self._connections = connections
        self.other: _End | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._connections.discard(self)
        if self.other is not None:
            self.other.transport.close()

    def shutdown(self) -> None:
        """The server stops: what is buffered still goes out."""
        self.transport.close()


def introduction(client: tuple[str, int] | None, scheme: str) -> bytes:
    """The line that goes before a connection that is passed on."""
    return orjson.dumps([client, scheme]) + b"\n"


class PassedOn(HttpToolsProtocol):
    """The dashboard's HTTP behind workers: the first line says who is there."""

    _head: bytes | None = b""

    def data_received(self, data: bytes) -> None:
        """Take bytes of a worker."""
        if self._head is None:
            super().data_received(data)
            return
        self._head += data
        line, end, rest = self._head.partition(b"\n")
        if not end:
            if len(line) > INTRODUCTION_MAX:
                self.transport.abort()
            return
        try:
            self.client, self.scheme = _introduced(line)
        except ValueError:
            self.transport.abort()
            return
        self._head = None
        super().data_received(rest)


def _introduced(line: bytes) -> tuple[tuple[str, int] | None, Literal["http", "https"]]:
    client, scheme = orjson.loads(line)
    return None if client is None else (client[0], client[1]), scheme
