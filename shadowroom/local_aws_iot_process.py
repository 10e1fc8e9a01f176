"""The process behind `LocalAwsIot`: a broker as its child, and the shadow service on it, shadows in memory.

It is told by one line of JSON on standard input what to do, and answers each with one on standard output; its
first line says where everything is. The end of standard input, or of the process that started this one,
ends it and its broker: whatever happens to the tests, nothing stays behind.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import uvloop

from broker_bridge.transport.port import Account, TransportError
from shadowroom import logs, tethered
from shadowroom.brokers.choice import broker_at, choose
from shadowroom.brokers.handshake import accepts
from shadowroom.brokers.port import Broker, Role
from shadowroom.complaint import Complaint
from shadowroom.data_dir import prepare
from shadowroom.ports import LOOPBACK, free_port
from shadowroom.secrets import RoomSecrets, load_or_create

BROKER_WITHIN_S = 15.0
"""For the broker's listener: 20 ms for Mosquitto and 200 ms for NATS on an idle machine."""
BROKER_STOP_S = 3.0
"""From SIGTERM to SIGKILL."""
PORT_ATTEMPTS = 3
"""Another program may take the free port before the broker does."""
_BROKERS = ("auto", "mosquitto", "embedded")
_POLL_S = 0.01
_BROKER_POLL_S = 0.1
_PARENT_POLL_S = 1.0
"""Between looks for the parent: only for one that was killed while another of its children still holds our
standard input."""


@dataclass(frozen=True, slots=True)
class _Started:
    broker: Broker
    process: subprocess.Popen[bytes]


def main() -> None:
    """Run with the arguments `DATA_DIR` and `BROKER` (a word of `--broker`) until standard input ends."""
    data_dir, wanted = Path(sys.argv[1]), sys.argv[2]
    logs.configure("local-aws-iot")
    try:
        uvloop.run(_run(data_dir, wanted))
    except (Complaint, OSError, TransportError) as error:
        _say({"error": str(error)})
        sys.exit(1)


async def _run(data_dir: Path, wanted: str) -> None:
    data_dir = prepare(data_dir)
    secrets = load_or_create(data_dir, None)
    if wanted not in _BROKERS:
        raise Complaint(f"shadowroom_broker must be {', '.join(_BROKERS)}, and is {wanted!r}.")
    choice = choose(wanted)
    for attempt in range(PORT_ATTEMPTS):
        with _running(broker_at(choice.name, data_dir, secrets, LOOPBACK, free_port())) as started:
            # 0.4 s, while the broker starts.
            from shadowroom.local_aws_iot_service import LocalService

            try:
                await _until_ready(started)
            except Complaint:
                if attempt + 1 < PORT_ATTEMPTS and started.process.poll() is not None:
                    continue
                raise
            async with LocalService(started.broker.account, secrets) as service:
                _say(_whereabouts(started.broker, secrets, service.port))
                await _serve(service.answer, started.process)
            return


@contextlib.contextmanager
def _running(broker: Broker) -> Iterator[_Started]:
    """The broker as a child that ends with this process."""
    command = broker.configure()
    if command is None or broker.log_file is None:
        raise Complaint("This broker is run elsewhere.")
    with broker.log_file.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield _Started(broker, process)
    finally:
        process.terminate()
        try:
            process.wait(BROKER_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def _until_ready(started: _Started) -> None:
    operator = started.broker.account(Role.OPERATOR)
    try:
        async with asyncio.timeout(BROKER_WITHIN_S):
            while not await accepts(operator):
                if started.process.poll() is not None:
                    raise _broker_ended(started.broker, started.process)
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise Complaint(
            f"The {started.broker.kind} broker did not answer within {BROKER_WITHIN_S:.0f} s; "
            f"its log is {started.broker.log_file}."
        ) from None


def _broker_ended(broker: Broker, process: subprocess.Popen[bytes]) -> Complaint:
    return Complaint(
        f"The {broker.kind} broker ended with exit code {process.returncode}; its log is {broker.log_file}."
    )


async def _serve(
    answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], broker: subprocess.Popen[bytes]
) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    watch = asyncio.create_task(_end_with_parent(told, os.getppid()), name="parent-watch")
    ended = asyncio.create_task(_end_of(broker), name="broker-watch")
    try:
        while line := await told.readline():
            answering = asyncio.ensure_future(answer(orjson.loads(line)))
            await asyncio.wait((answering, ended), return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                answering.cancel()
                await asyncio.gather(answering, return_exceptions=True)
                _say({"error": f"The broker ended with exit code {broker.returncode}."})
                continue
            try:
                _say(answering.result())
            except (TimeoutError, TransportError) as error:
                _say({"error": f"The broker did not answer: {error}"})
    finally:
        for task in (watch, ended):
            task.cancel()
        await asyncio.gather(watch, ended, return_exceptions=True)
        transport.close()


async def _end_of(broker: subprocess.Popen[bytes]) -> None:
    while broker.poll() is None:  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(_BROKER_POLL_S)


async def _end_with_parent(told: asyncio.StreamReader, parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - another process's state
        await asyncio.sleep(_PARENT_POLL_S)
    told.feed_eof()


def _whereabouts(broker: Broker, secrets: RoomSecrets, port: int) -> dict[str, Any]:
    account: Account = broker.account(Role.OPERATOR)
    return {
        "url": f"http://{LOOPBACK}:{port}",
        "region": secrets.aws.region,
        "access_key_id": secrets.aws.access_key_id,
        "secret_access_key": secrets.aws.secret_access_key,
        "broker": broker.kind,
        "mqtt": {
            "host": account.host,
            "port": account.port,
            "username": account.username,
            "password": account.password,
        },
    }


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()
