"""The broker port: what the parts need to know of whichever MQTT broker carries the room."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from broker_bridge.transport.port import Account
from dashboard.ports import DeviceCredentials


class Role(StrEnum):
    """Who connects with an account of its own. All three may use every topic but `$SYS`."""

    BRIDGE = "bridge"
    DASHBOARD = "dashboard"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class ThingsEntrance:
    """Where and as what the gate connects things from outside."""

    host: str
    port: int
    credentials: DeviceCredentials
    levels: frozenset[int]
    """Protocol levels of MQTT that the broker speaks."""


class Broker(Protocol):
    """One kind of broker at one address. Everything is computed from the room's secrets: no round trips."""

    kind: str
    """The word of `--broker`: `embedded`, `mosquitto` or `external`."""
    title: str
    """For people: program and version, or the address."""
    host: str
    port: int
    """Where clients on this machine connect: the plain (or TLS) TCP listener."""

    def configure(self) -> list[str] | None:
        """Write the configuration and return the command that runs the broker; None when it is run elsewhere.

        Raises `Complaint` when the program is not there or a file cannot be written.
        """

    def account(self, role: Role) -> Account:
        """Where and as whom `role` connects; the client id is the role's name."""

    @property
    def devices(self) -> DeviceCredentials:
        """Mints what a phone needs to connect."""

    @property
    def things(self) -> ThingsEntrance | None:
        """For things from outside, which also have a tree of their own; None when it is run elsewhere."""

    @property
    def log_file(self) -> Path | None:
        """Where the broker's own output goes; None when it is run elsewhere."""
