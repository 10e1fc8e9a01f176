"""The polls of a room under test, with a short name for each thing that a test does to them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dashboard.poll_records import Loaded
from dashboard.polling import Polling
from dashboard.rooms.poll import Poll, PollEvent
from dashboard.rooms.poll_drafts import Draft


class Everybody:
    """An audience of whoever comes: `facts` by thing; slots are dealt in the order of asking."""

    def __init__(
        self,
        is_member: Callable[[str], bool] = lambda _thing: True,
        facts: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self._is_member = is_member
        self._facts = facts or {}
        self._slots: dict[str, int] = {}

    def is_member(self, thing: str) -> bool:
        return self._is_member(thing)

    def members(self) -> Iterable[str]:
        return self._slots

    def slot(self, thing: str) -> int | None:
        return self._slots.setdefault(thing, len(self._slots) + 1)

    def fact(self, thing: str, name: str) -> str | None:
        return self._facts.get(thing, {}).get(name)

    def connected(self) -> Iterable[str]:
        return self._facts


class AskedPolls(Polling):
    """As a presenter would use them."""

    async def create(self, draft: Draft) -> Poll:
        [poll] = await self.program.create(draft)
        return poll

    async def open(self, poll_id: str) -> Poll:
        return await self.change(poll_id, PollEvent.OPEN)

    async def reopen(self, poll_id: str) -> Poll:
        return await self.change(poll_id, PollEvent.REOPEN)

    async def reveal(self, poll_id: str) -> Poll:
        return await self.change(poll_id, PollEvent.REVEAL)

    async def reset(self, poll_id: str) -> Poll:
        return await self.change(poll_id, PollEvent.RESET)

    def get(self, poll_id: str) -> Poll:
        return self.book.get(poll_id)

    def list(self) -> list[Poll]:
        return self.program.polls()

    def describe(self, poll: Poll) -> dict[str, Any]:
        return self.views.describe(poll)

    def export_csv(self) -> str:
        return self.views.export_csv()

    def export_json(self) -> dict[str, Any]:
        return self.views.export_json(self.room, 0)

    async def kept(self) -> Loaded:
        """What is on disk."""
        return await self._keeping.records.load([])
