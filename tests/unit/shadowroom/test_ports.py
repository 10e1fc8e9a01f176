"""Free ports and busy ones."""

import socket

import pytest

from shadowroom.complaint import Complaint
from shadowroom.ports import free_port, require_free


def test_a_free_port_is_not_one_that_clients_leave_from() -> None:
    """It lies below the range from which the kernel takes source ports, and can be listened on."""
    for port in {free_port() for _ in range(20)}:
        assert 15_000 <= port < 32_768
        require_free("127.0.0.1", port, "--port")


def test_a_busy_port_is_one_sentence() -> None:
    """It names the port and the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Complaint, match=rf"Port {port} on 127.0.0.1 is in use .*--port"):
            require_free("127.0.0.1", port, "--port")


def test_an_address_that_is_not_here_is_one_sentence() -> None:
    """A host that this machine does not have cannot be listened on."""
    with pytest.raises(Complaint, match=r"Cannot listen on 198\.51.100.7:8000"):
        require_free("198.51.100.7", 8000, "--port")
