"""Serve the dashboard: one port for pages, API, feed and tunnel."""

import sys
from pathlib import Path

import uvicorn

from broker_bridge.transport.port import Transport
from dashboard.app import create_app
from dashboard.listening import CannotListen, listen, server_settings, settle_memory
from dashboard.ports import RoomConfiguration
from dashboard.spread.passing import PassedOn
from dashboard.spread.places import listen_at, pages_socket


def serve(
    configuration: RoomConfiguration,
    host: str,
    port: int,
    certfile: Path | None = None,
    keyfile: Path | None = None,
    transport: Transport | None = None,
) -> int:
    """Serve until told to stop, over `transport` or paho's; returns the exit code. A port that is busy is
    said in one sentence, with code 1. With workers it is they who listen there."""
    settings = server_settings()
    try:
        if configuration.workers is None:
            listener = listen(host, port)
            settings |= {"ssl_certfile": certfile, "ssl_keyfile": keyfile}
        else:
            listener = listen_at(pages_socket(configuration.data_dir))
            settings |= {"http": PassedOn}
        config = uvicorn.Config(create_app(configuration, transport), **settings)
        config.load()
    except (CannotListen, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a sentence for the person who started it
        return 1
    settle_memory()
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1
