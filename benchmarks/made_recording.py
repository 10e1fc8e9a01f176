"""The recording of a room that never was: what its phones say is made up, its rules and its feed are real.

`python -m benchmarks.made_recording FILE [--phones 10000]` writes it as a room does.
"""

import argparse
import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

from dashboard.feed.hub import TICK_S, Hub
from dashboard.feed.recording import line_of
from dashboard.feed.session import Session
from dashboard.live_room import LiveRoom
from dashboard.room_shadows import room_time_ms
from dashboard.rooms.scene import OS_PALETTE
from tests.support.standing_room import FAMILIES, StandingRoom, full_room

SWEEP_FRAMES: Final = 20
"""Frames in which all phones report a new colour: a second, as for a crowd of that size."""
PAUSE_S: Final = 0.5
"""Between sweeps."""
SWEEPS: Final = 4
"""Scenes, half of them by system."""


async def recorded(phones: int, sweeps: int = SWEEPS) -> bytes:
    """A snapshot of that many phones, then scenes that sweep over the wall in no order. Takes real time."""
    room, session = full_room(phones), Session()
    room.phones.take_changes()
    hub = Hub(cast("LiveRoom", room))
    hub.join("stage", session)
    telling = asyncio.create_task(hub.run(), name="the feed that is recorded")
    try:
        told = [line_of(room_time_ms(), await session.next())]
        for version in range(1, sweeps + 1):
            await asyncio.sleep(PAUSE_S)
            room.scene = {"version": version, "at": room_time_ms(), **_shown(version)}
            room.phones.scene_version = version
            for slots in _parts(phones, version):
                _report(room, slots, version)
                hub.wake()
                told.append(line_of(room_time_ms(), await session.next()))
                await asyncio.sleep(TICK_S)
    finally:
        telling.cancel()
    return b"".join(told)


def _shown(version: int) -> dict[str, Any]:
    return {"by": "os", "palette": OS_PALETTE} if version % 2 else {"color": "#F8FAFC"}


def _parts(phones: int, version: int) -> Iterator[list[int]]:
    order = random.Random(version).sample(range(1, phones + 1), phones)
    for step in range(SWEEP_FRAMES):
        yield order[step * phones // SWEEP_FRAMES : (step + 1) * phones // SWEEP_FRAMES]


def _report(room: StandingRoom, slots: list[int], version: int) -> None:
    scene = _shown(version)
    for slot in slots:
        family = FAMILIES[slot % len(FAMILIES)]
        colour = scene["palette"][family] if "by" in scene else scene["color"]
        said = {"os": family, "scene": version, "color": colour, "visible": slot % 20 > 0}
        room.phones.report(f"phone-{slot}", version, said)


def main() -> None:
    """Read the options and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--phones", type=int, default=10_000, help="phones in the room (10,000)")
    arguments = parser.parse_args()
    arguments.file.write_bytes(asyncio.run(recorded(arguments.phones)))


if __name__ == "__main__":
    main()
