"""Where the gate listens, and how a device outside reaches it."""

import socket
from dataclasses import dataclass
from typing import Any

from shadowroom.addresses import default_route_address, interface_addresses
from shadowroom.ports import LOOPBACK

ANYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Listeners:
    """Addresses given with `--mqtt-listen` and `--mqtts-listen`."""

    mqtt: tuple[str, int] | None = None
    mqtts: tuple[str, int] | None = None

    def __bool__(self) -> bool:
        return self.mqtt is not None or self.mqtts is not None

    def announced(self) -> dict[str, Any]:
        """For the announcement of the running broker."""
        return {"mqtt_listen": self.mqtt, "mqtts_listen": self.mqtts}

    @classmethod
    def of(cls, announcement: dict[str, Any]) -> "Listeners":
        """Those of a running broker."""
        return cls(_pair(announcement.get("mqtt_listen")), _pair(announcement.get("mqtts_listen")))


def reachable(host: str) -> str:
    """The address of a listener on `host` for devices outside: this machine's where it listens everywhere."""
    return (default_route_address() or LOOPBACK) if host in ANYWHERE else host


def at(host: str, port: int) -> str:
    """`host:port`, an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def certificate_names(listen_host: str) -> list[str]:
    """What a server certificate must name: every way to call this machine."""
    name = socket.gethostname().lower()
    names = {"localhost", LOOPBACK, *interface_addresses()}
    if name.isascii() and all(label for label in name.split(".")):
        names |= {name, f"{name}.local"} if "." not in name else {name}
    if listen_host not in ANYWHERE:
        names.add(listen_host)
    return sorted(names)


def _pair(value: Any) -> tuple[str, int] | None:
    return (str(value[0]), int(value[1])) if value else None
