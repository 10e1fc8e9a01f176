"""A service that is killed has lost nothing that it said yes to."""

import asyncio
import json
import signal
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Message
from broker_bridge.wire.topics import ShadowId, parse_answer
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

THINGS = 20
UPDATES = 3_000
KILLS_AT = (300, 900, 1_500)
"""Accepted updates after which the service is killed."""


class Crowd:
    """Updates of some things, at most a few of each on their way, and all that was accepted of them."""

    def __init__(self, transport: PahoTransport) -> None:
        self.transport = transport
        self.accepted: dict[str, dict[int, int]] = defaultdict(dict)
        """By thing: version to the number that was written."""
        self.doubles: list[tuple[str, int]] = []
        self.count = 0
        self.progress = asyncio.Event()

    async def start(self) -> None:
        """Listen for answers."""
        await self.transport.subscribe(["$aws/things/+/shadow/update/accepted"], self._on_accepted, qos=1)

    def send(self, number: int) -> None:
        """One update, QoS 1."""
        payload = json.dumps({"state": {"reported": {"n": number, f"k{number % 7}": number}}}).encode()
        self.transport.publish(f"$aws/things/thing-{number % THINGS}/shadow/update", payload, qos=1)

    def _on_accepted(self, message: Message) -> None:
        parsed = parse_answer(message.topic)
        assert parsed is not None
        answer = json.loads(message.payload)
        known = self.accepted[parsed[0].thing]
        version, number = answer["version"], answer["state"]["reported"]["n"]
        # QoS 1 may say the same thing twice; it may not say two things of one version.
        if known.setdefault(version, number) != number:
            self.doubles.append((parsed[0].thing, version))
        self.count += 1
        self.progress.set()

    async def until(self, count: int) -> None:
        """Wait for so many answers."""
        async with asyncio.timeout(60):
            while self.count < count:
                self.progress.clear()
                await self.progress.wait()


async def _started(port: int, store: Path) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.bridge_process",
        str(port),
        f"sqlite:///{store}",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"ready\n"
    return process


@pytest.mark.timeout(180)
async def test_every_accepted_update_survives_kill_9(tmp_path: Path) -> None:
    """Killed three times under load: every accepted version is in the file, none has two contents, none is
    skipped, and requests made while nobody served are served afterwards."""
    store_path = tmp_path / "shadows.db"
    with plain_broker("mosquitto", tmp_path) as broker:
        transport = PahoTransport(broker.account("crowd"))
        await transport.connect()
        crowd = Crowd(transport)
        await crowd.start()
        service = await _started(broker.port, store_path)
        sent = 0
        for goal in (*KILLS_AT, UPDATES):
            while sent < goal + 200 and sent < UPDATES:
                crowd.send(sent)
                sent += 1
            if goal != UPDATES:
                await crowd.until(goal)
                service.send_signal(signal.SIGKILL)
                await service.wait()
                service = await _started(broker.port, store_path)
        # A request whose answer died with the service is served again: at least every one was accepted once.
        await _all_written(crowd)
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 30) == 0
        await transport.close()

    assert crowd.doubles == []
    await _check_file(crowd, store_path)


async def _all_written(crowd: Crowd) -> None:
    wanted = set(range(UPDATES))
    async with asyncio.timeout(60):
        while wanted - {number for known in crowd.accepted.values() for number in known.values()}:
            crowd.progress.clear()
            await crowd.progress.wait()


async def _check_file(crowd: Crowd, path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    for thing, known in crowd.accepted.items():
        item = await store.load(ShadowId(thing))
        assert item is not None
        assert item.version >= max(known)
        reported = json.loads(item.document or b"")["state"]["reported"]
        if item.version == max(known):
            assert reported["n"] == known[max(known)]
        # Each of the last writers of a key is there: nothing accepted was lost underneath.
        assert reported.keys() == {"n"} | {f"k{number % 7}" for number in known.values()}
    await store.close()
