"""TCP ports of this machine: free ones for the parts, and a clear answer about a busy one."""

import errno
import random
import socket
from collections.abc import Collection
from pathlib import Path

from shadowroom.complaint import Complaint

LOOPBACK = "127.0.0.1"
_LOWEST = 15_000
"""Above the ports that well-known services use."""
_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_IANA_EPHEMERAL = 32_768
"""Where the kernel starts to hand out source ports, when the system does not say (Linux' default, below
IANA's).
"""
_ATTEMPTS = 200


def free_port(host: str = LOOPBACK, *, other_than: Collection[int] = ()) -> int:
    """A TCP port that nobody uses on `host` and that is not in `other_than`, below the range from which the
    kernel takes source ports.

    That matters while a broker is away: thousands of clients knock at its port then, and one whose own source
    port happens to be that port connects to itself and holds the port against the broker's return.
    """
    highest = _first_ephemeral()
    for _ in range(_ATTEMPTS):
        port = random.randrange(_LOWEST, highest)  # noqa: S311 - not a secret
        if port not in other_than and _bind_error(host, port) is None:
            return port
    raise Complaint(f"No free TCP port between {_LOWEST} and {highest} was found on {host}.")


def require_free(host: str, port: int, option: str) -> None:
    """Do nothing when `port` can be listened on; else raise a `Complaint` that names `option`."""
    error = _bind_error(host, port)
    if error is None:
        return
    if error.errno == errno.EADDRINUSE:
        raise Complaint(
            f"Port {port} on {host} is in use by another program: stop it, or choose another with {option}."
        )
    if error.errno == errno.EACCES:
        raise Complaint(f"This user may not listen on port {port}: choose one above 1023 with {option}.")
    raise Complaint(f"Cannot listen on {host}:{port} ({error.strerror or error}): choose another address.")


def _bind_error(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _first_ephemeral() -> int:
    try:
        first = int(_RANGE_FILE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        first = _IANA_EPHEMERAL
    return first if first > _LOWEST + 1_000 else _IANA_EPHEMERAL
