"""The scenes before the one that is shown, for undo: kept, so that a restart knows them."""

from collections import deque
from typing import Any, Final

from dashboard.kept_settings import KeptSettings

UNDO_MAX: Final = 20
"""Scenes that can be taken back: more than anybody remembers on stage."""
_NAME: Final = "scenes_before"


class ScenesBefore:
    """A stack of scenes, `UNDO_MAX` at most. `load` once before use."""

    def __init__(self, settings: KeptSettings) -> None:
        self._settings = settings
        self._scenes: deque[dict[str, Any]] = deque(maxlen=UNDO_MAX)

    def __bool__(self) -> bool:
        """True when there is a scene to go back to."""
        return bool(self._scenes)

    @property
    def newest(self) -> dict[str, Any]:
        """The scene to go back to. Raises `IndexError` when there is none."""
        return self._scenes[-1]

    async def load(self) -> None:
        """Read what an earlier run kept. Raises `DatabaseError`."""
        self._scenes.extend(await self._settings.read(_NAME) or ())

    async def add(self, scene: dict[str, Any]) -> None:
        """This one was shown until now."""
        self._scenes.append(scene)
        await self._keep()

    async def take_back(self) -> None:
        """The newest is shown again."""
        self._scenes.pop()
        await self._keep()

    async def forget(self) -> None:
        """There is none any more."""
        self._scenes.clear()
        await self._keep()

    async def _keep(self) -> None:
        await self._settings.keep(_NAME, [*self._scenes])
