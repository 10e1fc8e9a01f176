"""The shadow service alone: updates over MQTT and REST, beside what broker and client do without it."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp
import httpx
import orjson
import uvloop
from botocore.credentials import Credentials

from broker_bridge.client.signing import AwsSignature
from broker_bridge.transport.port import Account
from shadowroom.bench import bare
from shadowroom.bench.mqtt_load import ANSWER_S, Load, Target
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker
from shadowroom.complaint import Complaint
from shadowroom.data_dir import announcement, prepare
from shadowroom.ports import free_port
from shadowroom.secrets import AwsSecrets, load_or_create
from shadowroom.throwaway_room import running

THINGS: Final = 200
WINDOW: Final = 512
"""Requests under way when there are as many as possible: the bridge commits in groups, and needs something to
group."""
WARM_UP: Final = 2_000
TRIES: Final = 3
"""Of which the middle one counts: something else wants a core now and then."""
CONNECTIONS: Final = 16
"""Of HTTP clients, each with one request at a time."""
UPDATE: Final = orjson.dumps(
    {"state": {"reported": {"scene": 12, "color": "#2563EB", "visible": True, "room": "DEMO"}}}
)
_SHADOW: Final = "$aws/things/{}/shadow/update"
ECHO: Final = Target(tuple(f"bench/{number}" for number in range(THINGS)), "bench/+", UPDATE)
UPDATES: Final = Target(
    tuple(_SHADOW.format(f"bench-{number}") for number in range(THINGS)),
    _SHADOW.format("+") + "/accepted",
    UPDATE,
)


@dataclass(frozen=True, slots=True)
class UpdateLoad:
    """How much."""

    updates: int
    """With as many under way as possible."""
    rate: float
    """Updates a second of the part that measures times."""
    seconds: float
    """For so long."""
    requests: int
    """Of REST."""


def measure_updates(broker: str, load: UpdateLoad) -> dict[str, Any]:
    """`{"echo","bare","bridge": {"per_second","p50_ms","p95_ms","p99_ms"}, "rest": {"per_second","bare"}}`.

    Raises `Complaint` when a part does not start or does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="shadowroom-bench-") as folder:
        data_dir = prepare(Path(folder) / "data")
        try:
            return _measure(broker, load, data_dir, Path(folder) / "output.txt")
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise Complaint(
                f"The shadow service was not measured: {error or type(error).__name__}."
            ) from error


def _measure(broker: str, load: UpdateLoad, data_dir: Path, output: Path) -> dict[str, Any]:
    secrets = load_or_create(data_dir, None)
    with _part(data_dir, output, "broker", "shadowroom", "broker", "--broker", broker):
        operator = find_broker(data_dir, secrets, "auto", None).account(Role.OPERATOR)
        results = {"echo": uvloop.run(_mqtt(operator, ECHO, load))}
        with _part(data_dir, output, bare.PART, "shadowroom.bench.bare", str(data_dir)):
            results["bare"] = uvloop.run(_mqtt(operator, UPDATES, load))
        rest = ("--rest-port", str(free_port()))
        with _part(data_dir, output, "bridge", "shadowroom", "bridge", *rest) as announced:
            results["bridge"] = uvloop.run(_mqtt(operator, UPDATES, load))
            results["rest"] = uvloop.run(_rest(announced["url"], secrets.aws, load.requests))
    return results


@contextmanager
def _part(data_dir: Path, output: Path, part: str, *module: str) -> Iterator[dict[str, Any]]:
    words = [*module, "--data-dir", str(data_dir)] if module[0] == "shadowroom" else module
    with running(words, output, partial(announcement, data_dir, part)) as announced:
        yield announced


async def _mqtt(operator: Account, target: Target, load: UpdateLoad) -> dict[str, Any]:
    client = await Load.connect(replace(operator, client_id="bench"), target)
    await client.throughput(WARM_UP, WINDOW)
    per_second = median([await client.throughput(load.updates // TRIES, WINDOW) for _ in range(TRIES)])
    times = await client.latency(int(load.rate * load.seconds), load.rate)
    client.close()
    return {"per_second": round(per_second), **times.summary()}


async def _rest(url: str, keys: AwsSecrets, requests: int) -> dict[str, Any]:
    """Durable updates a second, and answers a second of the same server to a request that asks for nothing.

    An update is signed once per thing and sent again and again: what is measured is not our signing.
    """
    credentials = Credentials(keys.access_key_id, keys.secret_access_key)
    signature = AwsSignature("iotdata", keys.region, credentials)
    signed = []
    for number in range(THINGS):
        request = httpx.Request("POST", f"{url}/things/bench-rest-{number}/shadow", content=UPDATE)
        signed.append(next(signature.auth_flow(request)))
    nothing = [httpx.Request("GET", f"{url}/healthz")]
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        return {
            "per_second": round(await _answers(http, signed, requests)),
            "bare": round(await _answers(http, nothing, requests)),
        }


async def _answers(http: aiohttp.ClientSession, asked: list[httpx.Request], requests: int) -> float:
    numbers = iter(range(requests))

    async def client() -> None:
        for number in numbers:
            request = asked[number % len(asked)]
            headers = dict(request.headers)
            async with http.request(
                request.method, str(request.url), data=request.content, headers=headers
            ) as answer:
                answer.raise_for_status()
                await answer.read()

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
    return requests / (time.perf_counter() - began)
