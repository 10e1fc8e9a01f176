"""The room's phones and their shadows without a fleet index: read one by one, by HTTP.

On AWS an index is a setting of the whole account, costs extra and lags behind; the roster knows the names.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

from broker_bridge.client import DataPlane, ShadowRefused, ThingDocument
from broker_bridge.wire.quotas import Quotas
from dashboard.rooms.pace import Turns
from dashboard.roster import Roster

NAMED: Final = ("ballot", "presence")
SHARE: Final = 0.25
"""Of the account's shadow requests that reading may take: the phones need the rest."""
AT_ONCE: Final = 20
"""Phones that are asked for at the same time."""
NOT_FOUND: Final = 404


class RosterSearch:
    """Answers the one query that the dashboard has: all phones of this room."""

    def __init__(self, roster: Roster, dataplane: DataPlane, quotas: Quotas) -> None:
        self._roster = roster
        self._dataplane = dataplane
        self._turns = Turns(quotas.shadow_requests * SHARE, float("inf"))

    async def search(self, query: str) -> AsyncIterator[ThingDocument]:  # noqa: ARG002 - see the class
        """Every phone on the roster that has a shadow, in the form of the index. Raises `ClientError`."""
        things = [member.thing for member in self._roster.slots]
        for start in range(0, len(things), AT_ONCE):
            for found in await asyncio.gather(*map(self._read, things[start : start + AT_ONCE])):
                if found is not None:
                    yield found

    async def delete_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """As `DataPlane.delete_shadow`."""
        return await self._dataplane.delete_shadow(thing, name)

    async def _read(self, thing: str) -> ThingDocument | None:
        classic = await self._shadow(thing, None)
        if classic is None:
            return None
        named = {name: await self._shadow(thing, name) for name in NAMED}
        shadow = {**classic, "name": {name: found for name, found in named.items() if found is not None}}
        return ThingDocument(thing, shadow, {}, None)

    async def _shadow(self, thing: str, name: str | None) -> dict[str, Any] | None:
        await asyncio.sleep(self._turns.wait(time.monotonic()) or 0.0)
        try:
            document = await self._dataplane.get_shadow(thing, name)
        except ShadowRefused as refused:
            if refused.code == NOT_FOUND:
                return None
            raise
        return {**document.get("state", {}), "version": document.get("version", 0)}
