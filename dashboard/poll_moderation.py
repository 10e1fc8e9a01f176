"""The presenter's decisions about the audience's texts: a log, folded, and taken back line by line."""

from collections.abc import Collection
from typing import Final

from dashboard.poll_keeping import PollKeeping
from dashboard.rooms.moderation import Act, Decision, Entry, Status
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_drafts import Written
from dashboard.rooms.poll_errors import BadPoll, UnknownPoll, WrongState
from dashboard.rooms.poll_fields import is_showable, tidy

DECISIONS_MAX: Final = 20_000
"""Decisions of one room: more than anybody makes; a bound for what is folded."""


class PollModeration:
    """Decisions about the texts of one room."""

    def __init__(self, keeping: PollKeeping) -> None:
        self._keeping = keeping
        self._book = keeping.book

    async def decide(self, poll_id: str, entry_id: str, act: Act, text: object = None) -> Poll:
        """Decide about one text; `text` is what is shown in its place, for `edit`. Raises `PollError`."""
        async with self._keeping.changing:
            poll, entry = self._found(poll_id, entry_id)
            shown = _edited(poll, text) if act is Act.EDIT else None
            # Who wrote it is looked up now: the id of a text says nothing of its writers.
            things = tuple(sorted(entry.authors)) if act is Act.BAN else ()
            return await self._keep(poll, Decision(poll.ballot_key, (entry.id,), act, shown, things))

    async def approve(self, poll_id: str, seen: Collection[str]) -> Poll:
        """Approve those of the texts that were `seen`, by their ids, which wait: one decision, undone as one.

        What came in the meantime waits on. Raises `PollError`.
        """
        async with self._keeping.changing:
            poll = self._book.get(poll_id)
            waiting = [one.id for one in self._book.outcome(poll).entries if one.status is Status.PENDING]
            approved = tuple(one for one in waiting if one in seen)
            if not approved:
                raise WrongState("None of these texts waits any more.")
            return await self._keep(poll, Decision(poll.ballot_key, approved, Act.APPROVE))

    async def undo(self, poll_id: str) -> Poll:
        """Take the last decision about this poll's texts back. Raises `WrongState` when there is none."""
        async with self._keeping.changing:
            poll = self._book.get(poll_id)
            mine = [n for n, line in enumerate(self._book.log) if line.key == poll.ballot_key]
            if not mine:
                raise WrongState("There is nothing to take back.")
            await self._keeping.records.undo(poll.ballot_key)
            self._changed([line for n, line in enumerate(self._book.log) if n != mine[-1]])
            return poll

    async def _keep(self, poll: Poll, decision: Decision) -> Poll:
        if len(self._book.log) >= DECISIONS_MAX:
            raise WrongState("This room has more decisions than can be kept: delete old polls.")
        await self._keeping.records.decide(poll, decision)
        self._changed([*self._book.log, decision])
        return poll

    def _changed(self, log: list[Decision]) -> None:
        self._book.decided(log)
        self._keeping.notify()
        self._keeping.tell_later()

    def _found(self, poll_id: str, entry_id: str) -> tuple[Poll, Entry]:
        poll = self._book.get(poll_id)
        for entry in self._book.outcome(poll).entries:
            if entry.id == entry_id:
                return poll, entry
        raise UnknownPoll("Nobody says this any more: the text was changed or withdrawn.")


def _edited(poll: Poll, text: object) -> str:
    longest = poll.draft.chars if isinstance(poll.draft, Written) else 0
    if not isinstance(text, str) or not is_showable(text) or not 1 <= len(tidy(text)) <= longest:
        raise BadPoll(f'"text" must have 1 to {longest} characters.')
    return tidy(text)
