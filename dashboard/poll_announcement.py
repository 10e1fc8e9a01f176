"""Says in the room's named shadow `poll` what is asked: `desired` is `{"poll": {…}}`, or has no `poll`."""

from collections.abc import Mapping
from typing import Any, Protocol

from broker_bridge.client import ClientError, ShadowId, ShadowRefused
from dashboard.rooms.poll_errors import PollUnavailable
from dashboard.rooms.scene import replacing_patch

CONFLICTS_MAX = 3
"""Attempts when somebody else writes the shadow between our look and our update."""

NOT_FOUND = 404
CONFLICT = 409


class ShadowWriter(Protocol):
    """The part of `broker_bridge.client.ShadowClient` that is used here."""

    async def get(self, shadow: ShadowId) -> dict[str, Any]:
        """The shadow; `ShadowRefused` 404 when there is none."""

    async def update(
        self, shadow: ShadowId, desired: Any = ..., *, version: int | None = None
    ) -> dict[str, Any]:
        """Update `desired`; `ShadowRefused` 409 when `version` is not the stored one."""


class PollAnnouncement:
    """The named shadow `poll` of the room's thing.

    What it holds is remembered, so that telling it is one update. Votes go to the service by the same way
    (`…/name/+/update`): those that the broker took before the update are stored before it is accepted.
    """

    def __init__(self, shadows: ShadowWriter, room_thing: str) -> None:
        self._shadows = shadows
        self._shadow = ShadowId(room_thing, "poll")
        self._known: tuple[dict[str, Any], int | None] | None = None

    async def say(self, message: Mapping[str, Any] | None) -> None:
        """Make the shadow hold exactly this poll, or none.

        A poll is written even when the shadow holds it already, so that the retained topic is published
        again. Raises `PollUnavailable`; what the room was told is then unknown.
        """
        try:
            for _ in range(CONFLICTS_MAX):
                old, version = self._known or await self._held()
                if message is None and "poll" not in old:
                    return
                self._known = None  # until the update is known to have worked
                new: dict[str, Any] = {} if message is None else {"poll": dict(message)}
                accepted = await self._written(replacing_patch(old, {"poll": None, **new}), version)
                if accepted is not None:
                    self._known = new, accepted
                    return
        except ClientError as error:
            raise PollUnavailable(
                f"The room could not be told of the poll ({error}): is the bridge running? Try again."
            ) from error
        raise PollUnavailable(
            "The room could not be told of the poll: something else keeps writing its shadow."
        )

    async def _held(self) -> tuple[dict[str, Any], int | None]:
        try:
            document = await self._shadows.get(self._shadow)
        except ShadowRefused as refused:
            if refused.code == NOT_FOUND:
                return {}, None
            raise
        desired = document.get("state", {}).get("desired")
        return (desired if isinstance(desired, dict) else {}), document.get("version")

    async def _written(self, patch: dict[str, Any], version: int | None) -> int | None:
        """The version that the update made; None when somebody else was faster."""
        try:
            accepted = await self._shadows.update(self._shadow, desired=patch, version=version)
        except ShadowRefused as refused:
            if refused.code == CONFLICT:
                return None
            raise
        return int(accepted["version"])
