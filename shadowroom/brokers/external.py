"""A broker that somebody else runs, given as `mqtt://user:password@host:port` or `mqtts://…`.

Everybody connects with the one account of the address, so it is the tunnel that holds a phone to its own
topics.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from broker_bridge.transport.port import Account
from dashboard.ports import BrokerCredential
from shadowroom.brokers.port import Role, ThingsEntrance
from shadowroom.complaint import USAGE, Complaint

_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class SharedAccount:
    """Every device gets the room's own account: this broker does not tell them apart."""

    credential: BrokerCredential
    guards_topics: bool = False

    def mint(self, thing: str, room: str) -> BrokerCredential:  # noqa: ARG002 - one account for all
        """The account of the broker's address."""
        return self.credential


class ExternalBroker:
    """The broker at `url`. Two rooms on one broker need different codes, which their topics and client ids
    carry.
    """

    kind = "external"
    log_file: Path | None = None
    things: ThingsEntrance | None = None

    def __init__(self, url: str, room: str) -> None:
        """Raises `Complaint` when `url` is not such an address."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Complaint(_not_an_address(url), USAGE) from None
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise Complaint(_not_an_address(url), USAGE)
        self.host = parts.hostname
        self.port = port or _DEFAULT_PORTS[parts.scheme]
        self.tls = parts.scheme == "mqtts"
        self.title = f"the broker at {self.host}:{self.port}"
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._room = room
        self.devices = SharedAccount(BrokerCredential(self._username or "", self._password or ""))

    def configure(self) -> None:
        """Nothing: it is run elsewhere."""

    def account(self, role: Role) -> Account:
        """The account of the address, with a client id that other rooms on the broker do not use."""
        client_id = f"shadowroom-{self._room.lower()}-{role}"
        return Account(
            self.host, self.port, client_id, username=self._username, password=self._password, tls=self.tls
        )


def _not_an_address(url: str) -> str:
    shown = url.rpartition("@")[2] or url
    return (
        f"The broker's address {shown!r} is not of the form mqtt://user:password@host:1883 or mqtts://…:8883."
    )
