"""The polls of one room: kept in rooms.db, told in the room's shadow, answered in the phones' shadows."""

import asyncio
import builtins
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import stamina
import structlog

from broker_bridge.client import ClientError, ThingDocument
from dashboard.database import RoomDatabase
from dashboard.poll_announcement import PollAnnouncement, ShadowWriter
from dashboard.poll_records import PollRecords
from dashboard.rooms import poll_export
from dashboard.rooms.poll import (
    Poll,
    PollDraft,
    PollEvent,
    PollState,
    PollUnavailable,
    UnknownPoll,
    WrongState,
    check_one_open,
)
from dashboard.rooms.tally import Ballots, Tally, choices_in

POLLS_MAX = 500
"""Polls of one room: a week of talks; the list and the export are made in memory."""
RETRY_MAX_WAIT_S = 5.0
"""Seconds between two attempts to tell the room of its poll while the bridge is away."""

_log = structlog.get_logger(__name__)


class Fleet(Protocol):
    """The part of `broker_bridge.client.DataPlane` that is used here."""

    def search(self, query: str) -> AsyncIterator[ThingDocument]:
        """All things that match, page by page."""


class Polling:
    """Polls, ballots and counts of one room.

    Changes run one after the other; `ballot_changed` may be called at any time from the event loop. A count
    is a fold over the ballots known at that moment; from `lock` on it is the frozen one.
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
        is_member: Callable[[str], bool] = lambda _thing: True,
    ) -> None:
        """`is_member` tells which things of the fleet are phones of this room: others have no vote.

        `notify` is called, and must not block, whenever what is shown has changed.
        """
        self.room = room
        self._records = PollRecords(database, room)
        self._announcement = PollAnnouncement(shadows, room_thing)
        self._dataplane = dataplane
        self._notify = notify
        self._now_ms = now_ms
        self._is_member = is_member
        self._polls: dict[str, Poll] = {}
        self._started = False
        self._shown: str | None = None
        self._frozen: dict[str, Tally] = {}
        self._ballots = Ballots()
        self._removed: set[str] = set()
        self._counted: dict[str, Tally] = {}
        self._changing = asyncio.Lock()
        self._healing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Load the polls from rooms.db and tell the room of the current one (in the background).

        That heals a crash between database and shadow: the database is right.
        """
        loaded = await self._records.load()
        self._polls = {poll.id: poll for poll in loaded.polls}
        self._shown = loaded.shown
        self._frozen = loaded.frozen
        self._started = True
        self._heal()

    async def stop(self) -> None:
        """Stop telling the room in the background. Idempotent."""
        healing, self._healing = self._healing, None
        if healing is not None:
            healing.cancel()
            await asyncio.gather(healing, return_exceptions=True)

    def ballot_changed(self, thing: str, version: int, reported: Mapping[str, Any] | None) -> None:
        """A phone's `ballot` shadow as of `version` (None: deleted). Older versions change nothing."""
        choices = None if reported is None else choices_in(reported, self._is_ours)
        if self._ballots.record(thing, version, choices):
            self._counted.clear()
            if self._open_poll() is not None:
                self._notify()

    def phone_left(self, thing: str) -> None:
        """The phone was forgotten, not merely disconnected: its vote no longer counts in an open poll."""
        if self._ballots.forget(thing):
            self._counted.clear()
            self._notify()

    def phone_removed(self, thing: str, removed: bool) -> None:
        """The presenter took a phone out of the room, or back in: only then does its vote count again."""
        if removed is not (thing in self._removed):
            (self._removed.add if removed else self._removed.discard)(thing)
            self._counted.clear()
            self._notify()

    def public_poll(self) -> dict[str, Any] | None:
        """The `poll` of the retained topic: results only when revealed; None when nothing is asked."""
        poll = self._shown_poll()
        if poll is None:
            return None
        return poll.message(self._tally(poll).counts if poll.state is PollState.REVEALED else {})

    def presenter_poll(self) -> dict[str, Any] | None:
        """The public poll with `tally`, `answered` and `poll_id`, its id in the API in every round."""
        poll, public = self._shown_poll(), self.public_poll()
        if poll is None or public is None:
            return None
        tally = self._tally(poll)
        return {**public, "poll_id": poll.id, "tally": dict(tally.counts), "answered": tally.answered}

    def answered(self) -> int:
        """How many phones have answered the poll that is shown; 0 when none is."""
        poll = self._shown_poll()
        return 0 if poll is None else self._tally(poll).answered

    def choices_shown(self) -> Mapping[str, str]:
        """Thing → option, of the poll that is shown: for groups of phones, never for one of them."""
        poll = self._shown_poll()
        if poll is None:
            return {}
        options, key = poll.draft.options, poll.ballot_key
        return self._ballots.tally(key, options, without=self._removed, by_thing=True).choices

    async def create(self, draft: PollDraft) -> Poll:
        """A new poll, not yet asked. Raises `WrongState` when the room has `POLLS_MAX` already."""
        async with self._changing:
            if len(self._polls) >= POLLS_MAX:
                raise WrongState(f"This room has {POLLS_MAX} polls already: use one of them.")
            # Random: a ballot for a poll of a database that was deleted must not be a vote in this one.
            poll = Poll(f"p{secrets.token_hex(4)}", draft, PollState.DRAFT, 1, self._now_ms())
            await self._keep(poll, shown=self._shown)
            return poll

    async def open(self, poll_id: str) -> Poll:
        """Ask the question, or ask it again after a lock: ballots cast before then still count."""
        return await self._open(poll_id, PollEvent.OPEN)

    async def reopen(self, poll_id: str) -> Poll:
        """Take votes again after a lock."""
        return await self._open(poll_id, PollEvent.REOPEN)

    async def lock(self, poll_id: str) -> Poll:
        """Stop the voting and freeze the count: what comes later never counts.

        The room is told first, then the ballots are compared with the fleet, then the count and the state are
        saved together. When any of that fails the poll stays open, and `PollUnavailable` says so.
        """
        async with self._changing:
            locked = self.get(poll_id).after(PollEvent.LOCK)
            try:
                await self._announcement.say(locked.message({}))
                await self._reconcile()
                await self._keep(locked, shown=locked.id, frozen=self._count(locked))
            except BaseException:
                self._heal()
                raise
            return locked

    async def reveal(self, poll_id: str) -> Poll:
        """Show the result on every phone, unless another question is open just now."""
        async with self._changing:
            revealed = self.get(poll_id).after(PollEvent.REVEAL)
            shown = self._shown if self._open_poll() is not None else revealed.id
            await self._keep(revealed, shown=shown, frozen=self._frozen[revealed.id])
            await self._announce()
            return revealed

    async def reset(self, poll_id: str) -> Poll:
        """Back to a draft with a new ballot key: no ballot cast so far can ever count again."""
        async with self._changing:
            draft = self.get(poll_id).after(PollEvent.RESET)
            await self._keep(draft, shown=None if self._shown == draft.id else self._shown)
            await self._announce()
            return draft

    def get(self, poll_id: str) -> Poll:
        """The poll of this id or of one of its ballot keys. Raises `UnknownPoll`."""
        identity, _, round_ = poll_id.partition("-")
        poll = self._polls.get(identity)
        if poll is None or not (round_.isdecimal() or identity == poll_id):
            raise UnknownPoll("This room has no such poll: it may belong to another room.")
        return poll

    def describe(self, poll: Poll) -> dict[str, Any]:
        """The poll as the presenter's API shows it: `id` stays for life, `ballot_key` is of the round."""
        tally = self._tally(poll)
        return {
            **poll.message({}),
            "id": poll.id,
            "ballot_key": poll.ballot_key,
            "round": poll.round,
            "shown": poll.id == self._shown,
            "created_ms": poll.created_ms,
            "answered": tally.answered,
            "tally": dict(tally.counts),
        }

    def export_csv(self) -> str:
        """All polls as CSV, columns `poll_export.COLUMNS`."""
        return poll_export.as_csv([(poll, self._tally(poll)) for poll in self._polls.values()])

    def export_json(self) -> dict[str, Any]:
        """`{"room","exported_ms","polls":[…]}`; a named poll has `ballots`, an anonymous one never."""
        polls = []
        for poll in self._polls.values():
            described = self.describe(poll)
            if not poll.draft.anonymous:
                described["ballots"] = poll_export.ballots_of(poll, self._tally(poll))
            polls.append(described)
        return {"room": self.room, "exported_ms": self._now_ms(), "polls": polls}

    def list(self) -> builtins.list[Poll]:
        """All polls, oldest first."""
        return [*self._polls.values()]

    async def _open(self, poll_id: str, event: PollEvent) -> Poll:
        async with self._changing:
            opened = self.get(poll_id).after(event)
            check_one_open(self.list(), opened)
            await self._keep(opened, shown=opened.id)
            await self._announce()
            return opened

    async def _keep(self, poll: Poll, *, shown: str | None, frozen: Tally | None = None) -> None:
        """Save, then believe: what is in memory is never ahead of the disk."""
        await self._records.save(poll, shown=shown, frozen=frozen)
        self._polls[poll.id] = poll
        self._shown = shown
        self._frozen.pop(poll.id, None)
        if frozen is not None:
            self._frozen[poll.id] = frozen
        self._notify()

    async def _announce(self) -> None:
        try:
            await self._announcement.say(self.public_poll())
        except BaseException:
            self._heal()
            raise

    def _heal(self) -> None:
        """Tell the room in the background what the database says, until it worked."""
        if self._healing is None or self._healing.done():
            self._healing = asyncio.create_task(self._tell_until_heard(), name=f"poll of room {self.room}")

    async def _tell_until_heard(self) -> None:
        attempts = stamina.retry_context(
            on=PollUnavailable, attempts=None, timeout=None, wait_max=RETRY_MAX_WAIT_S
        )
        async for attempt in attempts:
            with attempt:
                async with self._changing:
                    await self._announcement.say(self.public_poll())
        _log.info("the room knows its poll", room=self.room)

    async def _reconcile(self) -> None:
        """Read every phone's ballot from the fleet: a message that was lost is made good here."""
        try:
            async for document in self._dataplane.search(f"shadow.reported.room:{self.room}"):
                ballot = document.shadow.get("name", {}).get("ballot")
                if isinstance(ballot, dict) and self._is_member(document.thing):
                    reported = ballot.get("reported")
                    reported = reported if isinstance(reported, dict) else {}
                    self.ballot_changed(document.thing, int(ballot.get("version", 0)), reported)
        except ClientError as error:
            raise PollUnavailable(
                f"The ballots could not be read from the phones' shadows ({error}): "
                "the poll is still open; try again."
            ) from error

    def _count(self, poll: Poll) -> Tally:
        return self._ballots.tally(
            poll.ballot_key,
            poll.draft.options,
            without=self._removed,
            by_thing=not poll.draft.anonymous,
        )

    def _tally(self, poll: Poll) -> Tally:
        frozen = self._frozen.get(poll.id)
        if frozen is not None:
            return frozen
        if not poll.counts_live:
            return Tally(dict.fromkeys(poll.draft.options, 0))
        if poll.id not in self._counted:
            self._counted[poll.id] = self._count(poll)
        return self._counted[poll.id]

    def _shown_poll(self) -> Poll | None:
        return None if self._shown is None else self._polls.get(self._shown)

    def _open_poll(self) -> Poll | None:
        # An open poll is always the one that is shown.
        poll = self._shown_poll()
        return poll if poll is not None and poll.state is PollState.OPEN else None

    def _is_ours(self, key: str) -> bool:
        """True for a ballot key of any round of our polls: what else phones write is not kept."""
        return not self._started or key.partition("-")[0] in self._polls
