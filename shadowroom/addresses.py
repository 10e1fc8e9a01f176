"""Which addresses reach the dashboard: from this machine, and from the phones in the room."""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

import ifaddr

from shadowroom.complaint import USAGE, Complaint
from shadowroom.ports import LOOPBACK

_SOMEWHERE = ("198.51.100.1", 9)
"""A documentation address (RFC 5737): connecting a datagram socket to it sends nothing and names the default
route.
"""
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Reason(StrEnum):
    """Why phones are sent to an address, as half a sentence."""

    PUBLIC_URL = "as given with --public-url"
    HOST = "as given with --host"
    LOOPBACK = "only this machine: --host is loopback"
    DEFAULT_ROUTE = "this machine's address on its default route"
    FIRST = "this machine has no default route; this is its first address"
    NO_NETWORK = "this machine has no network: phones cannot reach it"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Base URLs without a trailing slash."""

    url: str
    """Works from this machine."""
    public: str
    """What the QR code leads to."""
    reason: Reason
    """Why `public` is what it is."""
    others: list[str] = field(default_factory=list)
    """Other bases under which phones may reach the dashboard."""


def find_addresses(
    host: str,
    port: int,
    *,
    scheme: str = "http",
    public_url: str | None = None,
    routed: str | None = None,
    interfaces: Sequence[str] | None = None,
) -> Addresses:
    """The addresses of a dashboard that listens on `host`:`port`.

    `routed` is this machine's address on its default route and `interfaces` all its IPv4 addresses; both are
    looked up when left away, without sending anything.
    """
    any_host = host in ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
    url = _base(scheme, LOOPBACK if any_host else host, port)
    if public_url is not None:
        return Addresses(url, _checked(public_url), Reason.PUBLIC_URL)
    if not any_host:
        reason = Reason.LOOPBACK if _is_loopback(host) else Reason.HOST
        return Addresses(url, url, reason)
    found = interface_addresses() if interfaces is None else list(interfaces)
    default = default_route_address() if routed is None else routed
    reachable = [address for address in found if address != default]
    if default:
        reason = Reason.DEFAULT_ROUTE
    elif reachable:
        default = reachable.pop(0)
        reason = Reason.FIRST
    else:
        return Addresses(url, url, Reason.NO_NETWORK)
    others = [_base(scheme, address, port) for address in reachable]
    return Addresses(url, _base(scheme, default, port), reason, others)


def default_route_address() -> str:
    """This machine's IPv4 address on its default route, or the empty string. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_SOMEWHERE)
            address: str = probe.getsockname()[0]
    except OSError:
        return ""
    return "" if _is_loopback(address) else address


def interface_addresses() -> list[str]:
    """This machine's IPv4 addresses that others might reach: no loopback, no link-local ones."""
    return [
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str)
        and not (ipaddress.IPv4Address(ip.ip).is_loopback or ipaddress.IPv4Address(ip.ip).is_link_local)
    ]


def _checked(public_url: str) -> str:
    try:
        parts = urlsplit(public_url)
        valid = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Complaint(
            f"--public-url {public_url!r} is not of the form https://name or http://name:port.", USAGE
        )
    return f"{parts.scheme}://{parts.netloc}"


def _base(scheme: str, host: str, port: int) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{name}:{port}"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
