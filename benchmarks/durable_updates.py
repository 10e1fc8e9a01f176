"""Durable shadow updates through the bridge, against the same without engine and store, against a plain echo.

`python -m benchmarks.durable_updates [--updates 20000] [--rate 1000] [--store sqlite|memory] [--json FILE]`

All in one run on one machine: Mosquitto, the answering process and this load generator. The *bare*
answerer is the same MQTT client with the same publishes, and neither engine nor store behind it.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvloop

from benchmarks.mqtt_load import Load, Target
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Message
from broker_bridge.wire.topics import REQUEST_FILTERS
from tests.support.mosquitto_process import mosquitto

THINGS = 200
WINDOW = 512
"""Requests under way in the throughput part: the bridge groups its commits, and needs something to group."""
UPDATE = orjson.dumps(
    {"state": {"reported": {"scene": 12, "color": "#2563EB", "visible": True, "room": "DEMO"}}}
)
DOCUMENT = b"x" * 700
"""What stands for the bridge's answer to that update: `accepted` with `documents` is as long together."""
SHADOW = "$aws/things/{}/shadow/update"
TARGETS = {
    "echo": Target(tuple(f"bench/{n}" for n in range(THINGS)), "bench/+", UPDATE),
    "bare": Target(
        tuple(SHADOW.format(f"t{n}") for n in range(THINGS)), SHADOW.format("+") + "/accepted", UPDATE
    ),
}
TARGETS["bridge"] = TARGETS["bare"]


async def answer_bare(port: int) -> None:
    """Answer each update with two publishes and remember nothing."""
    transport = PahoTransport(Account("127.0.0.1", port, "bench-bare"))

    def on_message(message: Message) -> None:
        transport.publish(f"{message.topic}/accepted", DOCUMENT[:300], qos=1)
        transport.publish(f"{message.topic}/documents", DOCUMENT[300:], qos=1)
        if message.acknowledge is not None:
            message.acknowledge()

    await transport.subscribe(REQUEST_FILTERS, on_message, qos=1, manual_ack=True)
    await transport.connect()
    await _ready()
    await transport.close()


async def answer_bridge(port: int, store: str) -> None:
    """The whole shadow service."""
    from broker_bridge.service import BridgeService

    service = BridgeService(Account("127.0.0.1", port, "bench-bridge"), store)
    await service.start()
    await _ready()
    await service.stop()


async def _ready() -> None:
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def answering(who: str, port: int, store: str) -> AsyncIterator[None]:
    """Run an answerer in a process of its own until the context ends."""
    if who == "echo":
        yield
        return
    command = ("-m", "benchmarks.durable_updates", "--answer", who, "--port", str(port), "--store-url", store)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        while b"ready" not in (line := await asyncio.wait_for(process.stdout.readline(), 30)):
            if not line:
                raise SystemExit(f"The {who} answerer ended before it was ready.")
        yield
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.communicate(), 30)


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """All three, one after the other, on a broker each."""
    results: dict[str, Any] = {}
    for who in ("echo", "bare", "bridge"):
        with tempfile.TemporaryDirectory() as name, mosquitto(Path(name)) as port:
            store = "memory:" if arguments.store == "memory" else f"sqlite:///{name}/shadows.db"
            async with answering(who, port, store):
                load = await Load.connect(port, TARGETS[who])
                await load.throughput(2_000, WINDOW)
                per_second = await load.throughput(arguments.updates, WINDOW)
                times = await load.latency(int(arguments.rate * arguments.seconds), arguments.rate)
                load.close()
            results[who] = {"per_second": round(per_second), **times.summary()}
            print(f"{who:8} {per_second:10,.0f}/s   at {arguments.rate:,.0f}/s: {times.summary()}")
    results["bridge_to_bare"] = round(results["bridge"]["per_second"] / results["bare"]["per_second"], 3)
    results["p50_bridge_to_echo"] = round(results["bridge"]["p50_ms"] / results["echo"]["p50_ms"], 2)
    print(f"bridge / bare {results['bridge_to_bare']:.0%}, p50 bridge / echo {results['p50_bridge_to_echo']}")
    return results


def main() -> None:
    """Measure, or answer when started for that."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=1_000.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--store", choices=("sqlite", "memory"), default="sqlite")
    parser.add_argument("--json", type=Path)
    for hidden in ("--answer", "--port", "--store-url"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        port = int(arguments.port)
        uvloop.run(
            answer_bare(port) if arguments.answer == "bare" else answer_bridge(port, arguments.store_url)
        )
        return
    results = uvloop.run(measure(arguments))
    if arguments.json:
        arguments.json.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main()
