"""What the dashboard tells every phone about the room's own shadows, over the whole service in memory."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from broker_bridge.client import ShadowClient
from broker_bridge.router import ShadowDesk, ShadowRouter
from broker_bridge.store.memory import MemoryStore
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.transport.port import Message
from dashboard.database import RoomDatabase
from dashboard.kept_settings import KeptSettings
from dashboard.room_shadows import RoomShadows
from dashboard.scenes_before import ScenesBefore

WAIT_S = 30.0
"""Seconds for a message in memory, on a machine that does other things too."""


async def test_a_change_is_told_once_more_and_only_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two scenes in a row: each is told at once, and after a while the second again."""
    monkeypatch.setattr("dashboard.room_shadows.REPEAT_S", 0.5)
    broker, store = MemoryBroker(), MemoryStore()
    await store.open()
    service, room, phone = (MemoryTransport(broker, name) for name in ("service", "room", "phone"))
    for transport in (service, room, phone):
        await transport.connect()
    desk = ShadowDesk(store, lambda topic, payload: service.publish(topic, payload, qos=1))
    await ShadowRouter(service, desk).start()
    told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    await phone.subscribe(["room/DEMO/scene"], lambda message: told.put_nowait(body(message)))
    database = RoomDatabase(tmp_path / "rooms.db")
    await database.open()
    before = ScenesBefore(KeptSettings(database))
    own = RoomShadows("DEMO", "room-demo", room, ShadowClient(room), before, lambda: None)

    for colour in ("#2563EB", "#A3E635"):
        await own.set_scene({"color": colour}, lambda _fact: {})

    async with asyncio.timeout(WAIT_S):
        assert [(await told.get())["color"] for _ in range(3)] == ["#2563EB", "#A3E635", "#A3E635"]
    assert own.scene_version == 2
    for transport in (phone, room, service):
        await transport.close()
    await store.close()
    await database.close()


def body(message: Message) -> dict[str, Any]:
    """What the message says."""
    said: dict[str, Any] = orjson.loads(message.payload)
    return said
