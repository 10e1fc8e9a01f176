"""The dashboard's port: listening on it, in one process or several, and the web server's settings."""

import errno
import gc
import socket
import sys
from typing import Any, Final

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


def settle_memory() -> None:
    """Look for garbage seldom, and never again among what is here now.

    The modules live as long as the process, and 2,000 phones are many objects: looking through all of them
    again and again took a tenth of the time of a wave of joins.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 50, 100)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket, on a port that is `shared` with others of this user. Raises `CannotListen`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CannotListen(f"{host} is no address of this machine: {error.strerror or error}.") from error
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
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


def listen_in_parts(host: str, port: int, parts: int) -> list[socket.socket]:
    """Listening sockets on one port, for as many processes. Raises `CannotListen`.

    Linux deals connections evenly to the sockets. As long as the caller holds them open nobody who waits at
    one is lost, also when its process dies. Elsewhere one of them would get all: there the processes share
    one socket.
    """
    # One that is not shared sees who is there: also another room of this user, which would share.
    with listen(host, port) as alone:
        if not sys.platform.startswith("linux"):
            return [alone.dup()] * parts
        port = alone.getsockname()[1]
    return [listen(host, port, shared=True) for _ in range(parts)]
