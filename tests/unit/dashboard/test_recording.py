"""A room's recording, and its replay over a real websocket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import connect

from dashboard.feed.history import ungrouped
from dashboard.feed.hub import Hub
from dashboard.feed.recorder import Recorder
from dashboard.feed.recording import Moment, RecordingError, append_to, line_of, read
from dashboard.feed.session import Session
from dashboard.listening import listen, server_settings
from dashboard.replay import Replay, schedule
from dashboard.rooms.facts import DIMENSIONS
from tests.support.standing_room import StandingRoom, full_room

WAIT_S = 30.0
SNAPSHOT = '{"type":"snapshot","role":"stage","room":"DEMO","cursor":1,"now":5,"facts":{"os":["iOS"]},\
"marks":[],"traits":[],"counts":{"joined":0,"connected":0,"visible":0,"answered":0,"os":{},"facts":{}},"scene":null,"poll":null,\
"caption":null,"highlight":null}'
CHANGE = '{"type":"changes","cursor":2,"caption":"Hello"}'


class Wall:
    """What a stage shows after these frames."""

    def __init__(self) -> None:
        self.marks: dict[int, tuple[Any, ...]] = {}
        self.traits: dict[int, list[int]] = {}
        self.rest: dict[str, Any] = {}

    def take(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "snapshot":
            self.marks, self.traits, self.rest = {}, {}, {}
        for slot, *look in ungrouped(frame.get("marks", [])):
            self.marks[slot] = tuple(look)
            if look[0] == -1:
                del self.marks[slot]
                self.traits.pop(slot, None)
        for trait, slots in frame.get("traits", []):
            self.traits.update(dict.fromkeys(slots, trait))
        self.rest |= {
            key: frame[key] for key in ("facts", "counts", "scene", "poll", "caption") if key in frame
        }


@contextlib.asynccontextmanager
async def recording(room: StandingRoom, path: Path) -> AsyncIterator[Hub]:
    hub = Hub(room)  # type: ignore[arg-type]
    task = asyncio.create_task(Recorder(hub, path).run(), name="recorder")
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_recorded(path: Path, what: str) -> None:
    """Wait until this is in the file."""

    def recorded() -> bool:
        with contextlib.suppress(FileNotFoundError):  # between the two files of a change-over there is none
            return what in path.read_text("utf-8")
        return False

    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(recorded):  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)


async def talk(room: StandingRoom, hub: Hub, path: Path) -> None:
    """A recolour, two phones that go, one that comes to the slot of the first, and a caption at the end."""
    for slot in range(1, 31):
        said = {"os": "iOS", "scene": 1, "color": "#2563EB"}
        room.scene = {"version": 1, "at": 5, "color": "#2563EB"}
        room.phones.scene_version = 1
        room.phones.report(f"phone-{slot}", 1, said)
        if slot % 10 == 0:
            hub._tell()
    for gone in ("phone-7", "phone-9"):
        room.phones.leave(gone)
    room.phones.enter("late", 7, {"os": "Android"})
    room.caption = "the end"
    hub._tell()
    await until_recorded(path, "the end")


@contextlib.asynccontextmanager
async def served(replay: Replay) -> AsyncIterator[int]:
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(replay.app(), **server_settings()))
    task = asyncio.create_task(server.serve(sockets=[listener]), name="replay")
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()


async def test_replaying_gives_exactly_the_final_state(tmp_path: Path) -> None:
    """A page that sees the replay to its end shows what a stage that came at the end was told."""
    room, path = full_room(40), tmp_path / "recordings" / "DEMO.jsonl"
    async with recording(room, path) as hub:
        await until_recorded(path, "snapshot")
        assert hub.watchers == 0
        await talk(room, hub, path)
        session, final, shown = Session(), Wall(), Wall()
        hub.join("stage", session)
        final.take(orjson.loads(await session.next()))
    replay = Replay(read(path), speed=1_000)
    async with served(replay) as port, asyncio.timeout(WAIT_S):
        async with connect(f"ws://127.0.0.1:{port}/api/rooms/DEMO/feed", proxy=None) as feed:
            await feed.send('{"type":"hello","role":"stage"}')
            async for frame in feed:
                shown.take(orjson.loads(frame))
        await replay.over.wait()
    assert len(final.marks) == 39
    assert shown.marks == final.marks
    assert shown.traits == final.traits
    assert shown.rest == final.rest


async def test_a_recording_says_what_the_stage_was_told_and_nothing_else(tmp_path: Path) -> None:
    """Frames of the public feed: no thing's name, no vote, no token; and nobody else may read the file."""
    room, path = full_room(40), tmp_path / "DEMO.jsonl"
    async with recording(room, path) as hub:
        await until_recorded(path, "snapshot")
        await talk(room, hub, path)
    text = path.read_text("utf-8")
    assert "phone-" not in text
    for presenters in ("tally", "controls", "health", '"code"'):
        assert presenters not in text
    frames = [orjson.loads(line)["frame"] for line in text.splitlines()]
    assert any(frame.get("traits") for frame in frames)
    assert {len(indices) for frame in frames for indices, _ in frame.get("traits", [])} == {len(DIMENSIONS)}
    assert path.stat().st_mode & 0o077 == 0
    assert {frozenset(orjson.loads(line)) for line in text.splitlines()} == {frozenset({"at", "frame"})}


async def test_a_full_file_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one begins with a snapshot, so that each of the two can be replayed."""
    monkeypatch.setattr("dashboard.feed.recorder.RECORDING_MAX", 1_500)
    monkeypatch.setattr("dashboard.feed.recording.RECORDING_MAX", 1_500)
    room, path = full_room(40), tmp_path / "DEMO.jsonl"
    async with recording(room, path) as hub:
        for number in range(40):
            room.caption = f"caption {number}"
            hub._tell()
            await until_recorded(path, room.caption)
    assert read(path)[0].begins
    assert read(tmp_path / "DEMO.before.jsonl")[0].begins
    assert read(path)[-1].frame["caption"] == "caption 39"


def test_a_torn_line_costs_what_hung_on_it(tmp_path: Path) -> None:
    """After a crash the next run appends on a line of its own, and all that is whole is replayed."""
    path = tmp_path / "DEMO.jsonl"
    path.write_bytes(line_of(1, SNAPSHOT) + line_of(2, CHANGE)[:-9])
    with append_to(path) as file:
        file.write(line_of(3, CHANGE) + line_of(4, SNAPSHOT) + line_of(5, CHANGE))
    assert [moment.at for moment in read(path)] == [1, 4, 5]


@pytest.mark.parametrize("content", [b"", b"hello\n", b'{"at":1}\n[]\n1\n', line_of(1, CHANGE)])
def test_what_is_no_recording_is_said(tmp_path: Path, content: bytes) -> None:
    """A sentence that names the file, for one that is something else and for one that is not there."""
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    for wrong in (path, tmp_path / "nothing.jsonl"):
        with pytest.raises(RecordingError, match=wrong.name):
            read(wrong)


def test_time_between_two_runs_is_left_out() -> None:
    """Frames keep their distance, divided by the speed, but for the hours in which the room was closed."""
    snapshot, change = orjson.loads(SNAPSHOT), orjson.loads(CHANGE)
    moments = [
        Moment(1_000, snapshot),
        Moment(3_000, change),
        Moment(9_000_000, snapshot),
        Moment(9_001_000, change),
        Moment(9_000_500, change),
    ]
    assert [due for due, _ in schedule(moments, 10.0)] == pytest.approx([0, 0.2, 0.2, 0.3, 0.3])
