"""MQTT.js in Node against a whole room, as its operator, over TCP."""

import json
import subprocess

import pytest

from tests.support.node import FOLDER, node
from tests.support.shared_rooms import OneRoomAtATime

pytestmark = pytest.mark.broker

WITHIN_S = 90.0
"""For a session that takes about a second; its own time-outs are shorter."""


@pytest.mark.parametrize(("broker", "version"), [("mosquitto", "4"), ("mosquitto", "5"), ("embedded", "4")])
def test_a_session(rooms: OneRoomAtATime, broker: str, version: str) -> None:
    """Refusals, updates, delta, documents, conflict, get and delete arrive, each with the token it was asked
    with; version 4 is MQTT 3.1.1."""
    path = rooms.on(broker).data_dir / "session.json"
    command = [node(), str(FOLDER / "session.mjs"), str(path), version]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S, check=False)

    assert ran.returncode == 0, ran.stderr
    both = {"desired": {"color": "red"}, "reported": {"on": True}}
    same = {"desired": {"color": "red"}, "reported": {"on": True, "color": "red"}}
    assert json.loads(ran.stdout) == {
        "granted": [1],
        "missing": [404, f"No shadow exists with name: 'js-thing-{version}'", "a"],
        "updated": [1, both, "b"],
        "delta": [1, {"color": "red"}, ["color"]],
        "documents": [None, both, 1],
        "stale": [409, "Version conflict", "c"],
        "answered": [2, None],
        "got": [2, same, "d"],
        "deleted": [2, "e"],
    }
