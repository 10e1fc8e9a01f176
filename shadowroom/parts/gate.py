"""The gate's place in `shadowroom broker`: opened when the broker is ready, closed before it stops."""

import asyncio
import contextlib
import datetime
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import structlog

from broker_bridge.transport.lifecycle import REPORTER_WILL, LifecycleReporter
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import TransportError
from shadowroom.brokers.port import Broker, Role
from shadowroom.complaint import Complaint
from shadowroom.gate.authority import Authority
from shadowroom.gate.gate import Gate
from shadowroom.gate.left_behind import LeftBehind
from shadowroom.gate.listeners import Listeners, certificate_names
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import ThingList
from shadowroom.secrets import RoomSecrets

RENEW_LOOK_S = 30.0
"""Seconds between looks whether this machine has other addresses than its certificate names."""

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def open_gate(
    listeners: Listeners, broker: Broker, data_dir: Path, secrets: RoomSecrets
) -> AsyncIterator[None]:
    """Let things in at `listeners` while inside. Raises `Complaint` when that cannot be."""
    if not listeners or broker.things is None:
        yield
        return
    roll = Roll(ThingList(data_dir))
    # A client id of its own, so that it takes nobody's place.
    transport = PahoTransport(replace(broker.account(Role.OPERATOR), client_id="gate"), will=REPORTER_WILL)
    lifecycle = LifecycleReporter(transport)
    left_behind = LeftBehind(
        data_dir / "broker" / "visits.json", secrets.room, broker.things, roll, transport
    )
    gate = Gate(secrets.room, broker.things, roll, lifecycle, left_behind)
    async with AsyncExitStack() as stack:
        await lifecycle.listen()
        try:
            await transport.connect()
        except TransportError as error:
            raise Complaint(f"The gate cannot use the broker: {error}.") from error
        stack.push_async_callback(transport.close)
        stack.callback(left_behind.write)
        _keep(stack, "clear up after removed things", left_behind.run(gate.has))
        stack.push_async_callback(gate.close)
        if listeners.mqtt is not None:
            await _listen(gate, listeners.mqtt, "--mqtt-listen", None)
        if listeners.mqtts is not None:
            context = await _tls(stack, data_dir, secrets.room, listeners.mqtts[0])
            await _listen(gate, listeners.mqtts, "--mqtts-listen", context)
        yield


async def _listen(gate: Gate, address: tuple[str, int], option: str, tls: ssl.SSLContext | None) -> None:
    host, port = address
    try:
        await gate.listen(host, port, tls)
    except OSError as error:
        reason = error.strerror or error
        raise Complaint(
            f"Cannot listen on {host}:{port} ({reason}): choose another with {option}."
        ) from error
    log.info("the gate is open", host=host, port=port, tls=tls is not None)


async def _tls(stack: AsyncExitStack, data_dir: Path, room: str, host: str) -> ssl.SSLContext:
    authority = Authority(data_dir, room)
    context = authority.server_context(certificate_names(host), _now())
    _keep(stack, "server certificate", _keep_current(authority, context, host))
    return context


def _keep(stack: AsyncExitStack, name: str, work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)


async def _keep_current(authority: Authority, context: ssl.SSLContext, host: str) -> None:
    while True:
        await asyncio.sleep(RENEW_LOOK_S)
        try:
            if authority.renew_server(context, certificate_names(host), _now()):
                log.info("the gate has a new certificate", names=certificate_names(host))
        except Complaint as complaint:
            log.error("the gate's certificate cannot be renewed", reason=complaint.sentence)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
