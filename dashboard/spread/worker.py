"""One worker: a process that accepts connections on the room's port and carries those of the tunnel."""

import asyncio
import itertools
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import structlog
import uvicorn

from broker_bridge.transport.port import Account
from broker_bridge.wire.lifecycle import DisconnectReason
from dashboard.auth.tokens import Tokens
from dashboard.doorkeeper import Refusal
from dashboard.listening import server_settings, settle_memory
from dashboard.ports import DeviceCredentials
from dashboard.spread.line import LINE_MAX, Line
from dashboard.spread.passing import FirstLook
from dashboard.spread.places import line_socket, pages_socket
from dashboard.tunnel import Tunnels

ANSWER_S: Final = 5.0
"""Seconds for the dashboard to say whether a phone may come in: as long as the phone waits."""
NOTHING_HERE: Final = b'{"error":"not_found","message":"There is nothing at this address."}'

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerConfiguration:
    """Everything that a worker needs to know."""

    number: int
    """Which of the workers this is, from 1."""
    room: str
    data_dir: Path
    signing_key: str = field(repr=False)
    operator: Account
    devices: DeviceCredentials
    broker_host: str
    broker_port: int
    certfile: Path | None = None
    keyfile: Path | None = None
    meter: None = None
    """Quotas are counted in one process: a rehearsal has no workers."""


class AskingTheDashboard:
    """A worker's end of the line: asks who may come in, and tells who came and went."""

    def __init__(self, line: Line, number: int) -> None:
        self._line = line
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Refusal | None]] = {}
        line.say("hello", number)

    async def ask(self, thing: str) -> Refusal | None:
        """Why a phone may not connect now; `DEAF` when there is no answer."""
        number = next(self._numbers)
        answer: asyncio.Future[Refusal | None] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        self._line.say("ask", number, thing)
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answer
        except TimeoutError:
            return Refusal.DEAF
        finally:
            del self._asked[number]

    def tell(self, thing: str, address: str) -> Callable[[DisconnectReason], None]:
        """A phone is connected; what is given back tells of its end."""
        number = next(self._numbers)
        self._line.say("up", number, thing, address)
        return lambda reason: self._line.say("down", number, reason)

    async def listen(self, tunnels: Tunnels) -> None:
        """Do what the dashboard says, until it hangs up."""
        async for word, *rest in self._line.heard():
            if word == "answer":
                number, refusal = rest
                if (answer := self._asked.get(number)) is not None and not answer.done():
                    answer.set_result(None if refusal is None else Refusal(refusal))
            elif word == "close":
                tunnels.close(rest[0])
            elif word == "superseded":
                tunnels.supersede(rest[0])


async def run_worker(configuration: WorkerConfiguration, listener: socket.socket) -> None:
    """Carry phones until told to stop, or until the dashboard is gone. Raises `OSError` when there is
    none."""
    line = Line(*await asyncio.open_unix_connection(line_socket(configuration.data_dir), limit=LINE_MAX))
    dashboard = AskingTheDashboard(line, configuration.number)
    tokens = Tokens(configuration.signing_key, "", configuration.room)
    tunnels = Tunnels(configuration, tokens, dashboard.ask, dashboard.tell)
    server = uvicorn.Server(_config(configuration, tunnels))
    cutting = asyncio.create_task(tunnels.cut_stalled(), name="stalled tunnels")
    listening = asyncio.create_task(dashboard.listen(tunnels), name="what the dashboard says")

    def hung_up(_task: object) -> None:
        server.should_exit = True

    listening.add_done_callback(hung_up)
    settle_memory()
    _log.info("tunnel worker started", room=configuration.room, worker=configuration.number)
    try:
        await server.serve(sockets=[listener])
    finally:
        cutting.cancel()
        listening.cancel()
        await asyncio.gather(cutting, listening, return_exceptions=True)
        line.close()


def _config(configuration: WorkerConfiguration, tunnels: Tunnels) -> uvicorn.Config:
    dashboard = {"dashboard": str(pages_socket(configuration.data_dir))}
    return uvicorn.Config(
        _Application(tunnels),
        ssl_certfile=configuration.certfile,
        ssl_keyfile=configuration.keyfile,
        lifespan="off",
        **server_settings() | {"http": type("FirstLook", (FirstLook,), dashboard)},
    )


class _Application:
    """The tunnel, and nothing else."""

    def __init__(self, tunnels: Tunnels) -> None:
        self._tunnels = tunnels

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await self._tunnels(scope, receive, send)
            return
        # Whatever comes next on this connection would not be looked at any more.
        headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": NOTHING_HERE})
