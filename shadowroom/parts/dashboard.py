"""`shadowroom dashboard`: the room's pages, tunnel and API on one port."""

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from broker_bridge.transport.limited import LimitedTransport
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Transport
from broker_bridge.transport.several import CONNECTIONS, SeveralConnections
from broker_bridge.wire.quotas import AccountMeter
from dashboard.ports import AwsKeys, BrokerCredential, RoomConfiguration
from dashboard.serve import serve
from shadowroom.addresses import find_addresses
from shadowroom.aws.deployment import load_deployment
from shadowroom.aws.tables import quotas_of
from shadowroom.brokers.external import SharedAccount
from shadowroom.brokers.port import Broker, Role
from shadowroom.brokers.whereabouts import find_broker, host_and_port
from shadowroom.certificates import check_certificate
from shadowroom.complaint import Complaint
from shadowroom.data_dir import announcement, lock, prepare
from shadowroom.doctor import Examination, examine_running
from shadowroom.secrets import RoomSecrets, load_or_create
from shadowroom.tunnel_workers import ChildWorkers, check_tunnel_workers, listen_for_workers

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
    """A region whose quotas the room is held to."""
    alexa_skill_id: str | None = None
    retention_days: int | None = None
    """Polls and answers older than this are deleted; None: kept."""
    tunnel_workers: int = 0
    """Processes for the tunnel; 0: it is in the dashboard's own."""


def run_dashboard(options: DashboardOptions) -> None:
    """Serve until told to stop. `Complaint` for wrong options; ends the process if it cannot listen."""
    check_certificate(options.certfile, options.keyfile)
    check_tunnel_workers(options.tunnel_workers, options.broker, options.like_aws)
    data_dir = prepare(options.data_dir)
    configuration, transport = (_on_aws if options.broker == "aws" else _on_a_broker)(options, data_dir)
    held = lock(data_dir, "dashboard", "A dashboard")
    if options.tunnel_workers:
        configuration = replace(configuration, workers=_workers(options, data_dir, held))
    code = serve(configuration, options.host, options.port, options.certfile, options.keyfile, transport)
    if code:
        sys.exit(code)


def _on_a_broker(options: DashboardOptions, data_dir: Path) -> tuple[RoomConfiguration, Transport | None]:
    configuration = room_configuration(options, data_dir)
    if configuration.meter is None:
        return configuration, None
    return configuration, _limited(configuration.operator, configuration.meter)


def _on_aws(options: DashboardOptions, data_dir: Path) -> tuple[RoomConfiguration, Transport | None]:
    # AWS's client is a large library, of which no other room has any use.
    from shadowroom.aws import room

    deployment = load_deployment(data_dir)
    secrets = load_or_create(data_dir, options.room)
    account = room.prepared(deployment)
    operator = room.operator_account(deployment, data_dir, secrets.room_thing)
    configuration = _configuration(
        options,
        data_dir,
        secrets,
        operator=operator,
        devices=SharedAccount(BrokerCredential("", "")),
        broker_host=operator.host,
        broker_port=operator.port,
        aws=room.data_plane_keys(deployment, account),
        tells_connections=False,
        quotas=quotas_of(deployment.region, data_dir),
        door=room.AwsPhoneDoor(deployment, account),
    )
    return configuration, room.room_connections(deployment, data_dir, operator, account)


def _workers(options: DashboardOptions, data_dir: Path, held: int) -> ChildWorkers:
    broker = _broker(options, data_dir, load_or_create(data_dir, None))
    arguments = ["--data-dir", str(data_dir)]
    if broker.kind != "external":
        arguments += ["--broker-address", f"{broker.host}:{broker.port}"]
    if options.certfile is not None and options.keyfile is not None:
        arguments += ["--certfile", str(options.certfile), "--keyfile", str(options.keyfile)]
    # An address may hold a password, so it does not go on a command line.
    kind = options.broker if broker.kind == "external" else broker.kind
    listeners = listen_for_workers(data_dir, options.host, options.port, options.tunnel_workers)
    return ChildWorkers(data_dir, listeners, arguments, {"SHADOWROOM_BROKER": kind}, held)


def _broker(options: DashboardOptions, data_dir: Path, secrets: RoomSecrets) -> Broker:
    address = host_and_port(options.broker_address, "--broker-address") if options.broker_address else None
    return find_broker(data_dir, secrets, options.broker, address)


def room_configuration(options: DashboardOptions, data_dir: Path) -> RoomConfiguration:
    """Everything the dashboard must know of its room."""
    secrets = load_or_create(data_dir, options.room)
    broker = _broker(options, data_dir, secrets)
    quotas = None if options.like_aws is None else quotas_of(options.like_aws, data_dir)
    return _configuration(
        options,
        data_dir,
        secrets,
        operator=broker.account(Role.DASHBOARD),
        devices=broker.devices,
        broker_host=broker.host,
        broker_port=broker.port,
        aws=AwsKeys(
            secrets.aws.access_key_id,
            secrets.aws.secret_access_key,
            secrets.aws.region,
            options.bridge_url or _announced_bridge(data_dir),
        ),
        # NATS closes a connection that is too slow; at QoS 1 each message would pass a stream of its own.
        hearing_qos=0 if broker.kind == "embedded" and quotas is None else 1,
        quotas=quotas,
        meter=None if quotas is None else AccountMeter(quotas),
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
        tunnel_workers=options.tunnel_workers,
    )


def _configuration(
    options: DashboardOptions, data_dir: Path, secrets: RoomSecrets, **of_broker: Any
) -> RoomConfiguration:
    addresses = find_addresses(
        options.host,
        options.port,
        scheme="https" if options.certfile else "http",
        public_url=options.public_url,
    )
    return RoomConfiguration(
        room=secrets.room,
        room_thing=secrets.room_thing,
        data_dir=data_dir,
        join_url=f"{addresses.public}/j/{secrets.room}",
        presenter_token=secrets.presenter_token,
        signing_key=secrets.signing_key,
        alexa_skill_id=options.alexa_skill_id,
        retention_days=options.retention_days,
        embed_origins=options.embed_origins,
        examine=lambda: examine_running(_examination(options, data_dir)),
        **of_broker,
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
