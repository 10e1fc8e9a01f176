"""What the dashboard is given by the composition root, as ports."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from broker_bridge.transport.port import Account
from broker_bridge.wire.quotas import AccountMeter, Quotas
from dashboard.findings import Finding


@dataclass(frozen=True, slots=True)
class BrokerCredential:
    """What the tunnel puts into a phone's CONNECT in place of the phone's own password."""

    username: str
    password: str = field(repr=False)


class DeviceCredentials(Protocol):
    """Mints the broker's own credential for a device: its own topics and no others."""

    def mint(self, thing: str, room: str) -> BrokerCredential:
        """A credential with which `thing` may connect now. Pure computation, fast enough for each connect."""

    @property
    def guards_topics(self) -> bool:
        """True when the broker itself holds a device to its own topics; False: the tunnel must do it."""


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Keys and address of the data plane, as an AWS client would be given them."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    endpoint_url: str
    credentials: Any = field(default=None, repr=False)
    """botocore's, which renew themselves, in place of the keys."""


class PhoneDoor(Protocol):
    """Lets phones connect to the broker itself, past the tunnel."""

    @property
    def origin(self) -> str:
        """Where they connect: `wss://host`. The pages permit it."""

    async def address(self, thing: str, room: str) -> str:
        """The URL at which this phone, and with it only this phone, may connect for the next hour.

        Raises `DoorClosed`.
        """

    async def forget(self, thing: str) -> None:
        """The phone left for good. Raises `DoorClosed`."""


class DoorClosed(Exception):
    """The phone cannot be let in, or out, now; the text is for the log."""


class TunnelConfiguration(Protocol):
    """What a tunnel needs to know of its room; `RoomConfiguration` is one."""

    @property
    def room(self) -> str:
        """The room's code."""

    @property
    def operator(self) -> Account:
        """Tells whether the broker is spoken to by TLS."""

    @property
    def devices(self) -> DeviceCredentials:
        """What phones connect to the broker with."""

    @property
    def broker_host(self) -> str:
        """Where they connect."""

    @property
    def broker_port(self) -> int:
        """And at which port."""

    @property
    def meter(self) -> AccountMeter | None:
        """The quotas that phones are held to, if any."""


class TunnelWorkers(Protocol):
    """The processes that carry the tunnel in the dashboard's place."""

    @property
    def count(self) -> int:
        """How many there are."""

    async def start(self) -> None:
        """Start them all; from then on one that dies is started again."""

    async def stop(self) -> None:
        """Stop them all."""


@dataclass(frozen=True, slots=True)
class RoomConfiguration:
    """Everything the dashboard needs to know to serve one room."""

    room: str
    """The code people type: uppercase letters and digits."""
    room_thing: str
    data_dir: Path
    join_url: str
    """What the QR code says."""
    presenter_token: str = field(repr=False)
    signing_key: str = field(repr=False)
    """Signs phones' tokens and tunnel passwords."""
    operator: Account
    """The dashboard's own MQTT account: may use every room and shadow topic."""
    devices: DeviceCredentials
    broker_host: str
    broker_port: int
    """Where the tunnel connects phones to: the broker's plain TCP listener."""
    aws: AwsKeys
    retention_days: int | None = None
    """Polls and answers older than this are deleted; None: kept."""
    alexa_skill_id: str | None = None
    """The Alexa skill that may ask this room; None: none may."""
    tells_connections: bool = True
    """Tell of phones' connections as AWS IoT does (`$aws/events/presence/…`); False where the broker does so
    itself."""
    hearing_qos: int = 1
    """At which the room hears reports, ballots and births; 0 where the broker rather ends a connection than
    lose a message on it. The room's session ends with its connection: QoS 1 promises it no more."""
    quotas: Quotas | None = None
    """Of the broker, if it has any: the room lets phones in and has them report no faster."""
    meter: AccountMeter | None = None
    """Holds phones in the tunnel to the quotas: a rehearsal, where no AWS does it."""
    embed_origins: tuple[str, ...] = ()
    """Sites whose pages may show the stage in a frame, as `https://slides.example`."""
    examine: Callable[[], Iterable[Finding]] = tuple
    """Looks at the machine that the room runs on. It may take seconds: call it in a thread."""
    door: PhoneDoor | None = None
    """Where phones connect when not through the tunnel, which there is none then."""
    workers: TunnelWorkers | None = None
    """They listen in the dashboard's place, and pass on to it what is not the tunnel's."""
