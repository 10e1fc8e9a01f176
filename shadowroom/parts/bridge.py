"""`shadowroom bridge`: the Device Shadow service over the room's broker, with its data-plane REST."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from broker_bridge.rest.directory import nobody
from broker_bridge.service import BridgeService
from broker_bridge.settings import BridgeSettings, RestSettings
from broker_bridge.shadow.limits import Limits
from broker_bridge.shadow.rate import Rate
from broker_bridge.store.port import StoreError
from broker_bridge.transport.port import Refused, TransportError
from shadowroom.access_keys import keys_file
from shadowroom.aws.tables import quotas_of
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker, host_and_port
from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announce, lock, prepare, withdraw
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import ThingList
from shadowroom.parts.until_told_to_stop import run
from shadowroom.ports import LOOPBACK, require_free
from shadowroom.secrets import RoomSecrets, load_or_create
from shadowroom.store_url import store_url


@dataclass(frozen=True, slots=True)
class BridgeOptions:
    """What `shadowroom bridge` was asked for."""

    data_dir: Path
    room: str | None
    broker: str
    broker_address: str | None
    store: str | None
    rest_host: str
    rest_port: int
    will_republish: bool = False
    like_aws: str | None = None
    """A region whose quotas requests are held to."""


def run_bridge(options: BridgeOptions) -> None:
    """Run until told to stop. Raises `Complaint` when broker, store or port cannot be used."""
    settings = limit_settings()
    data_dir = prepare(options.data_dir)
    secrets = load_or_create(data_dir, options.room)
    address = host_and_port(options.broker_address, "--broker-address") if options.broker_address else None
    broker = find_broker(data_dir, secrets, options.broker, address)
    lock(data_dir, "bridge", "A bridge")
    require_free(options.rest_host, options.rest_port, "--rest-port")
    service = BridgeService(
        broker.account(Role.BRIDGE),
        store_url(options.store, data_dir),
        rest=_rest(options, secrets, keys_file(data_dir)),
        limits=Limits(document_bytes=settings.document_bytes, depth=settings.depth),
        requests_per_second=settings.requests_per_second,
        rate=_rate(options.like_aws, data_dir),
        will_republish=options.will_republish,
        connection_per_filter=broker.kind == "embedded",
        devices=nobody if broker.kind == "external" else Roll(ThingList(data_dir)).names,
    )
    run(lambda stop: _serve(stop, service, options, data_dir))


async def _serve(stop: asyncio.Event, service: BridgeService, options: BridgeOptions, data_dir: Path) -> None:
    starting = asyncio.create_task(service.start(), name="start the shadow service")
    stopping = asyncio.create_task(stop.wait(), name="told to stop")
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            _raise_for_people(starting)
            announce(data_dir, "bridge", url=f"http://{_reachable(options.rest_host)}:{options.rest_port}")
            await stopping
    finally:
        withdraw(data_dir, "bridge")
        starting.cancel()
        stopping.cancel()
        await asyncio.gather(starting, stopping, return_exceptions=True)
        await service.stop()


def limit_settings() -> BridgeSettings:
    """The settings in the environment, of which the limits count here. Raises `Complaint` that names a wrong
    one.
    """
    try:
        return BridgeSettings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = f"{BridgeSettings.model_config.get('env_prefix', '')}{wrong['loc'][0]}".upper()
        raise Complaint(f"{name}={wrong['input']} cannot be: {wrong['msg']}.", USAGE) from None


def _raise_for_people(started: "asyncio.Task[None]") -> None:
    try:
        started.result()
    except Refused as error:
        raise Complaint(f"The broker cannot be used: {error}") from error
    except TransportError as error:
        raise Complaint(f"The broker does not answer: {error}") from error
    except StoreError as error:
        raise Complaint(f"The shadow store cannot be used: {error}") from error


def _rest(options: BridgeOptions, secrets: RoomSecrets, further_keys: Path) -> RestSettings:
    own = secrets.aws
    return RestSettings(
        options.rest_host, options.rest_port, own.access_key_id, own.secret_access_key, further_keys
    )


def _rate(region: str | None, data_dir: Path) -> Rate | None:
    if region is None:
        return None
    quotas = quotas_of(region, data_dir)
    per_thing = float(quotas.thing_shadow_requests)
    return Rate(per_thing, per_thing, float(quotas.shadow_requests), quotas.thing_in_flight)


def _reachable(host: str) -> str:
    """An address at which this machine reaches a listener on `host`."""
    return LOOPBACK if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
