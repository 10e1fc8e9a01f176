"""`shadowroom broker`: the broker's process, kept alive on one address."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from shadowroom import logs, tethered
from shadowroom.brokers.choice import broker_at, choose
from shadowroom.brokers.handshake import accepts
from shadowroom.brokers.mosquitto import MosquittoBroker
from shadowroom.brokers.port import Broker, Role
from shadowroom.complaint import USAGE, Complaint
from shadowroom.data_dir import announce, lock, prepare, withdraw
from shadowroom.gate.listeners import Listeners
from shadowroom.kept_alive import KeptAlive, Program
from shadowroom.parts.gate import open_gate
from shadowroom.parts.until_told_to_stop import run
from shadowroom.ports import LOOPBACK, free_port, require_free
from shadowroom.secrets import RoomSecrets, load_or_create

READY_WITHIN_S = 15.0
"""Seconds; a NATS store of a gigabyte is read again in about five."""
_PORT_GRACE_S = 5.0
"""Seconds to wait for a killed predecessor's broker to let go of the port."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BrokerOptions:
    """What `shadowroom broker` was asked for."""

    data_dir: Path
    room: str | None = None
    broker: str = "auto"
    listen: tuple[str, int] | None = None
    gate: Listeners = field(default_factory=Listeners)


def run_broker(options: BrokerOptions) -> None:
    """Run until told to stop. Raises `Complaint` when the broker cannot be started."""
    data_dir = prepare(options.data_dir)
    secrets = load_or_create(data_dir, options.room)
    choice = choose(options.broker)
    if not choice.runs_here:
        raise Complaint("`shadowroom broker` runs a broker here: use --broker embedded or mosquitto.", USAGE)
    held = lock(data_dir, "broker", "A broker")
    host, port = options.listen or (LOOPBACK, free_port())
    _wait_for_port(host, port, "--listen")
    for address, option in ((options.gate.mqtt, "--mqtt-listen"), (options.gate.mqtts, "--mqtts-listen")):
        if address is not None:
            _wait_for_port(*address, option)
    broker = broker_at(choice.name, data_dir, secrets, host, port, admits_things=bool(options.gate))
    log.info("broker chosen", broker=choice.name, reason=choice.reason, host=host, port=port)
    run(lambda stop: _serve(stop, broker, _Room(data_dir, secrets, options.gate), held))


def write_mosquitto_configuration(
    data_dir: Path, room: str | None, directory: Path, listen: tuple[str, int]
) -> Path:
    """Write a configuration for a Mosquitto that runs elsewhere and sees `directory` under the same path, as
    the same user. Returns the path of `mosquitto.conf`.
    """
    secrets: RoomSecrets = load_or_create(prepare(data_dir), room)
    host, port = listen
    return MosquittoBroker(
        directory, None, secrets.mqtt, secrets.room, LOOPBACK, port, listen_host=host
    ).write_configuration()


@dataclass(frozen=True, slots=True)
class _Room:
    data_dir: Path
    secrets: RoomSecrets
    gate: Listeners


async def _serve(stop: asyncio.Event, broker: Broker, room: _Room, held: int) -> None:
    command = broker.configure()
    if command is None or broker.log_file is None:
        raise Complaint("This broker is run elsewhere.", USAGE)
    operator = broker.account(Role.OPERATOR)
    writer = logs.log_writer(broker.log_file)

    async def is_ready(_pid: int) -> bool:
        return await accepts(operator)

    child = KeptAlive(
        Program(
            name="broker",
            command=[sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), *command],
            is_ready=is_ready,
            on_line=writer.info,
            complaint=lambda: _look_into(broker),
            descriptors=(held,),
            ready_within_s=READY_WITHIN_S,
        ),
        on_restart=lambda reason: log.error("restarting the broker", reason=reason),
    )
    try:
        await child.start()
        async with open_gate(room.gate, broker, room.data_dir, room.secrets):
            announce(
                room.data_dir,
                "broker",
                broker=broker.kind,
                host=broker.host,
                port=broker.port,
                child=child.pid,
                **room.gate.announced(),
            )
            log.info("broker ready", broker=broker.kind, host=broker.host, port=broker.port)
            await stop.wait()
    finally:
        withdraw(room.data_dir, "broker")
        await child.stop()
        logs.close(writer)


def _look_into(broker: Broker) -> Complaint:
    tail: list[str] = []
    if broker.log_file is not None and broker.log_file.is_file():
        tail = broker.log_file.read_text(errors="replace").splitlines()[-1:]
    last = f" It said last: {tail[0]}" if tail else ""
    return Complaint(f"The {broker.kind} broker did not start; its log is {broker.log_file}.{last}")


def _wait_for_port(host: str, port: int, option: str) -> None:
    deadline = time.monotonic() + _PORT_GRACE_S
    while True:
        try:
            return require_free(host, port, option)
        except Complaint:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
