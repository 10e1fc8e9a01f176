"""`shadowroom replay`: a recorded room on the stage's page, on this machine only."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import typer
import uvicorn

from dashboard.feed.recording import RecordingError, read
from dashboard.listening import CannotListen, listen, server_settings
from dashboard.replay import Replay
from shadowroom.complaint import Complaint
from shadowroom.ports import LOOPBACK, free_port


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What `shadowroom replay` was asked for."""

    file: Path
    speed: float
    port: int | None


def run_replay(options: ReplayOptions) -> None:
    """Serve the recording until a page has seen all of it. Raises `Complaint`."""
    try:
        moments = read(options.file)
        port = options.port or free_port()
        listener = listen(LOOPBACK, port)
    except (RecordingError, CannotListen) as error:
        raise Complaint(str(error)) from error
    with listener:
        replay = Replay(moments, options.speed)
        typer.echo(f"Open http://{LOOPBACK}:{port}/stage/{replay.room}")
        typer.echo(f"{len(moments)} frames at {options.speed:g} times their speed; Ctrl-C ends it.")
        server = uvicorn.Server(uvicorn.Config(replay.app(), **server_settings()))
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            seen = runner.run(_until_over(server, replay, listener))
    if seen:
        typer.echo("The recording is over.")


async def _until_over(server: uvicorn.Server, replay: Replay, listener: object) -> bool:
    """Serve until the replay is over or somebody stops the server; True when it was seen to its end."""

    async def stop() -> None:
        await replay.over.wait()
        server.should_exit = True

    stopping = asyncio.create_task(stop(), name="end of the replay")
    try:
        await server.serve(sockets=[listener])  # type: ignore[list-item]
    finally:
        stopping.cancel()
    return replay.over.is_set()
