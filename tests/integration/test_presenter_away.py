"""Phones are told when their presenter is gone."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect

from broker_bridge.transport.paho import PahoTransport
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, dashboard_room
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

HELLO = '{"type":"hello","role":"presenter","token":"the-presenter"}'


async def until_presenter_sees(feed: ClientConnection, notice: str | None) -> None:
    """Wait until the presenter's controls have this message."""
    async with asyncio.timeout(WAIT_S):
        while True:
            controls = orjson.loads(await feed.recv()).get("controls")
            if controls is not None and controls["notice"] == notice:
                return


async def test_phones_know_whether_a_presenter_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing before the first one; then here, then away; a restart of room or broker changes nothing."""
    monkeypatch.setattr("dashboard.notice.LOOK_S", 0.02)
    monkeypatch.setattr("dashboard.notice.AWAY_S", 0.1)
    told: list[dict[str, Any]] = []

    async def until(**expected: object) -> None:
        async with asyncio.timeout(WAIT_S):
            while not told or told[-1] != expected:  # noqa: ASYNC110 - a list tells nobody
                await asyncio.sleep(0.01)

    with plain_broker("mosquitto", tmp_path) as broker:
        phone = PahoTransport(broker.account("a-phone"))
        await phone.connect()
        await phone.subscribe(
            [f"room/{ROOM}/notice"], lambda message: told.append(orjson.loads(message.payload))
        )
        async with dashboard_room(tmp_path, broker=broker) as room:
            notice = {"text": "Hello"}
            await room.http.post(f"/api/rooms/{ROOM}/notice", json=notice, headers=PRESENTER)
            await until(text="Hello")
            async with connect(f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed", proxy=None) as feed:
                await feed.send(HELLO)
                await until(text="Hello", presenter=True)
            await until(text="Hello", presenter=False)
        async with dashboard_room(tmp_path, broker=broker) as room:
            async with connect(f"ws://127.0.0.1:{room.port}/api/rooms/{ROOM}/feed", proxy=None) as feed:
                await feed.send(HELLO)
                await until_presenter_sees(feed, "Hello")
                await room.http.post(f"/api/rooms/{ROOM}/notice", json={"text": None}, headers=PRESENTER)
                await until_presenter_sees(feed, None)
            await until(text=None, presenter=False)
            notice = {"text": "Back soon"}
            await room.http.post(f"/api/rooms/{ROOM}/notice", json=notice, headers=PRESENTER)
            broker.stop(kill=True)  # It keeps nothing.
            told.clear()
            broker.start()
            await until(text="Back soon", presenter=False)
        await phone.close()
