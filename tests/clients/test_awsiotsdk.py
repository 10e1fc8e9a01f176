"""AWS's device SDK for Python, both of its shadow clients, against a whole room as its operator."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.rooms import ROOT
from tests.support.shared_rooms import OneRoomAtATime

pytestmark = pytest.mark.broker

WITHIN_S = 90.0
"""For a session that takes about a second; the SDK's own time-outs are shorter."""
WAYS = [("mosquitto", "3"), ("mosquitto", "5"), ("embedded", "3")]
"""The bundled broker speaks MQTT 3.1.1 only."""


def session(rooms: OneRoomAtATime, broker: str, client: str, protocol: str) -> dict[str, Any]:
    """What one session of `v1` or `v2` saw, in a process of its own."""
    path = rooms.on(broker).data_dir / "session.json"
    command = [sys.executable, "-m", "tests.support.aws_device_operator", client, protocol, str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=WITHIN_S, check=False)
    # Judged by what it saw: the SDK's native part now and then aborts at the interpreter's exit.
    assert ran.stdout, ran.stderr.decode()[-2000:]
    seen: dict[str, Any] = json.loads(ran.stdout)
    return seen


@pytest.mark.parametrize(("broker", "protocol"), WAYS)
def test_the_newer_client(rooms: OneRoomAtATime, broker: str, protocol: str) -> None:
    """`IotShadowClientV2` gets its own types for refusals, updates, both streams, get and delete."""
    assert session(rooms, broker, "v2", protocol) == {
        "missing": [404, "No shadow exists with name: 'sdk-shadow'"],
        "updated": [1, {"color": "red"}, {"on": True}],
        "delta": {"color": "red"},
        "documents": [True, {"color": "red"}, 1],
        "stale": [409, "Version conflict"],
        "got": [1, {"color": "red"}],
        "deleted": 1,
    }


@pytest.mark.parametrize(("broker", "protocol"), WAYS)
def test_the_older_client(rooms: OneRoomAtATime, broker: str, protocol: str) -> None:
    """`IotShadowClient` hears each answer on the subscription it asked for, with the token it sent or with
    none."""
    assert session(rooms, broker, "v1", protocol) == {
        "missing": [404, f"No shadow exists with name: 'v1-thing-{protocol}'", "a"],
        "updated": [1, {"color": "red"}, {"on": True}, None],
        "delta": [1, {"color": "red"}],
        "documents": [True, {"color": "red"}, 1],
        "stale": [409, "Version conflict", "b"],
        "cleared": [2, 1],
        "got": [2, None, {"on": True, "color": "red"}, None],
        "deleted": [2, "d"],
    }
