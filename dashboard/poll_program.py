"""The presenter's programme: polls made, changed, put in order, walked through with a clicker, and erased."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any, Final, Protocol

import structlog

from broker_bridge.client import ClientError, ShadowRefused, ThingDocument
from dashboard.poll_keeping import PollKeeping
from dashboard.rooms.poll import Poll, PollEvent, PollState, check_size
from dashboard.rooms.poll_drafts import Draft
from dashboard.rooms.poll_errors import BadPoll, PollUnavailable, WrongState

POLLS_MAX: Final = 500
"""Polls of one room: a week of talks; the list and the export are made in memory."""
ERASING: Final = 16
"""Ballots deleted at a time: a hall of two thousand takes a few seconds and disturbs nobody."""
DAY_MS: Final = 86_400_000
NOT_FOUND: Final = 404
EXPIRING_S: Final = 3_600.0
"""Seconds between two looks for polls that are too old."""

_log = structlog.get_logger(__name__)


class Fleet(Protocol):
    """The part of `broker_bridge.client.DataPlane` that is used here."""

    def search(self, query: str) -> AsyncIterator[ThingDocument]:
        """All things that match, page by page."""

    async def delete_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """Delete a shadow; `ShadowRefused` 404 when there is none."""


class Life(Protocol):
    """The part of `dashboard.polling.Polling` that is used here."""

    async def change(self, poll_id: str, event: PollEvent) -> Poll:
        """One event of a poll's life."""


class PollProgram:
    """The polls of a room as a list that a presenter works on."""

    def __init__(self, keeping: PollKeeping, life: Life, fleet: Fleet, now_ms: Callable[[], int]) -> None:
        self._keeping = keeping
        self._book = keeping.book
        self._life = life
        self._fleet = fleet
        self._now_ms = now_ms

    def polls(self) -> list[Poll]:
        """All polls in the presenter's order."""
        return [*self._book.polls.values()]

    async def create(self, *drafts: Draft) -> list[Poll]:
        """New polls at the end, not yet asked. Raises `BadPoll`, or `WrongState` when the room is full."""
        for draft in drafts:
            check_size(draft)
        async with self._keeping.changing:
            if len(self._book.polls) + len(drafts) > POLLS_MAX:
                raise WrongState(f"This room may have {POLLS_MAX} polls: delete some of them first.")
            made: list[Poll] = []
            for draft in drafts:
                # Random: a ballot for a poll of a database that was deleted must not be a vote in this one.
                identity = f"p{secrets.token_hex(4)}"
                poll = Poll(identity, draft, PollState.DRAFT, 1, self._now_ms())
                await self._keeping.save(poll, shown=self._book.shown)
                made.append(poll)
            return made

    async def edit(self, poll_id: str, draft: Draft) -> Poll:
        """Another draft in its place. Raises `WrongState` once it was asked."""
        check_size(draft)
        async with self._keeping.changing:
            poll = self._book.get(poll_id)
            if poll.state is not PollState.DRAFT:
                raise WrongState("The poll was asked already: reset it before you change it.")
            changed = Poll(poll.id, draft, poll.state, poll.round, poll.created_ms)
            await self._keeping.save(changed, shown=self._book.shown)
            return changed

    async def delete(self, poll_id: str) -> None:
        """Remove a poll and its answers. Raises `WrongState` while it is open."""
        async with self._keeping.changing:
            poll = self._book.get(poll_id)
            if poll.state is PollState.OPEN:
                raise WrongState("The poll is open: lock it before you delete it.")
            await self._remove([poll.id])

    async def delete_all(self) -> None:
        """Remove everything that was asked and answered, also the ballots in the phones' shadows.

        Raises `PollUnavailable` when the shadows could not all be reached: the polls are gone then, and
        calling it again erases the ballots that are left.
        """
        async with self._keeping.changing:
            await self._remove([*self._book.polls])
            await self._erase_ballots()

    async def put_in_order(self, ids: Sequence[str]) -> list[Poll]:
        """These first; those left out keep their order behind them. Raises `UnknownPoll`, `BadPoll`."""
        async with self._keeping.changing:
            first = [self._book.get(one).id for one in ids]
            if len(set(first)) < len(first):
                raise BadPoll('A poll is there twice in "ids".')
            order = [*first, *(one for one in self._book.polls if one not in first)]
            await self._keeping.records.put_in_order(order)
            self._book.polls = {one: self._book.polls[one] for one in order}
            self._keeping.notify()
            return self.polls()

    async def next(self) -> Poll:
        """What a clicker does: open the next draft, lock it, reveal it. Raises `WrongState` at the end."""
        shown = self._book.shown_poll()
        if shown is not None and shown.state is PollState.OPEN:
            return await self._life.change(shown.id, PollEvent.LOCK)
        if shown is not None and shown.state is PollState.LOCKED:
            return await self._life.change(shown.id, PollEvent.REVEAL)
        ordered = self.polls()
        after = 0 if shown is None else ordered.index(shown) + 1
        following = [*ordered[after:], *ordered[:after]]
        draft = next((poll for poll in following if poll.state is PollState.DRAFT), None)
        if draft is None:
            raise WrongState("Every poll has been asked: this was the last one.")
        return await self._life.change(draft.id, PollEvent.OPEN)

    async def previous(self) -> Poll:
        """Show the result before the one that is shown. Raises `WrongState` when there is none."""
        ordered, shown = self.polls(), self._book.shown_poll()
        before = ordered if shown is None else ordered[: ordered.index(shown)]
        return await self._show_last(before)

    async def last(self) -> Poll:
        """Show the last result again. Raises `WrongState` when nothing was revealed yet."""
        return await self._show_last(self.polls())

    async def clear(self) -> None:
        """Take the poll off the phones. Raises `WrongState` while it is open."""
        await self._show(None)

    async def instant(self, draft: Draft) -> Poll:
        """A poll made and opened in one go."""
        [poll] = await self.create(draft)
        try:
            return await self._life.change(poll.id, PollEvent.OPEN)
        except WrongState:
            await self.delete(poll.id)
            raise

    async def expire(self, days: int) -> int:
        """Delete the polls that were opened more than `days` days ago; how many there were."""
        before = self._now_ms() - days * DAY_MS
        async with self._keeping.changing:
            old = [
                poll
                for poll in self.polls()
                if poll.state is not PollState.OPEN and poll.opened_ms is not None and poll.opened_ms < before
            ]
            await self._remove([poll.id for poll in old])
            if old and not any(poll.has_answers for poll in self.polls()):
                await self._erase_ballots()
            return len(old)

    async def expire_hourly(self, days: int) -> None:
        """`expire` now and every hour, until cancelled."""
        while True:
            try:
                await self.expire(days)
            except PollUnavailable:
                _log.warning("old polls could not be deleted yet", room=self._keeping.room)
            await asyncio.sleep(EXPIRING_S)

    async def _show_last(self, polls: Iterable[Poll]) -> Poll:
        revealed = [poll for poll in polls if poll.state is PollState.REVEALED]
        if not revealed:
            raise WrongState("No result before this one has been revealed.")
        last = max(revealed, key=lambda poll: poll.opened_ms or 0)
        await self._show(last.id)
        return last

    async def _show(self, poll_id: str | None) -> None:
        async with self._keeping.changing:
            if self._book.open_poll() is not None:
                raise WrongState("A poll is open: lock it first.")
            await self._keeping.records.show(poll_id)
            self._book.shown = poll_id
            self._keeping.notify()
            await self._keeping.announce()

    async def _remove(self, ids: Sequence[str]) -> None:
        was_shown = self._book.shown in ids
        await self._keeping.records.delete(ids)
        self._book.deleted(ids)
        self._keeping.notify()
        if was_shown:
            await self._keeping.announce()

    async def _erase_ballots(self) -> None:
        """Delete the `ballot` shadow of every phone that has one."""
        gate = asyncio.Semaphore(ERASING)

        async def erase(thing: str) -> None:
            async with gate:
                try:
                    await self._fleet.delete_shadow(thing, "ballot")
                except ShadowRefused as error:
                    if error.code != NOT_FOUND:
                        raise

        try:
            query = f"shadow.reported.room:{self._keeping.room}"
            found = [
                document.thing
                async for document in self._fleet.search(query)
                if "ballot" in document.shadow.get("name", {})
            ]
            async with asyncio.TaskGroup() as group:
                for thing in found:
                    group.create_task(erase(thing), name=f"erase the ballot of {thing}")
        except* ClientError as errors:
            raise PollUnavailable(
                f"The polls are deleted, but not every phone's ballot ({errors.exceptions[0]}): delete again."
            ) from errors
