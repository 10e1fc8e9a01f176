"""Finds the broker that a part should talk to: the one it is told of, else the one that runs on its data
directory.
"""

from pathlib import Path

from shadowroom.brokers.choice import broker_at, choose
from shadowroom.brokers.port import Broker
from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announcement
from shadowroom.ports import LOOPBACK
from shadowroom.secrets import RoomSecrets


def find_broker(data_dir: Path, secrets: RoomSecrets, wanted: str, address: tuple[str, int] | None) -> Broker:
    """The broker for `--broker wanted` at `--broker-address address`.

    Without an address, and with a broker that runs on this data directory, the address is what `shadowroom
    broker` announced. Raises `Complaint` when there is none, or another than the wanted one.
    """
    if wanted.startswith(("mqtt://", "mqtts://")) or wanted not in ("auto", "embedded", "mosquitto"):
        return broker_at(choose(wanted).name, data_dir, secrets, LOOPBACK, 0)
    if address is not None:
        if wanted == "auto":
            raise Complaint(
                "--broker-address needs to know whose it is: add --broker mosquitto or --broker embedded.",
                USAGE,
            )
        return broker_at(wanted, data_dir, secrets, *address)
    running = announcement(data_dir, "broker")
    if running is None:
        raise Complaint(
            f"No broker runs on the data directory {data_dir}: start `shadowroom broker` there first, "
            "or name another with --broker mqtt://user:password@host:1883."
        )
    if wanted not in ("auto", running["broker"]):
        raise Complaint(
            f"The broker that runs on the data directory {data_dir} is {running['broker']}, not {wanted}: "
            "leave --broker away, or start that one."
        )
    return broker_at(str(running["broker"]), data_dir, secrets, str(running["host"]), int(running["port"]))


def host_and_port(text: str, option: str) -> tuple[str, int]:
    """`host:port` taken apart (`[::1]:1883` too); a `Complaint` that names `option` when it is none."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise Complaint(f"{option} {text!r} is not of the form host:port.", USAGE)
    return host, int(port)
