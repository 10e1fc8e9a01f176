"""Where messages may be lost for being too many: asks for the shadows of phones that should have reported.

A broker with quotas discards what is above them, and says nothing. So the wall does not wait for a report
that may never come; it looks the phone's shadow up, seldom enough to be no load itself.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import stamina
import structlog

from broker_bridge.client import ClientError, DataPlane, ShadowRefused
from broker_bridge.wire.quotas import Quotas
from dashboard.room_shadows import RoomShadows, room_time_ms
from dashboard.rooms.room import Room

ROUND_S: Final = 1.0
"""Seconds between two looks for phones that are missing."""
GRACE_MS: Final = 1_000
"""After the last report should have come: a phone's way to AWS and back is a tenth of it."""
SHARE: Final = 0.25
"""Of the account's shadow requests that may go into asking."""
ASK_AGAIN_S: Final = (2.0, 4.0, 8.0, 16.0, 60.0)
"""Seconds until the same phone is asked again; it may be asleep, and will then report by itself."""

DELETE_S: Final = 20.0
"""Seconds for the deletion of one shadow, with all attempts."""
NOT_FOUND: Final = 404
TOO_MANY: Final = 429

_log = structlog.get_logger(__name__)

Take = Callable[[str, Mapping[str, Any], int], None]
"""Told of a thing's classic shadow: its state and its version."""


class CatchUp:
    """Asks for the phones that have not reported the scene."""

    def __init__(
        self, phones: Room, own: RoomShadows, dataplane: DataPlane, quotas: Quotas, take: Take
    ) -> None:
        self._phones = phones
        self._own = own
        self._dataplane = dataplane
        self._a_round = max(1, int(quotas.shadow_requests * SHARE * ROUND_S))
        self._take = take
        self._asked: dict[str, tuple[int, int, float]] = {}
        """The scene, how often, and when next (`time.monotonic()`), by thing."""

    async def run(self) -> None:
        """Ask, until cancelled."""
        while True:
            await asyncio.sleep(ROUND_S)
            due = self.due(room_time_ms(), time.monotonic())
            if due:
                _log.debug("asking for reports", phones=len(due))
                await asyncio.gather(*map(self._ask, due))

    def due(self, room_time: int, now: float) -> list[str]:
        """The things to ask for now, no more than a round may; those are taken note of."""
        scene = self._own.scene
        if scene is None or room_time < scene["at"] + scene.get("spread_ms", 0) + GRACE_MS:
            return []
        version = scene["version"]
        due: list[str] = []
        for phone in self._phones.phones():
            if not phone.connected or phone.facts.get("scene") == version:
                continue
            asked, times, again_at = self._asked.get(phone.thing, (version, 0, 0.0))
            if asked != version:
                times, again_at = 0, 0.0
            if now >= again_at and len(due) < self._a_round:
                wait = ASK_AGAIN_S[min(times, len(ASK_AGAIN_S) - 1)]
                self._asked[phone.thing] = (version, times + 1, now + wait)
                due.append(phone.thing)
        return due

    async def _ask(self, thing: str) -> None:
        try:
            document = await self._dataplane.get_shadow(thing)
        except ShadowRefused:
            return
        except ClientError as error:
            _log.warning("a shadow could not be read", thing=thing, error=str(error))
            return
        state = document.get("state")
        if isinstance(state, dict):
            self._take(thing, state, int(document.get("version", 0)))


async def delete_within_quotas(dataplane: DataPlane, thing: str, name: str | None) -> None:
    """Delete a shadow by HTTP, which no connection's quota counts; one that is not there is deleted.

    A hall that leaves asks for more than the account may have in a second, so a refusal is tried again.
    Raises `ClientError`.
    """
    attempts = stamina.retry_context(on=_is_throttled, attempts=8, timeout=DELETE_S, wait_max=2.0)
    async for attempt in attempts:
        with attempt:
            try:
                await dataplane.delete_shadow(thing, name)
            except ShadowRefused as refused:
                if refused.code != NOT_FOUND:
                    raise


def _is_throttled(error: Exception) -> bool:
    return isinstance(error, ShadowRefused) and error.code == TOO_MANY
