"""The polls of one room: kept in rooms.db, told in the room's shadow, answered in the phones' shadows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from broker_bridge.client import ClientError, ThingDocument
from dashboard.database import RoomDatabase
from dashboard.poll_announcement import PollAnnouncement, ShadowWriter
from dashboard.poll_book import Audience, PollBook
from dashboard.poll_comparisons import Comparisons
from dashboard.poll_keeping import PollKeeping
from dashboard.poll_moderation import PollModeration
from dashboard.poll_program import PollProgram
from dashboard.poll_records import PollRecords
from dashboard.poll_views import PollViews
from dashboard.rooms.answers import Answer
from dashboard.rooms.poll import CLOSING_GRACE_MS, Poll, PollEvent, PollState, check_one_open
from dashboard.rooms.poll_drafts import Draft, Questions, Written
from dashboard.rooms.poll_errors import PollError, PollUnavailable
from dashboard.text_checks import TextChecks

RETRY_CLOSING_S = 1.0
"""Seconds until a timer tries again to lock a poll, when the bridge was away at its end."""


class Fleet(Protocol):
    """The part of `broker_bridge.client.DataPlane` that is used here."""

    def search(self, query: str) -> AsyncIterator[ThingDocument]:
        """All things that match, page by page."""

    async def delete_shadow(self, thing: str, name: str | None = None) -> dict[str, Any]:
        """Delete a shadow; `ShadowRefused` 404 when there is none."""


class Polling:
    """The life of one room's polls: from draft to revealed, with every ballot in between.

    Changes run one after the other; `ballot_changed` may be called at any time from the event loop. A count
    is a fold over the ballots known at that moment; from `lock` on it is one over the frozen answers.
    """

    def __init__(
        self,
        room: str,
        room_thing: str,
        database: RoomDatabase,
        shadows: ShadowWriter,
        dataplane: Fleet,
        notify: Callable[[], None],
        now_ms: Callable[[], int],
        audience: Audience,
        key: str,
    ) -> None:
        """`key` is the room's secret, see `PollRecords`.

        `notify` is called, and must not block, whenever what is shown has changed.
        """
        self.room = room
        self._texts = TextChecks(self._texts_checked)
        self.book = PollBook(audience, self._texts.look)
        self.views = PollViews(self.book, Comparisons(self.book, self._compared))
        self._keeping = PollKeeping(
            room,
            self.book,
            PollRecords(database, room, key),
            PollAnnouncement(shadows, room_thing),
            notify,
            self._told_poll,
        )
        self.program = PollProgram(self._keeping, self, dataplane, now_ms)
        self.moderation = PollModeration(self._keeping)
        self._dataplane = dataplane
        self._now_ms = now_ms
        self._closing: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the polls from rooms.db and tell the room of the current one (in the background).

        That heals a crash between database and shadow: the database is right.
        """
        self.book.load(await self._keeping.records.load(self.book.audience.members()))
        self._checking = self._keeping.spawn(self._texts.run(), "texts")
        self._keeping.tell_later(0.0)
        self._watch_the_clock()

    async def begin_anew(self, empty: Callable[[], Awaitable[None]]) -> None:
        """`empty` takes every poll out of rooms.db: then there is none, and the room is told.

        Raises what `empty` raises, and then nothing was changed.
        """
        async with self._keeping.changing:
            await empty()
            self.book.forget_all()
        self._watch_the_clock()
        self._keeping.tell_later(0.0)
        self._keeping.notify()

    async def stop(self) -> None:
        """Stop telling the room in the background. Idempotent."""
        running = [task for task in (self._closing, self._checking) if task is not None]
        self._closing = self._checking = None
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._keeping.stop()

    # --- what phones do ------------------------------------------------------------------------------------

    def ballot_changed(
        self, thing: str, version: int, reported: Mapping[str, Any] | None, *, live: bool = True
    ) -> None:
        """A phone's `ballot` shadow as of `version` (None: deleted). Older versions change nothing.

        `live`: it was heard just now, and not found in the fleet.
        """
        if not self.book.ballot_changed(thing, version, reported, self._now_ms() if live else None):
            return
        self._open_changed()

    def _open_changed(self) -> None:
        poll = self.book.open_poll()
        if poll is not None:
            self._keeping.notify()
            if isinstance(poll.draft, Questions) and poll.draft.moderation == "after":
                self._keeping.tell_later()

    def _texts_checked(self) -> None:
        self.book.texts_checked()
        self._keeping.notify()
        self._open_changed()

    def phone_left(self, thing: str) -> None:
        """The phone was forgotten, not merely disconnected: its vote no longer counts in an open poll."""
        if self.book.phone_left(thing):
            self._keeping.notify()

    def phone_removed(self, thing: str, removed: bool) -> None:
        """The presenter took a phone out of the room, or back in: only then does its vote count again."""
        if self.book.phone_removed(thing, removed):
            self._keeping.notify()

    # --- what is shown -------------------------------------------------------------------------------------

    def public_poll(self) -> dict[str, Any] | None:
        """The poll as the stage and the feed show it to everybody."""
        return self.views.public_poll(with_slots=True)

    def presenter_poll(self) -> dict[str, Any] | None:
        """The poll as the presenter may see it."""
        return self.views.presenter_poll()

    def answered(self) -> int:
        """How many phones have answered the poll that is shown; 0 when none is."""
        return self.views.answered()

    # --- what the presenter does ---------------------------------------------------------------------------

    async def change(self, poll_id: str, event: PollEvent) -> Poll:
        """One event of a poll's life. Raises `PollError` with what to do instead."""
        match event:
            case PollEvent.OPEN | PollEvent.REOPEN:
                return await self._open(poll_id, event)
            case PollEvent.LOCK:
                return await self.lock(poll_id)
            case PollEvent.REVEAL | PollEvent.HIDE:
                return await self._show(poll_id, event)
            case PollEvent.RESET:
                return await self._reset(poll_id)

    async def lock(self, poll_id: str) -> Poll:
        """Stop the voting and freeze the answers: what comes later never counts.

        The room is told first, then the ballots are compared with the fleet, then answers and state are
        saved together. When any of that fails the poll stays open, and `PollUnavailable` says so.
        """
        async with self._keeping.changing:
            before = self.book.get(poll_id)
            locked = before.after(PollEvent.LOCK, self._now_ms())
            try:
                await self._keeping.announce(locked.message({}))
                await self._reconcile()
                frozen = self.book.to_freeze(before, self._now_ms())
                await self._finish_texts(before.draft, frozen)
                await self._keeping.save(locked, shown=locked.id, frozen=frozen)
            except BaseException:
                self._keeping.tell_later(0.0)
                raise
            self._watch_the_clock()
        if isinstance(locked.draft, Written):
            self._keeping.tell_later(0.0)
        return locked

    async def finish_texts(self) -> None:
        """Return when every text that was written in this room has been checked."""
        for poll in [*self.book.polls.values()]:
            await self._finish_texts(poll.draft, self.book.answers(poll))

    async def _finish_texts(self, draft: Draft, answers: Mapping[str, Answer]) -> None:
        if isinstance(draft, Written) and draft.profanity != "off":
            language = draft.language
            texts = [(text, language) for one in [*answers.values()] for text in one.texts]
            await self._texts.finish(texts)
            self.book.texts_checked()

    async def _told_poll(self) -> dict[str, Any] | None:
        """What phones are told: from the lock on every text, all of them checked, also after a restart."""
        poll = self.book.shown_poll()
        if poll is not None and poll.state is not PollState.OPEN:
            await self._finish_texts(poll.draft, self.book.answers(poll))
        return self.views.public_poll()

    async def _open(self, poll_id: str, event: PollEvent) -> Poll:
        """Ask the question, or ask it again after a lock: ballots cast before then still count."""
        async with self._keeping.changing:
            opened = self.book.get(poll_id).after(event, self._now_ms())
            check_one_open([*self.book.polls.values()], opened)
            await self._keeping.save(opened, shown=opened.id)
            self._watch_the_clock()
            await self._keeping.announce()
            return opened

    async def _show(self, poll_id: str, event: PollEvent) -> Poll:
        """Show the result on every phone, or take it back, unless another question is open just now."""
        async with self._keeping.changing:
            before = self.book.get(poll_id)
            after = before.after(event, self._now_ms())
            shown = self.book.shown if self.book.open_poll() is not None else after.id
            await self._keeping.save(after, shown=shown, frozen={**self.book.answers(before)})
            await self._keeping.announce()
            return after

    async def _reset(self, poll_id: str) -> Poll:
        """Back to a draft with a new ballot key: no ballot cast so far can ever count again."""
        async with self._keeping.changing:
            draft = self.book.get(poll_id).after(PollEvent.RESET, self._now_ms())
            await self._keeping.save(draft, shown=None if self.book.shown == draft.id else self.book.shown)
            self.book.decided([line for line in self.book.log if self._is_of_a_round(line.key)])
            self._watch_the_clock()
            await self._keeping.announce()
            return draft

    def _is_of_a_round(self, key: str) -> bool:
        return self.book.get(key).ballot_key == key

    async def _reconcile(self) -> None:
        """Read every phone's ballot from the fleet: a message that was lost is made good here."""
        try:
            async for document in self._dataplane.search(f"shadow.reported.room:{self.room}"):
                ballot = document.shadow.get("name", {}).get("ballot")
                if isinstance(ballot, dict) and self.book.audience.is_member(document.thing):
                    reported = ballot.get("reported")
                    reported = reported if isinstance(reported, dict) else {}
                    self.ballot_changed(document.thing, int(ballot.get("version", 0)), reported, live=False)
        except ClientError as error:
            raise PollUnavailable(
                f"The ballots could not be read from the phones' shadows ({error}): "
                "the poll is still open; try again."
            ) from error

    def _compared(self, poll: Poll, dimension: str) -> None:
        self._keeping.in_background(self._keeping.records.compared(poll, dimension), "comparison of a poll")

    def _watch_the_clock(self) -> None:
        """Lock the open poll when its timer ends; there is at most one."""
        if self._closing is not None and self._closing is not asyncio.current_task():
            self._closing.cancel()
        poll = self.book.open_poll()
        self._closing = None
        if poll is not None and poll.closes_at is not None:
            self._closing = self._keeping.spawn(self._close(poll), "timer of the poll")

    async def _close(self, poll: Poll) -> None:
        ends_at = (poll.closes_at or 0) + CLOSING_GRACE_MS
        while self.book.open_poll() == poll:
            left_ms = ends_at - self._now_ms()
            await asyncio.sleep(max(left_ms / 1_000, 0.0))
            try:
                if self.book.open_poll() == poll and self.book.get(poll.id).state is PollState.OPEN:
                    await self.lock(poll.id)
            except PollError:
                await asyncio.sleep(RETRY_CLOSING_S)
