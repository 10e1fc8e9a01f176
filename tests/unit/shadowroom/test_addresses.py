"""Which address the QR code carries, and why."""

import pytest

from shadowroom.addresses import default_route_address, find_addresses
from shadowroom.complaint import Complaint

LAN = ["192.168.7.20", "172.17.0.1"]


def test_the_default_route_is_what_phones_get() -> None:
    """With all addresses listened on, the join address is the default route's and the others are listed."""
    found = find_addresses("0.0.0.0", 8000, routed="192.168.7.20", interfaces=LAN)
    assert found.public == "http://192.168.7.20:8000"
    assert found.url == "http://127.0.0.1:8000"
    assert found.others == ["http://172.17.0.1:8000"]
    assert "default route" in found.reason


def test_without_a_default_route_the_first_address_serves() -> None:
    """A laptop with its own hotspot has addresses and no route."""
    found = find_addresses("0.0.0.0", 8000, routed="", interfaces=LAN)
    assert found.public == "http://192.168.7.20:8000"
    assert "no default route" in found.reason


def test_without_a_network_the_reason_says_so() -> None:
    """Then it is loopback, and the reason says that phones cannot reach it."""
    found = find_addresses("0.0.0.0", 8000, routed="", interfaces=[])
    assert found.public == found.url == "http://127.0.0.1:8000"
    assert "phones cannot reach it" in found.reason


def test_with_a_loopback_host_all_of_it_is_loopback() -> None:
    """`--host 127.0.0.1` never shows another address."""
    found = find_addresses("127.0.0.1", 8000, routed="192.168.7.20", interfaces=LAN)
    assert (found.url, found.public, found.others) == ("http://127.0.0.1:8000", "http://127.0.0.1:8000", [])


def test_the_public_url_wins() -> None:
    """`--public-url` is the join address whatever the host is; the local one stays."""
    found = find_addresses("127.0.0.1", 8000, public_url="https://room.example/", routed="", interfaces=LAN)
    assert found.public == "https://room.example"
    assert found.url == "http://127.0.0.1:8000"


def test_default_ports_are_left_out() -> None:
    """Port 443 with TLS and port 80 without need not be typed."""
    assert find_addresses("10.0.0.5", 443, scheme="https").public == "https://10.0.0.5"
    assert find_addresses("10.0.0.5", 80).public == "http://10.0.0.5"
    assert find_addresses("::1", 8000).url == "http://[::1]:8000"


@pytest.mark.parametrize(
    "url", ["room.example", "ftp://x", "http://", "http://x/path", "http://x:99999", "http://[x"]
)
def test_a_public_url_that_is_none_is_refused(url: str) -> None:
    """The sentence shows the form that works."""
    with pytest.raises(Complaint, match=r"--public-url .* is not of the form"):
        find_addresses("0.0.0.0", 8000, public_url=url)


def test_the_default_route_is_never_loopback() -> None:
    """What this machine says is empty or reachable by others."""
    assert not default_route_address().startswith("127.")
