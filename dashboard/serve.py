"""Serve the dashboard: one port for pages, API, feed and tunnel."""

import errno
import gc
import socket
import sys
from pathlib import Path
from typing import Any, Final

import uvicorn

from broker_bridge.transport.port import Transport
from dashboard.app import create_app
from dashboard.ports import RoomConfiguration

BACKLOG: Final = 4_096
"""Connections that may wait to be accepted: a hall that scans the code at once."""
MESSAGE_MAX: Final = 256 * 1024
"""Bytes of one websocket message: beyond the longest MQTT packet."""
PING_S: Final = 30.0
"""Seconds between pings: a phone that vanished without a word is noticed within twice that, if MQTT does
not before."""
GC_OBJECTS: Final = 20_000
"""New containers between two looks for garbage."""
STOP_S: Final = 3
"""Seconds that open requests may take when we stop."""


class CannotListen(Exception):
    """The address cannot be listened on; the text says why and what to do."""


def serve(
    configuration: RoomConfiguration,
    host: str,
    port: int,
    certfile: Path | None = None,
    keyfile: Path | None = None,
    transport: Transport | None = None,
) -> int:
    """Serve until told to stop, over `transport` or paho's; returns the exit code. A port that is busy is
    said in one sentence, with code 1."""
    try:
        listener = listen(host, port)
        config = uvicorn.Config(
            create_app(configuration, transport),
            ssl_certfile=certfile,
            ssl_keyfile=keyfile,
            **server_settings(),
        )
        config.load()
    except (CannotListen, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a sentence for the person who started it
        return 1
    # The modules live as long as the process, and 2,000 phones are many objects: looking through all of
    # them again and again took a tenth of the time of a wave of joins.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 50, 100)
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def server_settings() -> dict[str, Any]:
    """The settings of uvicorn that the room was measured with."""
    return {
        "loop": "uvloop",
        "http": "httptools",
        "ws": "websockets-sansio",
        # Phones' messages are short; a compressor for each of 2,000 would cost 500 MB.
        "ws_per_message_deflate": False,
        "ws_max_size": MESSAGE_MAX,
        "ws_ping_interval": PING_S,
        "ws_ping_timeout": PING_S,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": STOP_S,
        "log_config": None,
        "log_level": "warning",  # a line for each of 2,000 websockets tells nobody anything
        "access_log": False,
        "server_header": False,
    }


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `CannotListen`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{host} is no address of this machine: {error.strerror or error}.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} on {host} is in use by another program: stop it, or choose another with --port."
            ) from error
        raise CannotListen(f"Cannot listen on {host}:{port}: {error.strerror or error}.") from error
    listener.set_inheritable(True)
    return listener
