"""The retained topic `room/{room}/notice`: a line for every phone, and whether a presenter is there."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import orjson
import structlog

from broker_bridge.transport.port import Transport, TransportError
from dashboard.kept_settings import KeptSettings

PUBLISH_S: Final = 5.0
"""Seconds to wait for the broker's acknowledgement before a person is told that it did not work."""
LOOK_S: Final = 1.0
"""Seconds between two looks whether a presenter's page is open."""
AWAY_S: Final = 15.0
"""Seconds without a presenter's page until phones are told: a reload or a change of network is no absence."""
_NAME: Final = "notice"

_log = structlog.get_logger(__name__)


class Notice:
    """What phones are told beside scene and poll. It is kept: `load` once before use."""

    def __init__(
        self, room: str, transport: Transport, settings: KeptSettings, changed: Callable[[], None]
    ) -> None:
        """`changed` is called, and must not block, when the text may be another."""
        self._topic = f"room/{room}/notice"
        self._transport = transport
        self._settings = settings
        self._saying = asyncio.Lock()
        self._told: dict[str, Any] = {"text": None}
        self._changed = changed

    @property
    def text(self) -> str | None:
        """The line that phones show; None for none."""
        text: str | None = self._told["text"]
        return text

    @property
    def presenter(self) -> bool | None:
        """What phones were told last; None while no presenter's page was ever open."""
        return self._told.get("presenter")

    async def load(self) -> None:
        """Go on with what an earlier run said. Raises `DatabaseError`."""
        self._told |= await self._settings.read(_NAME) or {}

    async def say(self, **changed: Any) -> None:
        """Change `text` or `presenter`, for phones that are here and those that come. Raises
        `TransportError`, `TimeoutError`."""
        async with self._saying:  # Or one of two that change it at once would take the other's change back.
            told = {**self._told, **changed}
            async with asyncio.timeout(PUBLISH_S):
                await self._transport.publish(self._topic, orjson.dumps(told), qos=1, retain=True)
            self._told = told
            self._changed()
            await self._settings.keep(_NAME, told)

    def say_again(self) -> None:
        """Tell a broker that was away, without waiting; nothing when nothing was ever said."""
        if self._told != {"text": None}:
            self._transport.publish(self._topic, orjson.dumps(self._told), qos=1, retain=True)

    async def watch(self, is_here: Callable[[], bool]) -> None:
        """Tell phones whether a presenter is there, until cancelled."""
        absent = 0.0
        while True:
            await asyncio.sleep(LOOK_S)
            absent = 0.0 if is_here() else absent + LOOK_S
            here = absent == 0.0 or (absent < AWAY_S and bool(self.presenter))
            if here is self.presenter or (self.presenter is None and not here):
                continue
            try:
                await self.say(presenter=here)
            except (TransportError, TimeoutError) as error:
                _log.debug("phones do not know of their presenter", here=here, error=str(error))
