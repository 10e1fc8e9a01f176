"""Which broker carries the room: the word or address given with `--broker`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shadowroom.brokers.embedded import EmbeddedBroker
from shadowroom.brokers.external import ExternalBroker
from shadowroom.brokers.mosquitto import MosquittoBroker, installed_mosquitto, missing_mosquitto
from shadowroom.brokers.port import Broker
from shadowroom.complaint import USAGE, Complaint
from shadowroom.secrets import RoomSecrets


@dataclass(frozen=True, slots=True)
class Choice:
    """The broker that was decided on, and why, as half a sentence for people."""

    name: str
    """`embedded`, `mosquitto`, `aws`, or the address of a broker elsewhere (which may hold a password)."""
    reason: str

    @property
    def runs_here(self) -> bool:
        """True when the broker is a child of ours."""
        return self.name in ("embedded", "mosquitto")


def choose(wanted: str, mosquitto: Callable[[], str | None] = installed_mosquitto) -> Choice:
    """Decide on `auto`, `embedded`, `mosquitto`, `aws`, `mqtt://…` or `mqtts://…`; a `Complaint` for what is
    none of these.
    """
    if wanted == "auto":
        if (program := mosquitto()) is not None:
            return Choice("mosquitto", f"found at {program}")
        return Choice("embedded", "there is no Mosquitto on this system")
    if wanted == "embedded":
        return Choice("embedded", "as asked for")
    if wanted == "mosquitto":
        if mosquitto() is None:
            raise Complaint(missing_mosquitto())
        return Choice("mosquitto", "as asked for")
    if wanted == "aws":
        return Choice("aws", "as asked for")
    if wanted.startswith(("mqtt://", "mqtts://")):
        ExternalBroker(wanted, "")
        return Choice(
            wanted, "as asked for; it does not tell devices apart, so the tunnel holds them to their topics"
        )
    raise Complaint(
        f"--broker {wanted!r} is not known: use auto, embedded, mosquitto, aws, "
        "mqtt://host:1883 or mqtts://host:8883.",
        USAGE,
    )


def broker_at(
    name: str, data_dir: Path, secrets: RoomSecrets, host: str, port: int, *, admits_things: bool = False
) -> Broker:
    """The broker called `name` (a `Choice`'s) at `host`:`port`; an address of its own wins over both.

    `admits_things` is for whoever runs the broker, with a gate in front of it.
    """
    if name == "aws":
        raise Complaint(
            "AWS IoT Core is broker and shadow service itself: there is nothing to run here.", USAGE
        )
    if name == "embedded":
        return EmbeddedBroker(data_dir, secrets.nats, host, port)
    if name == "mosquitto":
        log_file = data_dir / "logs" / "mosquitto.log"
        return MosquittoBroker(
            data_dir / "broker",
            log_file,
            secrets.mqtt,
            secrets.room,
            host,
            port,
            admits_things=admits_things,
        )
    return ExternalBroker(name, secrets.room)
