"""Where the dashboard and its workers meet: two sockets in the data directory, which nobody else may open."""

import socket
from pathlib import Path
from typing import Final

PATH_MAX: Final = 100
"""Bytes of such an address: macOS takes 103, Linux 107."""
BACKLOG: Final = 4_096
"""Connections that may wait to be accepted: a hall that scans the code at once."""


class PathTooLong(Exception):
    """The data directory's path is too long for an address of a socket."""


def line_socket(data_dir: Path) -> Path:
    """Where workers ask and tell the dashboard."""
    return data_dir / "run" / "tunnel.sock"


def pages_socket(data_dir: Path) -> Path:
    """Where workers pass on what is not the tunnel's."""
    return data_dir / "run" / "pages.sock"


def check_places(data_dir: Path) -> None:
    """Raises `PathTooLong`."""
    for path in (line_socket(data_dir), pages_socket(data_dir)):
        if len(bytes(path)) > PATH_MAX:
            raise PathTooLong(str(path))


def listen_at(path: Path) -> socket.socket:
    """A listening socket there, in place of what a killed predecessor left. Raises `OSError`."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
