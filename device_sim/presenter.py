"""The crowd's own presenter: recolours the room, or follows a timetable, and puts back the scene it found."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from device_sim.crowd.crowd import Crowd
from device_sim.dashboard_api import DashboardApi, NoAnswer
from device_sim.phone.scene import command_of
from device_sim.scenario.rules import SceneAt
from device_sim.stage import Stage

PERIOD_SECONDS = 2.0
"""Between two recolours, at least."""
PATIENCE_SECONDS = 20.0
"""For so long the next recolour waits for who has not seen the last one: no two loads overlap. Of ten
thousand phones the wall has every report after some seconds."""
LOOK_SECONDS = 0.05
COMMANDS: tuple[Mapping[str, Any], ...] = ({"by": "os"}, {"color": "#7C3AED"})
"""In turn; the one colour is in no palette of ours, so every phone changes at every recolour."""

log = structlog.get_logger(__name__)


class Presenter:
    """Recolours, and counts what was refused."""

    def __init__(self, crowd: Crowd, stage: Stage, api: DashboardApi) -> None:
        self._crowd = crowd
        self._stage = stage
        self._api = api
        self._found: dict[str, Any] | None = None
        self.recolours = self.refused = 0

    async def recolour(self, until: float) -> None:
        """Recolour every so often, the last time a period before `until` (`time.perf_counter()`)."""
        self._found = command_of(self._crowd.surroundings.scene)
        intended = time.perf_counter()
        while intended <= until - PERIOD_SECONDS:
            await self._once(COMMANDS[(self.recolours + self.refused) % len(COMMANDS)], intended)
            await self._all_seen(min(intended + PATIENCE_SECONDS, until))
            intended = max(intended + PERIOD_SECONDS, time.perf_counter())
            await asyncio.sleep(intended - time.perf_counter())

    async def follow(self, timetable: Sequence[SceneAt], start: float) -> None:
        """Show each scene at its time after `start` (`time.perf_counter()`)."""
        self._found = command_of(self._crowd.surroundings.scene)
        for scene in sorted(timetable, key=lambda one: one.at_s):
            await asyncio.sleep(start + scene.at_s - time.perf_counter())
            await self._once(scene.command, start + scene.at_s)

    async def _all_seen(self, deadline: float) -> None:
        # Polled: whether anybody still has to see it, hundreds of phones tell within a millisecond.
        while self._outstanding and time.perf_counter() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)

    @property
    def _outstanding(self) -> int:
        return self._crowd.recolours.outstanding + self._stage.rounds.outstanding

    async def _once(self, command: Mapping[str, Any], intended: float) -> None:
        here = self._crowd.following
        self._crowd.sent(intended)
        self._crowd.recolours.ask(intended, [phone.index for phone in here if not phone.own_color])
        self._stage.rounds.ask(intended, [phone.slot for phone in here])
        version: int | None = None
        try:
            version = await self._api.set_scene(command)
            self._crowd.surroundings.hear_version(version)
            self.recolours += 1
        except NoAnswer as error:
            self.refused += 1
            log.warning("recolour_refused", reason=str(error))
        self._crowd.recolours.answered(version)
        self._stage.rounds.answered(version)

    async def restore(self) -> None:
        """Put back the scene from before the first recolour."""
        if self._found is None or not self.recolours:
            return
        try:
            await self._api.set_scene(self._found)
        except NoAnswer as error:
            log.warning("scene_not_restored", reason=str(error))
