"""`shadowroom dashboard`: the room's pages, tunnel and API on one port."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from broker_bridge.transport.limited import LimitedTransport
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Transport
from broker_bridge.transport.several import CONNECTIONS, SeveralConnections
from broker_bridge.wire.quotas import AccountMeter
from dashboard.ports import AwsKeys, RoomConfiguration
from dashboard.serve import serve
from shadowroom.addresses import find_addresses
from shadowroom.aws.tables import quotas_of
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker, host_and_port
from shadowroom.certificates import check_certificate
from shadowroom.complaint import Complaint
from shadowroom.data_dir import announcement, lock, prepare
from shadowroom.doctor import Examination, examine_running
from shadowroom.secrets import load_or_create

EXPECTED_PHONES: Final = 500
"""For the checklist, which does not know the audience: a full lecture hall."""


@dataclass(frozen=True, slots=True)
class DashboardOptions:
    """What `shadowroom dashboard` was asked for."""

    data_dir: Path
    room: str | None
    broker: str
    broker_address: str | None
    bridge_url: str | None
    host: str
    port: int
    public_url: str | None
    certfile: Path | None
    keyfile: Path | None
    embed_origins: tuple[str, ...] = ()
    like_aws: str | None = None
    alexa_skill_id: str | None = None
    """A region whose quotas the room is held to."""


def run_dashboard(options: DashboardOptions) -> None:
    """Serve until told to stop. `Complaint` for wrong options; ends the process if it cannot listen."""
    check_certificate(options.certfile, options.keyfile)
    data_dir = prepare(options.data_dir)
    configuration = room_configuration(options, data_dir)
    lock(data_dir, "dashboard", "A dashboard")
    code = serve(
        configuration,
        options.host,
        options.port,
        options.certfile,
        options.keyfile,
        None if configuration.meter is None else _limited(configuration.operator, configuration.meter),
    )
    if code:
        sys.exit(code)


def room_configuration(options: DashboardOptions, data_dir: Path) -> RoomConfiguration:
    """Everything the dashboard must know of its room."""
    secrets = load_or_create(data_dir, options.room)
    address = host_and_port(options.broker_address, "--broker-address") if options.broker_address else None
    broker = find_broker(data_dir, secrets, options.broker, address)
    addresses = find_addresses(
        options.host,
        options.port,
        scheme="https" if options.certfile else "http",
        public_url=options.public_url,
    )
    quotas = None if options.like_aws is None else quotas_of(options.like_aws, data_dir)
    return RoomConfiguration(
        room=secrets.room,
        room_thing=secrets.room_thing,
        data_dir=data_dir,
        join_url=f"{addresses.public}/j/{secrets.room}",
        presenter_token=secrets.presenter_token,
        signing_key=secrets.signing_key,
        operator=broker.account(Role.DASHBOARD),
        devices=broker.devices,
        broker_host=broker.host,
        broker_port=broker.port,
        alexa_skill_id=options.alexa_skill_id,
        aws=AwsKeys(
            secrets.aws.access_key_id,
            secrets.aws.secret_access_key,
            secrets.aws.region,
            options.bridge_url or _announced_bridge(data_dir),
        ),
        quotas=quotas,
        meter=None if quotas is None else AccountMeter(quotas),
        embed_origins=options.embed_origins,
        examine=lambda: examine_running(_examination(options, data_dir)),
    )


def _examination(options: DashboardOptions, data_dir: Path) -> Examination:
    return Examination(
        host=options.host,
        port=options.port,
        data_dir=data_dir,
        phones=EXPECTED_PHONES,
        public_url=options.public_url,
        certfile=options.certfile,
        keyfile=options.keyfile,
    )


def _limited(account: Account, meter: AccountMeter) -> Transport:
    """As many connections as the room has on AWS, each under the quotas of one."""
    own = (replace(account, client_id=f"{account.client_id}-{number + 1}") for number in range(CONNECTIONS))
    return SeveralConnections([LimitedTransport(PahoTransport(one), meter) for one in own])


def _announced_bridge(data_dir: Path) -> str:
    running = announcement(data_dir, "bridge")
    if running is None:
        raise Complaint(
            f"No bridge runs on the data directory {data_dir}: start `shadowroom bridge` there first, "
            "or say where one is with --bridge-url http://host:8001."
        )
    return str(running["url"])
