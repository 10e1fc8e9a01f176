"""Hold this service, moto and ministack to the same conversations, and write docs/spec/conformance.md.

python scripts/conformance.py TOOLS      TOOLS: the folder of `moto_server` and `ministack` (make conformance)
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config

from broker_bridge.service import BridgeService
from broker_bridge.settings import RestSettings
from broker_bridge.telemetry import configure_logging
from broker_bridge.transport.paho import PahoTransport

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.plain_brokers import PlainBroker, free_port, plain_broker  # noqa: E402
from tests.support.shadow_answers import ShadowAsker  # noqa: E402
from tests.support.shadow_http import HttpAsker  # noqa: E402
from tests.support.shadow_vectors import ANSWERS, EVERYTHING, VECTOR_FILE, VECTORS, Ask  # noqa: E402

PAGE = ROOT / "docs" / "spec" / "conformance.md"
BROKERS = {"nats": "embedded", "mosquitto": "Mosquitto"}
"""Kind of broker to the word in the table."""
REST = RestSettings("127.0.0.1", 0, "AKIDEXAMPLE", "a-secret-of-nobody")
OWN = tuple(f"{way}, {word}" for word in BROKERS.values() for way in ("MQTT", "REST"))
"""The columns of this service."""
START_SECONDS = 60.0
"""For an emulator, which imports a few hundred modules."""
DIFFERENCE_MAX = 150
"""Characters of a difference that are shown: enough to tell what it is about."""

Asker = tuple[Ask, Callable[[], bool]]
"""Asks, and says whether nothing more than was asked for has been published."""
Asking = Callable[[str], AbstractAsyncContextManager[Asker]]
"""Gives the asker of a thing."""
Results = dict[str, str | None]
"""By vector: None when it passed, else the first difference."""

INTRODUCTION = """# Conformance

Made by `make conformance` on {date} from `tests/data/shadow_vectors.json` (sha256 `{digest}`). A test fails
when the vectors, or what this service answers to them, are no longer what is said here.

A vector is a conversation of one to five requests with one thing; its source is in the file. It passes when
every answer is the one expected, member by member; a `timestamp` need only be there, and a text must be
AWS's own. One habit can so cost an implementation many vectors. Of this service, over MQTT as over REST,
delta and documents are compared too, and nothing else may be published; of moto and ministack, which are
asked over REST, the answers only. Their things are first created with CreateThing, since moto knows no
others. What REST cannot carry, the token of a get or a delete, counts as echoed.

*Sure* is how sure it is that AWS does the same: `high` was seen on the service itself or stands in its
documentation.

| | version | passed | of those that are sure |
|---|---|---|---|
"""


async def answered(asking: Asking, kinds: Collection[str]) -> Results:
    """Put every vector to an asker of its own."""
    results: Results = {}
    for number, vector in enumerate(VECTORS):
        thing = f"conformance-{number}"
        async with asking(thing) as (ask, silent):
            try:
                await vector.check(thing, ask, kinds)
                results[vector.name] = None if silent() else "more was published"
            except Exception as difference:  # noqa: BLE001, whatever an emulator does is a result
                kind = type(difference).__name__
                results[vector.name] = f"{kind}: {difference}".removeprefix("AssertionError: ")
    return results


def sdk(service: str, port: int) -> Any:
    """A boto3 client that asks once."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
    return boto3.session.Session().client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=REST.access_key_id,
        aws_secret_access_key=REST.secret_access_key,
        config=config,
    )


async def ours(kind: str, folder: Path) -> dict[str, Results]:
    """This service on a broker of that kind: its two columns."""
    columns = {}
    with plain_broker(kind, folder) as broker:
        for way in ("MQTT", "REST"):
            service = BridgeService(broker.account("bridge"), f"sqlite:///{folder / way}.db", rest=REST)
            await service.start()
            plane = sdk("iot-data", service.rest_port or 0)
            try:
                columns[f"{way}, {BROKERS[kind]}"] = await answered(_asking(broker, plane, way), EVERYTHING)
            finally:
                plane.close()
                await service.stop()
    return columns


def _asking(broker: PlainBroker, plane: Any, way: str) -> Asking:
    @asynccontextmanager
    async def asking(thing: str) -> AsyncIterator[Asker]:
        client = PahoTransport(broker.account(thing))
        await client.connect()
        asker = ShadowAsker(client, thing) if way == "MQTT" else HttpAsker(plane, client, thing)
        await asker.start()
        try:
            yield asker.ask, lambda: asker.silent
        finally:
            await client.close()

    return asking


async def theirs(port: int) -> Results:
    """An emulator, over REST."""
    control, plane = sdk("iot", port), sdk("iot-data", port)

    @asynccontextmanager
    async def asking(thing: str) -> AsyncIterator[Asker]:
        await asyncio.to_thread(control.create_thing, thingName=thing)
        yield HttpAsker(plane).ask, lambda: True

    try:
        return await answered(asking, ANSWERS)
    finally:
        control.close()
        plane.close()


@contextmanager
def emulator(name: str, tools: Path, folder: Path) -> Iterator[int]:
    """A running emulator on loopback only; its port."""
    port = free_port()
    command = {
        "moto": [str(tools / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        "ministack": [str(tools / "ministack")],
    }[name]
    # ministack's port for mutual TLS would listen on every address.
    own = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **own}, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{process.args!r} opened no port")


def tool_version(tools: Path, package: str) -> str:
    """Of a package in the emulators' own environment."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    answer = subprocess.run([tools / "python", "-c", code], capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def digest() -> str:
    """Of the vectors, as the page says it."""
    return hashlib.sha256(VECTOR_FILE.read_bytes()).hexdigest()[:16]


def page(columns: Mapping[str, Results], versions: Mapping[str, str], date: datetime.date) -> str:
    """The page."""
    sure = {vector.name for vector in VECTORS if vector.confidence == "high"}
    lines = [INTRODUCTION.format(date=date.isoformat(), digest=digest()).rstrip("\n")]
    for column, results in columns.items():
        passed = {name for name, difference in results.items() if difference is None}
        owner = f"this service, {column}" if column in OWN else f"{column}, REST"
        lines.append(
            f"| {owner} | {versions[column]} | {len(passed)} of {len(VECTORS)} "
            f"| {len(passed & sure)} of {len(sure)} |"
        )
    lines += ["", f"| vector | rules | sure | {' | '.join(columns)} |", "|---" * (3 + len(columns)) + "|"]
    for vector in VECTORS:
        cells = ["pass" if results[vector.name] is None else "differs" for results in columns.values()]
        lines.append(
            f"| {vector.name} | {' '.join(vector.rules)} | {vector.confidence} | {' | '.join(cells)} |"
        )
    for column, results in columns.items():
        lines += _differences(column, results)
    return "\n".join(lines) + "\n"


def _differences(column: str, results: Results) -> list[str]:
    found = {name: difference for name, difference in results.items() if difference is not None}
    if not found:
        return []
    lines = ["", f"## What {column} answers otherwise", "", "The first difference of each vector.", ""]
    for name, difference in found.items():
        # Times differ in each run and say nothing.
        text = re.sub(r"\b1[0-9]{9}\b", "T", " ".join(difference.removeprefix(f"{name}, ").split()))
        text = text.replace("`", "'")
        text = text if len(text) <= DIFFERENCE_MAX else f"{text[:DIFFERENCE_MAX]}…"
        lines.append(f"- {name}, `{text}`")
    return lines


def own_columns(text: str) -> dict[str, dict[str, bool]]:
    """What a page says of this service: by column, by vector, whether it passed."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"
    ]
    head = next(row for row in rows if row[0] == "vector")
    named = {vector.name for vector in VECTORS}
    body = rows[rows.index(head) + 2 :]
    unknown = {row[0] for row in body} - named
    assert not unknown, f"the page has vectors that are not there: {unknown}"
    return {column: {row[0]: row[head.index(column)] == "pass" for row in body} for column in OWN}


async def compare(tools: Path) -> str:
    """Run everything, and give the page."""
    columns: dict[str, Results] = {}
    versions = dict.fromkeys(OWN, version("shadowroom"))
    with tempfile.TemporaryDirectory(prefix="conformance-") as temporary:
        folder = Path(temporary)
        for kind in BROKERS:
            (folder / kind).mkdir()
            columns |= await ours(kind, folder / kind)
        for name in ("moto", "ministack"):
            with emulator(name, tools, folder) as port:
                columns[name] = await theirs(port)
            versions[name] = tool_version(tools, name)
    return page(columns, versions, datetime.datetime.now(datetime.UTC).date())


def main() -> None:
    """Write the page, and fail when this service does not pass."""
    configure_logging("console", level="warning")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tools", type=Path, help="folder of moto_server and ministack")
    text = asyncio.run(compare(parser.parse_args().tools.resolve()))
    PAGE.write_text(text, encoding="utf-8")
    print("\n".join(line for line in text.split("\n") if " of " in line and line.startswith("| ")))
    failed = [
        (column, name) for column, seen in own_columns(text).items() for name, ok in seen.items() if not ok
    ]
    if failed:
        sys.exit(f"this service differs from its own specification: {failed}")


if __name__ == "__main__":
    main()
