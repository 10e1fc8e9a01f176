"""The crowd's own seat before the wall: reads the public feed and notes when each phone's report is there."""

import asyncio
import time
from typing import Any

import aiohttp
import orjson
import structlog

from device_sim.crowd.crowd import Crowd
from device_sim.dashboard_api import DashboardApi
from device_sim.report.measure import Rounds

RETRY_SECONDS = 0.5
"""The feed is one connection; a fixed short wait cannot be a storm."""
MAX_FRAME_BYTES = 16 * 1024 * 1024
"""A snapshot of 10,000 marks is below one MiB."""
REPORTED_FLAG = 4
"""Bit 2 of a mark's flags: has reported the current scene."""

log = structlog.get_logger(__name__)


class Stage:
    """What the wall shows of our phones."""

    def __init__(self, crowd: Crowd, api: DashboardApi) -> None:
        self._crowd = crowd
        self._api = api
        self._version = -1
        self.rounds = Rounds()
        self.frames = 0
        self.marks: dict[int, tuple[int, str]] = {}
        """Flags and colour by slot."""
        self.ready = asyncio.Event()
        """Set when the first snapshot is there."""

    async def watch(self) -> None:
        """Read the feed, for ever; come back after a loss."""
        while True:
            try:
                await self._read()
            except (aiohttp.ClientError, TimeoutError, orjson.JSONDecodeError) as error:
                log.debug("no_feed", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self) -> None:
        session = self._api.session
        async with session.ws_connect(self._api.feed_url, max_msg_size=MAX_FRAME_BYTES) as feed:
            await feed.send_str('{"type":"hello","role":"stage"}')
            async for message in feed:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.take(orjson.loads(message.data), time.perf_counter())

    def take(self, frame: dict[str, Any], now: float) -> None:
        """Handle one frame of the feed that came at `now`."""
        self.frames += 1
        if frame.get("type") == "snapshot":
            self.marks.clear()
            self.ready.set()
        scene = frame.get("scene")
        if isinstance(scene, dict) and isinstance(scene.get("version"), int):
            self._version = scene["version"]
            self._crowd.surroundings.hear_scene(scene)
        for flags, color, slots in frame.get("marks") or ():
            for slot in slots:
                self.marks[slot] = (flags, color)
                if flags & REPORTED_FLAG and slot in self._crowd.slots:
                    self.rounds.seen(self._version, slot, now)

    @property
    def wrong(self) -> int:
        """Our phones in the room whose colour on the wall is not the one that they show."""
        here = {phone.slot: (phone.color or "").removeprefix("#").upper() for phone in self._crowd.here}
        return sum(self.marks.get(slot, (0, None))[1] != color for slot, color in here.items())
