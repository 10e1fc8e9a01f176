"""`shadowroom tunnel`: one worker of the tunnel, started by the dashboard."""

import socket
from dataclasses import dataclass
from pathlib import Path

import uvloop

from dashboard.spread.worker import WorkerConfiguration, run_worker
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker, host_and_port
from shadowroom.complaint import USAGE, Complaint
from shadowroom.secrets import load_or_create


@dataclass(frozen=True, slots=True)
class TunnelOptions:
    """What `shadowroom tunnel` was asked for."""

    data_dir: Path
    number: int
    listener: int
    """The open socket at which it waits for connections."""
    broker: str
    broker_address: str | None
    certfile: Path | None
    keyfile: Path | None


def run_tunnel(options: TunnelOptions) -> None:
    """Carry phones until told to stop. Raises `Complaint` when there is no dashboard to carry them for."""
    try:
        listener = socket.socket(fileno=options.listener)
    except OSError as error:
        raise _not_by_hand() from error
    data_dir = options.data_dir.expanduser().absolute()
    secrets = load_or_create(data_dir, None)
    address = host_and_port(options.broker_address, "--broker-address") if options.broker_address else None
    broker = find_broker(data_dir, secrets, options.broker, address)
    configuration = WorkerConfiguration(
        number=options.number,
        room=secrets.room,
        data_dir=data_dir,
        signing_key=secrets.signing_key,
        operator=broker.account(Role.DASHBOARD),
        devices=broker.devices,
        broker_host=broker.host,
        broker_port=broker.port,
        certfile=options.certfile,
        keyfile=options.keyfile,
    )
    try:
        uvloop.run(run_worker(configuration, listener))
    except OSError as error:
        raise Complaint(f"The dashboard does not answer its tunnel worker: {error}.") from error


def _not_by_hand() -> Complaint:
    return Complaint(
        "`shadowroom tunnel` is started by the dashboard: use `shadowroom up --tunnel-workers N`.", USAGE
    )
