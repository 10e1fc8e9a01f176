"""The tunnel's workers as child processes of the dashboard: `shadowroom tunnel`, one for each."""

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from dashboard.listening import CannotListen, listen_in_parts
from dashboard.spread.places import PathTooLong, check_places
from shadowroom.complaint import USAGE, Complaint
from shadowroom.kept_alive import KeptAlive, Program
from shadowroom.lifeline import LIFELINE, Lifeline
from shadowroom.logs import LOG_FORMAT
from shadowroom.supervisor import PartOutput

STOP_WITHIN_S = 4.0
"""From SIGTERM to SIGKILL: a second more than a worker gives its connections."""

log = structlog.get_logger()


class ChildWorkers:
    """Workers that are started, watched and stopped; they wait for connections at `listeners`."""

    def __init__(
        self,
        data_dir: Path,
        listeners: Sequence[socket.socket],
        arguments: Sequence[str],
        environment: Mapping[str, str],
        lock: int,
    ) -> None:
        """`arguments` and `environment` are for `shadowroom tunnel`; `lock` is the dashboard's: who waits for
        that waits until the port is free."""
        self._data_dir = data_dir
        self._listeners = listeners
        self._arguments = arguments
        self._environment = environment
        self._lock = lock
        self._lifeline: Lifeline | None = None
        self._running: list[tuple[KeptAlive, PartOutput]] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._listeners)

    async def start(self) -> None:
        """Start them all; from then on one that dies is started again, and its listener waits for it."""
        self._lifeline = lifeline = Lifeline()
        for number, listener in enumerate(self._listeners, start=1):
            await self._start(number, listener, lifeline)

    async def stop(self) -> None:
        """Stop them all. Idempotent."""
        running, self._running = self._running, []
        await asyncio.gather(*(child.stop() for child, _ in running))
        for _, output in running:
            output.close()
        for listener in self._listeners:
            listener.close()
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    async def _start(self, number: int, listener: socket.socket, lifeline: Lifeline) -> None:
        name = f"tunnel-{number}"
        output = PartOutput(
            name, self._data_dir / "logs" / f"{name}.log", lambda said: log.error("tunnel worker", said=said)
        )

        async def at_once(_pid: int) -> bool:
            return True  # When it is there it says so to the dashboard, and /readyz tells.

        def restarting(reason: str) -> None:
            said = output.take_complaint()
            log.error("restarting a tunnel worker", reason=said.sentence if said else reason)

        child = KeptAlive(
            Program(
                name=name,
                command=[
                    *(sys.executable, "-m", "shadowroom", "tunnel", "--number", str(number)),
                    *("--listener", str(listener.fileno()), *self._arguments),
                ],
                is_ready=at_once,
                on_line=output.line,
                complaint=output.complaint,
                environment={
                    **os.environ,
                    **self._environment,
                    LIFELINE: str(lifeline.descriptor),
                    LOG_FORMAT: "json",
                    "PYTHONUNBUFFERED": "1",
                },
                descriptors=(listener.fileno(), lifeline.descriptor, self._lock),
                stop_within_s=STOP_WITHIN_S,
            ),
            on_restart=restarting,
        )
        self._running.append((child, output))
        await child.start()


def check_tunnel_workers(count: int, broker: str, like_aws: str | None) -> None:
    """Raises `Complaint` where a room has no use for workers."""
    if count and broker == "aws":
        raise Complaint(
            "--tunnel-workers is for the room's own tunnel: on AWS IoT Core phones connect to AWS itself.",
            USAGE,
        )
    if count and like_aws:
        raise Complaint(
            "--like-aws counts the messages of all phones in one process: leave --tunnel-workers away.",
            USAGE,
        )


def listen_for_workers(data_dir: Path, host: str, port: int, count: int) -> list[socket.socket]:
    """A listening socket for each worker. Raises `Complaint`."""
    try:
        check_places(data_dir)
        return listen_in_parts(host, port, count)
    except PathTooLong as error:
        raise Complaint(
            f"The path {error} is too long for the address of a socket, which --tunnel-workers needs: "
            "choose a shorter one with --data-dir."
        ) from error
    except CannotListen as error:
        raise Complaint(str(error)) from error
