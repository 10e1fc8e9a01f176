"""Starting fresh: one room ends and another begins, whatever happens in between."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from broker_bridge.client import ShadowId, ShadowRefused
from dashboard.fresh_start import SETTING
from tests.support.dashboard_room import PRESENTER, ROOM, WAIT_S, DashboardRoom, dashboard_room, tunnel_phone
from tests.support.plain_brokers import plain_broker

pytestmark = pytest.mark.broker

POLL = {"kind": "single", "question": "Tea?", "options": ["Yes", "No"]}


async def until(holds: Callable[[], bool]) -> None:
    """Return once this is true of the file system."""
    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(holds):  # noqa: ASYNC110 - files tell nobody
            await asyncio.sleep(0.02)


async def until_deleted(room: DashboardRoom, thing: str) -> None:
    """Return once the thing has no shadow."""
    async with asyncio.timeout(WAIT_S):
        while True:
            try:
                await room.shadows.get(ShadowId(thing))
            except ShadowRefused:
                return
            await asyncio.sleep(0.02)


async def lived_in(room: DashboardRoom) -> dict[str, Any]:
    """A phone that reported, a scene and a poll; the phone's admission."""
    headers = PRESENTER
    await room.scene({"color": "#00ff00"})
    poll = await room.http.post(f"/api/rooms/{ROOM}/polls", json=POLL, headers=headers)
    await room.http.post(f"/api/rooms/{ROOM}/polls/{poll.json()['id']}/open", headers=headers)
    async with tunnel_phone(room) as phone:
        await phone.arrive()
        await phone.report(room=ROOM, os="iOS", visible=True)
        await room.until(lambda state: state["visible"] == 1)
        return phone.joined


async def test_an_empty_room_under_the_same_code(tmp_path: Path) -> None:
    """All is in the archive; phones come in anew by their old tokens, and nothing is asked or shown."""
    recording = tmp_path / "recordings" / f"{ROOM}.jsonl"
    async with dashboard_room(tmp_path) as room:
        await room.join(os="Android")
        old = await lived_in(room)
        await room.http.post(f"/api/rooms/{ROOM}/joins", json={"frozen": True}, headers=PRESENTER)
        await until(lambda: b"#00FF00" in recording.read_bytes())
        answer = await room.http.post(f"/api/rooms/{ROOM}/fresh", headers=PRESENTER)
        assert answer.status_code == 200, answer.text
        new = await room.http.post(f"/api/rooms/{ROOM}/join", json={"os": "iOS", "token": old["token"]})
        assert new.status_code == 201
        assert (new.json()["slot"], old["slot"]) == (1, 2)
        assert new.json()["thing_name"] != old["thing_name"]
        assert set(new.json()["scene"]) == {"version", "at"}
        state = await room.state()
        assert (state["joined"], state["answered"]) == (1, 0)
        polls = await room.http.get(f"/api/rooms/{ROOM}/polls", headers=PRESENTER)
        assert polls.json() == {"polls": []}
        await until_deleted(room, old["thing_name"])
        await until(lambda: recording.exists() and b"#00FF00" not in recording.read_bytes())
    archive = tmp_path / "archive" / answer.json()["archive"]
    kept = {file.name for file in archive.iterdir()}
    assert kept == {"rooms.db", "polls.json", "polls.csv", "roster.csv", f"{ROOM}.jsonl"}
    assert len((archive / "roster.csv").read_text("utf-8").splitlines()) == 3
    assert orjson.loads((archive / "polls.json").read_bytes())["polls"][0]["question"] == "Tea?"
    assert b"#00FF00" in (archive / f"{ROOM}.jsonl").read_bytes()
    assert b"#00FF00" not in recording.read_bytes()
    assert all(path.stat().st_mode & 0o077 == 0 for path in (archive.parent, *archive.iterdir()))


async def test_a_crash_after_the_old_room_ended(tmp_path: Path) -> None:
    """The next run has the empty room: what the database says is done, and what was half done is gone."""
    with plain_broker("mosquitto", tmp_path) as broker:
        async with dashboard_room(tmp_path, broker=broker) as room:
            old = await lived_in(room)
            version = room.app.state.services.live_room.own.scene_version
        (tmp_path / "archive" / "DEMO-1.partial").mkdir(parents=True)
        with sqlite3.connect(tmp_path / "rooms.db") as database:
            for table in ("roster", "polls"):
                database.execute(f"DELETE FROM {table}")
            database.execute("INSERT INTO room_settings VALUES (?, ?)", (SETTING, f'{{"scene":{version}}}'))
        database.close()
        async with dashboard_room(tmp_path, broker=broker) as room:
            joined = await room.join(token=old["token"])
            assert joined["slot"] == 1
            assert set(joined["scene"]) == {"version", "at"}
            recording = tmp_path / "recordings" / f"{ROOM}.jsonl"
            await until(lambda: recording.exists() and b"#00FF00" not in recording.read_bytes())
        assert not (tmp_path / "archive" / "DEMO-1.partial").exists()


async def test_a_room_that_cannot_be_archived_stays(tmp_path: Path) -> None:
    """A sentence, and every phone is where it was."""
    async with dashboard_room(tmp_path) as room:
        joined = await room.join()
        (tmp_path / "archive").write_text("in the way", "utf-8")
        answer = await room.http.post(f"/api/rooms/{ROOM}/fresh", headers=PRESENTER)
        assert answer.status_code == 503
        assert "archive" in answer.json()["message"]
        again = await room.http.post(f"/api/rooms/{ROOM}/join", json={"os": "iOS", "token": joined["token"]})
        assert (again.status_code, again.json()["slot"]) == (200, joined["slot"])
