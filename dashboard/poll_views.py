"""The polls as everybody, the stage and the presenter see them: one place decides who sees what."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dashboard.poll_book import PollBook
from dashboard.poll_comparisons import Comparisons
from dashboard.rooms import cross_filter, poll_export, poll_report
from dashboard.rooms.moderation import Status
from dashboard.rooms.outcome import before_reveal, revealed
from dashboard.rooms.poll import Poll, PollState
from dashboard.rooms.poll_drafts import Written
from dashboard.rooms.poll_errors import BadPoll
from dashboard.rooms.quiz import leaderboard

FEED_ENTRIES: Final = 50
"""Texts in a frame of the presenter's feed: more are read from the list."""


class PollViews:
    """Views of one room's polls. Nothing here changes a poll."""

    def __init__(self, book: PollBook, comparisons: Comparisons) -> None:
        self._book = book
        self._comparisons = comparisons

    def public_poll(self, *, with_slots: bool = False) -> dict[str, Any] | None:
        """The `poll` of the retained topic: results only when revealed; None when nothing is asked.

        `with_slots` is for the feed: which phones stand where, of a named poll after the reveal.
        """
        poll = self._book.shown_poll()
        if poll is None:
            return None
        outcome = self._book.outcome(poll)
        if poll.state is not PollState.REVEALED:
            return poll.message(before_reveal(poll, outcome))
        message = poll.message(revealed(poll, outcome, self.leaderboard(poll)))
        if with_slots and not poll.draft.anonymous:
            message["slots"] = self._slots(outcome.labels)
        return message

    def presenter_poll(self) -> dict[str, Any] | None:
        """The public poll with what only the presenter may see of it in every state."""
        poll, public = self._book.shown_poll(), self.public_poll(with_slots=True)
        if poll is None or public is None:
            return None
        outcome = self._book.outcome(poll)
        mine: dict[str, Any] = {
            "poll_id": poll.id,
            "tally": dict(outcome.tally),
            "answered": outcome.answered,
            **poll.draft.solution(),
        }
        if outcome.summary is not None:
            mine["summary"] = dict(outcome.summary)
        if isinstance(poll.draft, Written):
            mine["queue"] = outcome.queue()
            approved = outcome.of_status(Status.APPROVED)[:FEED_ENTRIES]
            mine["entries"] = [entry.public(with_votes=True) for entry in approved]
        return {**public, **mine}

    def answered(self) -> int:
        """How many phones have answered the poll that is shown; 0 when none is."""
        poll = self._book.shown_poll()
        return 0 if poll is None else self._book.outcome(poll).answered

    def describe(self, poll: Poll) -> dict[str, Any]:
        """The poll as the presenter's API shows it: `id` stays for life, `ballot_key` is of the round."""
        outcome = self._book.outcome(poll)
        described = {
            **poll.message({}),
            **poll.draft.model_dump(exclude_none=True),
            "options": list(poll.draft.choices),
            "id": poll.id,
            "ballot_key": poll.ballot_key,
            "round": poll.round,
            "shown": poll.id == self._book.shown,
            "created_ms": poll.created_ms,
            "answered": outcome.answered,
            "tally": dict(outcome.tally),
        }
        if outcome.summary is not None:
            described["summary"] = dict(outcome.summary)
        if isinstance(poll.draft, Written):
            described["queue"] = outcome.queue()
        if top := self.leaderboard(poll):
            described["leaderboard_top"] = top
        return described

    def entries(self, poll: Poll, status: str | None = None) -> dict[str, Any]:
        """The texts of a poll for moderation, and whether a decision can be taken back."""
        wanted = None if status is None else _status(status)
        entries = self._book.outcome(poll).entries
        can_undo = any(line.key == poll.ballot_key for line in self._book.log)
        shown = [entry.for_presenter() for entry in entries if wanted in (None, entry.status)]
        return {"entries": shown, "can_undo": can_undo}

    def leaderboard(self, poll: Poll) -> list[dict[str, Any]]:
        """The leaderboard as it stands when this quiz is revealed; empty for every other poll."""
        if poll.state is not PollState.REVEALED or not getattr(poll.draft, "leaderboard", False):
            return []
        seen = [one for one in self._book.polls.values() if one.state is PollState.REVEALED]
        return leaderboard([(one, self._book.answers(one)) for one in seen], self._book.audience.slot)

    def export_csv(self) -> str:
        """All polls as CSV, columns `poll_export.COLUMNS`."""
        return poll_export.as_csv(self._told())

    def export_json(self, room: str, now_ms: int) -> dict[str, Any]:
        """`{"room","exported_ms","polls":[…]}`; a named poll has `ballots`, an anonymous one never."""
        polls = []
        for poll, outcome, answers in self._told():
            described = self.describe(poll)
            if isinstance(poll.draft, Written):
                described["entries"] = [entry.for_presenter() for entry in outcome.entries]
            if not poll.draft.anonymous:
                described["ballots"] = poll_export.ballots_of(poll, answers)
            polls.append(described)
        return {"room": room, "exported_ms": now_ms, "polls": polls}

    def report(self, room: str, now_ms: int) -> str:
        """Everything that was asked, on one HTML page with charts."""
        told = self._told()
        described = {poll.id: self.describe(poll) for poll, _, _ in told}
        return poll_report.as_html(told, described, room, now_ms)

    def _told(self) -> list[poll_export.Told]:
        book = self._book
        return [(poll, book.outcome(poll), book.answers(poll)) for poll in book.polls.values()]

    def grouped(self, poll: Poll, by: str) -> dict[str, Any]:
        """The poll's tally in each group of phones, see `Comparisons`."""
        outcome = self._book.outcome(poll)
        groups = self._comparisons.groups(poll, by)
        shown = [
            {"value": value, **cross_filter.tally_of(members, outcome.labels, [*outcome.tally])}
            for value, members in groups.shown
        ]
        return {**self.describe(poll), "by": by, "groups": shown, "hidden": groups.hidden}

    def filtered(self, poll: Poll, where: Sequence[str]) -> dict[str, Any]:
        """The poll's tally of the phones that meet every condition, `os:Android` or `<poll id>:<label>`."""
        outcome = self._book.outcome(poll)
        chosen = self._comparisons.chosen(poll, where)
        described = {**self.describe(poll), "where": [*where]}
        if chosen is None:
            for name in ("tally", "answered", "summary", "queue"):
                described.pop(name, None)
            return {**described, "hidden": len(outcome.labels)}
        return {**described, **cross_filter.tally_of(chosen, outcome.labels, [*outcome.tally]), "hidden": 0}

    def _slots(self, labels: Mapping[str, tuple[str, ...]]) -> dict[str, list[int]]:
        by_label: dict[str, list[int]] = {}
        for thing, stands in labels.items():
            slot = self._book.audience.slot(thing)
            for label in stands if slot is not None else ():
                by_label.setdefault(label, []).append(slot or 0)
        return {label: sorted(slots) for label, slots in by_label.items()}


def _status(name: str) -> Status:
    if name not in [*Status]:
        raise BadPoll(f'"status" is one of {", ".join(Status)}.')
    return Status(name)
