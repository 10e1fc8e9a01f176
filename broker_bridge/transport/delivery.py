"""A publish on its way: cheap when nobody waits for it, awaitable by whoever does."""

import asyncio
from collections.abc import Generator
from typing import Any

from broker_bridge.transport.port import TransportError


class Delivery:
    """Ends when the message is safe at the broker, or raises why it will not be. Await it at most once."""

    __slots__ = ("_done", "_error", "_waiter")

    def __init__(self) -> None:
        self._done = False
        self._error: TransportError | None = None
        self._waiter: asyncio.Future[None] | None = None

    def settle(self, error: TransportError | None = None) -> None:
        """Say how it ended. The first word counts."""
        if self._done:
            return
        self._done = True
        self._error = error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def __await__(self) -> Generator[Any, None, None]:
        if not self._done:
            self._waiter = asyncio.get_running_loop().create_future()
            yield from self._waiter
        if self._error is not None:
            raise self._error


def failed(error: TransportError) -> Delivery:
    """A delivery that has failed already."""
    delivery = Delivery()
    delivery.settle(error)
    return delivery
