"""ASGI applications on a real port of this process."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn

from dashboard.listening import listen, server_settings

SEND_BUFFER_BYTES = 64 * 1024


class InProcess(uvicorn.Server):
    """A server that leaves the signals to the test runner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    """Serve `app` with the dashboard's own settings on a free port of 127.0.0.1; yields the port."""
    listener = listen("127.0.0.1", 0)
    # Its connections inherit it: who does not read is stuck after this, not after the megabytes of loopback.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    server = InProcess(uvicorn.Config(app, **server_settings()))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="uvicorn of a test")
    try:
        async with asyncio.timeout(15):
            while not server.started:
                if serving.done():
                    raise RuntimeError("the application did not start")
                await asyncio.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        async with asyncio.timeout(30):
            await serving
        listener.close()
