"""A transport under AWS IoT's quotas: what AWS would discard is discarded here."""

import time
from collections.abc import Awaitable, Callable, Sequence

from broker_bridge.transport.delivery import failed
from broker_bridge.transport.port import Dropped, Handler, Message, Transport
from broker_bridge.wire.quotas import AccountMeter, ConnectionMeter


class LimitedTransport:
    """`inner`, with every message in and out counted against the quotas of one connection and its account."""

    def __init__(
        self, inner: Transport, account: AccountMeter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._inner = inner
        self._account = account
        self._meter = ConnectionMeter(account)
        self._clock = clock

    async def connect(self) -> None:
        """As the inner transport: our own few connections are no storm, and only count."""
        self._account.connects(self._clock())
        await self._inner.connect()

    async def close(self) -> None:
        """As the inner transport."""
        await self._inner.close()

    async def subscribe(
        self, filters: Sequence[str], handler: Handler, *, qos: int = 0, manual_ack: bool = False
    ) -> None:
        """As the inner transport; messages above the quota do not reach `handler`."""

        def limited(message: Message) -> None:
            if self._meter.delivers(self._clock()):
                handler(message)
            elif message.acknowledge is not None:
                message.acknowledge()

        await self._inner.subscribe(filters, limited, qos=qos, manual_ack=manual_ack)

    async def unsubscribe(self, filters: Sequence[str]) -> None:
        """As the inner transport."""
        await self._inner.unsubscribe(filters)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> Awaitable[None]:
        """As the inner transport; above the quota the message is gone, and the awaitable says so."""
        if not self._meter.publishes(topic, self._clock()):
            return failed(Dropped(f"AWS IoT would discard this publish on {topic}: too many in this second"))
        return self._inner.publish(topic, payload, qos=qos, retain=retain)

    @property
    def connected(self) -> bool:
        """As the inner transport."""
        return self._inner.connected

    def on_connection(self, listener: Callable[[bool], None]) -> None:
        """As the inner transport."""
        self._inner.on_connection(listener)
