"""A load generator for one MQTT connection: requests with a window, or at fixed times, and their answers."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final, cast

from broker_bridge.transport.port import Account
from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    PacketReader,
    Puback,
    Publish,
    Suback,
    Subscribe,
    encode,
)
from device_sim.report.measure import Latencies

ANSWER_S: Final = 60.0
"""Seconds: a run without an answer for so long is broken."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go and where their answers come from."""

    topics: tuple[str, ...]
    """Requests go round these topics."""
    answers: str
    """Filter of the answers; there is one for each request."""
    payload: bytes


class Load(asyncio.Protocol):
    """One connection that publishes at QoS 1 and counts answers at QoS 0; answers keep their order."""

    def __init__(self, account: Account, target: Target) -> None:
        self._account = account
        self._target = target
        self._reader = PacketReader()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._done = asyncio.Event()
        self._window = self._total = 0
        self.sent = self.answered = 0
        self._started: list[float] = []
        self.times = Latencies()
        self._timed = False

    @classmethod
    async def connect(cls, account: Account, target: Target) -> "Load":
        """Connect to the account's broker and subscribe to the answers. Raises `OSError`, `TimeoutError`."""
        loop = asyncio.get_running_loop()
        _, load = await loop.create_connection(lambda: cls(account, target), account.host, account.port)
        await asyncio.wait_for(load.ready, ANSWER_S)
        return load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who it is, and what it wants to hear."""
        self._transport = cast("asyncio.Transport", transport)
        account = self._account
        password = None if account.password is None else account.password.encode()
        connect = Connect(account.client_id, account.username, password)
        self._transport.write(encode(connect) + encode(Subscribe(1, ((self._target.answers, 0),))))

    def data_received(self, data: bytes) -> None:
        """Count the answers, and ask for more."""
        for packet in self._reader.feed(data):
            if isinstance(packet, Publish):
                self._answer()
            elif isinstance(packet, Suback):
                self.ready.set_result(None)
            elif not isinstance(packet, Connack | Puback):
                raise RuntimeError(f"the broker sent {packet}")
        self._refill()

    def _answer(self) -> None:
        if self._timed:
            self.times.record(time.perf_counter() - self._started[self.answered])
        self.answered += 1
        if self.answered == self._total:
            self._done.set()

    def _refill(self) -> None:
        room = min(self._total - self.sent, self._window - (self.sent - self.answered))
        if room > 0:
            self._transport.write(b"".join(self._request() for _ in range(room)))

    def _request(self) -> bytes:
        topic = self._target.topics[self.sent % len(self._target.topics)]
        self.sent += 1
        return encode(Publish(topic, self._target.payload, 1, False, self.sent % 65_535 + 1))

    def _begin(self, total: int, window: int, *, timed: bool) -> None:
        self._window, self._total, self._timed = window, total, timed
        self.sent = self.answered = 0
        self._started.clear()
        self._done.clear()

    async def throughput(self, total: int, window: int) -> float:
        """Answers a second with always `window` requests under way."""
        self._begin(total, window, timed=False)
        start = time.perf_counter()
        self._refill()
        await asyncio.wait_for(self._done.wait(), ANSWER_S)
        return total / (time.perf_counter() - start)

    async def latency(self, total: int, per_second: float) -> Latencies:
        """Times of answers from the intended start of their requests, at a fixed rate."""
        self._begin(total, 0, timed=True)
        self.times = Latencies()
        start = time.perf_counter() + 0.1
        for number in range(total):
            intended = start + number / per_second
            self._started.append(intended)
            if (early := intended - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._transport.write(self._request())
        await asyncio.wait_for(self._done.wait(), ANSWER_S)
        return self.times

    def close(self) -> None:
        """Disconnect."""
        self._transport.write(encode(Disconnect()))
        self._transport.close()
