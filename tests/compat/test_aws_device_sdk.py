"""AWS's device SDK for Python (`IotShadowClientV2`) against the real service on a real broker."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.memory import MemoryStore
from broker_bridge.transport.paho import PahoTransport
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

SESSION_SECONDS = 60
"""For a session that takes about a second; the SDK's own time-outs are shorter."""


@pytest.fixture
async def port(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[int]:
    """The port of a broker with a shadow service on it."""
    with plain_broker(request.param, tmp_path) as broker:
        store, transport = MemoryStore(), PahoTransport(broker.account("service"))
        await store.open()
        await transport.connect()
        desk = ShadowDesk(store, lambda topic, payload: transport.publish(topic, payload, qos=1))
        router = ShadowRouter(transport, desk)
        await router.start()
        yield broker.port
        await router.stop()
        await transport.close()
        await store.close()


@pytest.mark.parametrize(
    ("port", "version"), [("mosquitto", "3"), ("mosquitto", "5"), ("nats", "3")], indirect=["port"]
)
async def test_a_session_of_the_sdk(port: int, version: str) -> None:
    """Refusals, updates, streams, get and delete arrive as the SDK's own types, over MQTT 3.1.1 and 5."""
    command = [sys.executable, "-m", "tests.support.aws_device_session", version, str(port)]
    ran = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, timeout=SESSION_SECONDS, check=False
    )
    # Judged by what it saw: the SDK's native part now and then aborts at the interpreter's exit.
    assert ran.stdout, ran.stderr.decode()[-2000:]
    assert json.loads(ran.stdout) == {
        "missing": [404, "No shadow exists with name: 'sdk-shadow'"],
        "updated": [1, {"color": "red"}, {"on": True}],
        "delta": {"color": "red"},
        "documents": [True, {"color": "red"}, 1],
        "stale": [409, "Version conflict"],
        "got": [1, {"color": "red"}],
        "deleted": 1,
    }
