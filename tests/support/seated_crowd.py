"""The simulator's phones and its seat before the wall, in a room that somebody else started."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from device_sim.crowd.crowd import DOORS, Crowd
from device_sim.dashboard_api import DashboardApi
from device_sim.options import SimOptions
from device_sim.stage import Stage
from tests.support.rooms import RunningRoom

GOODBYE_S = 2.0

AnyCrowd = TypeVar("AnyCrowd", bound=Crowd)


@dataclass
class Seated(Generic[AnyCrowd]):
    """Phones that come when `crowd.arrive()` is awaited, and what the wall shows of them."""

    crowd: AnyCrowd
    stage: Stage
    api: DashboardApi


@asynccontextmanager
async def seated_crowd(
    room: RunningRoom, phones: int, kind: type[AnyCrowd]
) -> AsyncIterator[Seated[AnyCrowd]]:
    """A crowd of that kind with its doors attended; it goes home at the end and is not forgotten."""
    token = room.session["presenter_token"]
    options = SimOptions(room.url, room.room, phones=phones, keep=True, quiet=True, presenter_token=token)
    options.check()
    async with DashboardApi(room.url, room.room, token, None, DOORS + 8) as api:
        crowd = kind(options, api)
        stage = Stage(crowd, api)
        background = [asyncio.create_task(crowd.attend_door(), name=f"door-{n}") for n in range(DOORS)]
        background.append(asyncio.create_task(crowd.keep_alive(), name="keep-alive"))
        background.append(asyncio.create_task(stage.watch(), name="stage"))
        try:
            yield Seated(crowd, stage, api)
        finally:
            await crowd.go_home(GOODBYE_S, keep=True)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
