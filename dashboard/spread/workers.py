"""The workers, as the dashboard sees them: it decides who comes in, counts, and has phones cut."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import structlog

from broker_bridge.transport.lifecycle import LifecycleReporter
from broker_bridge.wire.lifecycle import ClientSession, DisconnectReason
from dashboard.doorkeeper import Refusal
from dashboard.spread.line import LINE_MAX, Line
from dashboard.spread.places import listen_at

OK: Final = "ok"

_log = structlog.get_logger(__name__)


class _Worker:
    """One worker's line, and the connections that it told of."""

    def __init__(self, number: int, line: Line) -> None:
        self.number = number
        self.line = line
        self.open: dict[int, tuple[str, ClientSession | None]] = {}


class Workers:
    """All workers. `open` once before they are started, `close` at the end."""

    def __init__(
        self,
        count: int,
        refusal: Callable[[str], Refusal | None],
        supersede: Callable[[str], None],
        lifecycle: LifecycleReporter | None,
    ) -> None:
        """`count` are expected. `refusal` decides who comes in, `supersede` is told of who did, for tunnels
        in this process; `lifecycle` of phones that connect and go."""
        self.count = count
        self._refusal = refusal
        self._supersede = supersede
        self._lifecycle = lifecycle
        self._workers: set[_Worker] = set()
        self._newest: dict[str, tuple[_Worker, int]] = {}
        """Each phone's newest connection."""
        self._server: asyncio.Server | None = None

    async def open(self, path: Path) -> None:
        """Wait for workers at `path`. Raises `OSError`."""
        self._path = path
        self._server = await asyncio.start_unix_server(self._serve, sock=listen_at(path), limit=LINE_MAX)

    async def close(self) -> None:
        """Let go of those that are left. Idempotent."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)
        for worker in [*self._workers]:
            worker.line.close()

    def __len__(self) -> int:
        """Phones that are connected through workers."""
        return sum(len(worker.open) for worker in self._workers)

    def open_at(self, number: int) -> int:
        """Phones that are connected through this worker, counted from 1."""
        return sum(len(worker.open) for worker in self._workers if worker.number == number)

    def state(self) -> str:
        """ "ok" when all are there, else how many are."""
        here = len({worker.number for worker in self._workers})
        return OK if here >= self.count else f"{here} of {self.count} workers are there"

    def cut(self, thing: str) -> None:
        """Have a phone's connections cut, also one that is just coming in."""
        for worker in self._workers:
            worker.line.say("close", thing)

    def ask(self, thing: str) -> Refusal | None:
        """For the tunnel in this process: why a phone may not connect now."""
        return self._decide(thing, None)

    def _decide(self, thing: str, asking: _Worker | None) -> Refusal | None:
        refusal = self._refusal(thing)
        if refusal is None:
            before = self._newest.get(thing)
            if before is not None and before[0] is not asking:
                before[0].line.say("superseded", thing)
            if asking is not None:
                self._supersede(thing)
        return refusal

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer)
        worker: _Worker | None = None
        try:
            async for word, *rest in line.heard():
                if worker is not None:
                    self._take(worker, word, rest)
                elif word == "hello":
                    worker = _Worker(int(rest[0]), line)
                    self._workers.add(worker)
                    _log.info("tunnel worker is there", worker=worker.number)
        finally:
            line.close()
            if worker is not None:
                self._lost(worker)

    def _take(self, worker: _Worker, word: str, rest: list[Any]) -> None:
        if word == "ask":
            number, thing = rest
            worker.line.say("answer", number, self._decide(thing, worker))
        elif word == "up":
            number, thing, address = rest
            session = None if self._lifecycle is None else self._lifecycle.connected(thing, thing, address)
            worker.open[number] = (thing, session)
            self._newest[thing] = (worker, number)
        elif word == "down":
            number, reason = rest
            self._ended(worker, number, DisconnectReason(reason))

    def _ended(self, worker: _Worker, number: int, reason: DisconnectReason) -> None:
        thing, session = worker.open.pop(number)
        if self._newest.get(thing) == (worker, number):
            del self._newest[thing]
        if session is not None and self._lifecycle is not None:
            self._lifecycle.disconnected(session, reason)

    def _lost(self, worker: _Worker) -> None:
        """It ended, and with it its connections: the broker publishes the wills."""
        self._workers.discard(worker)
        if worker.open:
            _log.warning("tunnel worker is gone", worker=worker.number, phones=len(worker.open))
        for number in [*worker.open]:
            self._ended(worker, number, DisconnectReason.CONNECTION_LOST)
