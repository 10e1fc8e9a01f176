"""Run one part's event loop until SIGINT or SIGTERM."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import uvloop

PartBody = Callable[[asyncio.Event], Awaitable[None]]


def run(body: PartBody) -> None:
    """Run `body(stop)` on uvloop; `stop` is set by the first SIGINT or SIGTERM. Returns when `body` does."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await body(stop)

    uvloop.run(main())
