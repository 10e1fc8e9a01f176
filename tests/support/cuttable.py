"""A way to a port of 127.0.0.1 that a test can cut, as a lost network does."""

import asyncio
import socket


class Cuttable:
    """Listens on a port of its own and passes connections on to `port`; needs a running event loop."""

    def __init__(self, port: int) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self._target = port
        self._writers: set[asyncio.StreamWriter] = set()
        self._serving = asyncio.create_task(self._serve(listener), name="a way that can be cut")

    def cut(self) -> None:
        """Break all connections at once; new ones are passed on."""
        for writer in self._writers:
            writer.transport.abort()

    async def close(self) -> None:
        """Break all connections, and take no more."""
        self._serving.cancel()
        await asyncio.gather(self._serving, return_exceptions=True)
        self.cut()
        await asyncio.sleep(0)

    async def _serve(self, listener: socket.socket) -> None:
        server = await asyncio.start_server(self._pass, sock=listener)
        try:
            await asyncio.Event().wait()
        finally:
            server.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, here = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, here}
        self._writers |= both
        try:
            await asyncio.gather(_copy(reader, here), _copy(there, writer))
        finally:
            for one in both:
                one.transport.abort()
            self._writers -= both


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
