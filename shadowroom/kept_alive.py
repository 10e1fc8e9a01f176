"""One child process that is kept alive: started, waited for, started again when it dies, stopped."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from shadowroom.complaint import Complaint

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
"""Pauses before a restart double between these two: a part that dies at once must not use up the machine."""
SETTLED_S = 30.0
"""A child that lived this long starts over at the first pause."""
_POLL_S = 0.05
_LINE_LIMIT = 1024 * 1024
"""Bytes; a longer line of output is cut."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to tell that it is ready."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[int], Awaitable[bool]]
    """Given the process id; asked every 50 ms until it says yes."""
    on_line: Callable[[str], None]
    """Takes each line of its output."""
    complaint: Callable[[], Complaint | None] = field(default=lambda: None)
    """Why it ended, when it said so itself."""
    environment: Mapping[str, str] | None = None
    descriptors: Sequence[int] = ()
    """Open files that the child inherits."""
    ready_within_s: float = 30.0
    stop_within_s: float = 8.0
    """From SIGTERM to SIGKILL; most need two, for their wills and commits."""


class KeptAlive:
    """A running `Program`. Use from one event loop: `start` once, `stop` once."""

    def __init__(self, program: Program, on_restart: Callable[[str], None] = lambda _reason: None) -> None:
        self.program = program
        self._on_restart = on_restart
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The process id of the child that runs now."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self) -> None:
        """Start the child and wait until it is ready; from then on it is kept alive.

        Raises `Complaint` when it ended or was not ready in time.
        """
        process = await self._spawn()
        ready = asyncio.create_task(self._until_ready(process), name=f"{self.program.name} ready")
        ended = asyncio.create_task(process.wait(), name=f"{self.program.name} ended")
        try:
            await asyncio.wait(
                (ready, ended), timeout=self.program.ready_within_s, return_when=asyncio.FIRST_COMPLETED
            )
            if not ready.done() or ended.done():
                raise await self._failed(process)
        finally:
            ready.cancel()
            ended.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
        self._watch = asyncio.create_task(self._keep_alive(process), name=f"keep {self.program.name} alive")

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL for one that does not listen. Idempotent."""
        self._stopping = True
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._process is not None:
            await _end(self._process, self.program.stop_within_s)
        if self._output is not None:
            await asyncio.wait((self._output,), timeout=1)
            self._output.cancel()
            await asyncio.gather(self._output, return_exceptions=True)

    async def _spawn(self) -> asyncio.subprocess.Process:
        program = self.program
        process = await asyncio.create_subprocess_exec(
            *program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=program.environment,
            pass_fds=tuple(program.descriptors),
            limit=_LINE_LIMIT,
            # Ctrl-C reaches the terminal's whole group: only the supervisor shall hear it and stop us.
            start_new_session=True,
        )
        self._process = process
        if process.stdout is not None:
            self._output = asyncio.create_task(
                _forward(process.stdout, program.on_line), name=f"output of {program.name}"
            )
        return process

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        while not await self.program.is_ready(process.pid):  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(_POLL_S)

    async def _failed(self, process: asyncio.subprocess.Process) -> Complaint:
        code = process.returncode
        await self.stop()
        said = self.program.complaint()
        if said is not None:
            return said
        if code is None:
            return Complaint(
                f"The {self.program.name} was not ready within {self.program.ready_within_s:.0f} s."
            )
        return Complaint(f"The {self.program.name} ended before it was ready ({how_it_ended(code)}).")

    async def _keep_alive(self, process: asyncio.subprocess.Process) -> None:
        pause = FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            code = await process.wait()
            if self._stopping:
                return
            if time.monotonic() - began > SETTLED_S:
                pause = FIRST_PAUSE_S
            reason = f"{self.program.name} ended ({how_it_ended(code)}); starting it again in {pause:.1f} s"
            self._on_restart(reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            try:
                process = await self._spawn()
            except OSError as error:
                log.error("cannot start", program=self.program.name, error=str(error))


def how_it_ended(code: int) -> str:
    """A process's return code, for people."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


async def _forward(stream: asyncio.StreamReader, on_line: Callable[[str], None]) -> None:
    while True:
        try:
            line = await stream.readline()
        except ValueError:  # longer than the limit: the stream has dropped what it had
            continue
        if not line:
            return
        on_line(line.decode(errors="replace").rstrip("\n"))


async def _end(process: asyncio.subprocess.Process, within_s: float) -> None:
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), within_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
