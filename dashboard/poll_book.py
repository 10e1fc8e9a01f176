"""The polls of one room in memory: what is asked, what is answered, and what that comes to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dashboard.poll_records import Loaded
from dashboard.rooms.answers import Answer
from dashboard.rooms.moderation import Clean, Decision, Decisions
from dashboard.rooms.outcome import Outcome, count
from dashboard.rooms.poll import Poll, PollState
from dashboard.rooms.poll_drafts import FactPoll
from dashboard.rooms.poll_errors import UnknownPoll
from dashboard.rooms.quiz import answered_at
from dashboard.rooms.tally import Ballots, entries_in


class Audience(Protocol):
    """Who the phones of the room are."""

    def is_member(self, thing: str) -> bool:
        """True for a phone of this room: others have no vote."""

    def members(self) -> Iterable[str]:
        """The things of all phones of the room."""

    def slot(self, thing: str) -> int | None:
        """The number that the phone shows; None for one that left."""

    def fact(self, thing: str, name: str) -> str | None:
        """What the phone reports of itself."""

    def connected(self) -> Iterable[str]:
        """The things whose last session is open."""


class PollBook:
    """Everything that is known of the polls. No input, no output; nothing here is ever ahead of the disk,
    because its owner saves first."""

    def __init__(self, audience: Audience, clean: Clean) -> None:
        """`clean` is asked about every text: many may come at once, or be found at a start."""
        self.audience = audience
        self._clean = clean
        self.polls: dict[str, Poll] = {}
        """In the presenter's order."""
        self.shown: str | None = None
        self.ballots = Ballots()
        self.log: list[Decision] = []
        self.compared: dict[str, list[str]] = {}
        """Ballot key → what an anonymous poll was compared with, in that order."""
        self._frozen: dict[str, dict[str, Answer]] = {}
        self._removed: set[str] = set()
        self._heard: dict[tuple[str, str], tuple[Any, int]] = {}
        self._decisions = Decisions()
        self._outcomes: dict[str, Outcome] = {}
        self._unfinished: set[str] = set()
        self._loaded = False

    def load(self, loaded: Loaded) -> None:
        """What was on disk at start."""
        self.polls = {poll.id: poll for poll in loaded.polls}
        self.shown = loaded.shown
        self._frozen = loaded.frozen
        self.compared = loaded.compared
        self._loaded = True
        self.decided(loaded.decisions)

    def forget_all(self) -> None:
        """There is no poll, no ballot and no decision any more."""
        self.polls, self.shown, self._frozen = {}, None, {}
        self.ballots, self._decisions, self.log = Ballots(), Decisions(), []
        self._removed, self._heard, self._outcomes, self.compared = set(), {}, {}, {}
        self._unfinished = set()

    # --- what happens --------------------------------------------------------------------------------------

    def ballot_changed(
        self, thing: str, version: int, reported: Mapping[str, Any] | None, heard_ms: int | None
    ) -> bool:
        """A phone's `ballot` shadow as of `version` (None: deleted); False when that changes nothing.

        `heard_ms` is now when it was heard live, None when it was found in the fleet.
        """
        entries = None if reported is None else entries_in(reported, self._is_ours)
        if not self.ballots.record(thing, version, entries):
            return False
        poll = self.open_poll()
        if poll is not None:
            if heard_ms is not None:
                self._note_time(thing, poll.ballot_key, heard_ms)
            self._outcomes.pop(poll.id, None)
        return True

    def phone_left(self, thing: str) -> bool:
        """The phone was forgotten, not merely disconnected; False when that changes nothing."""
        changed = self.ballots.forget(thing)
        self.recount_open()
        return changed

    def phone_removed(self, thing: str, removed: bool) -> bool:
        """The presenter took a phone out of the room, or back in; False when it was so before."""
        if removed is (thing in self._removed):
            return False
        (self._removed.add if removed else self._removed.discard)(thing)
        self.recount_open()
        return True

    def saved(self, poll: Poll, shown: str | None, frozen: dict[str, Answer] | None) -> None:
        """A poll as it is on disk now."""
        self.polls[poll.id] = poll
        self.shown = shown
        self._frozen.pop(poll.id, None)
        self._outcomes.pop(poll.id, None)
        if frozen is not None:
            self._frozen[poll.id] = frozen
        if poll.state is PollState.OPEN:
            self._heard = {name: known for name, known in self._heard.items() if name[1] == poll.ballot_key}
        else:
            self.ballots.forget_readings(poll.ballot_key)

    def deleted(self, ids: Iterable[str]) -> None:
        """Polls that are no more on disk."""
        for one in ids:
            poll = self.polls.pop(one)
            self._frozen.pop(one, None)
            self._outcomes.pop(one, None)
            self.ballots.forget_readings(poll.ballot_key)
        if self.shown not in self.polls:
            self.shown = None
        self.decided([line for line in self.log if line.key.partition("-")[0] in self.polls])

    def decided(self, log: Sequence[Decision]) -> None:
        """The log of decisions as it is on disk now."""
        self.log = [*log]
        self._decisions = Decisions.fold(self.log)
        self._outcomes.clear()

    # --- what is known -------------------------------------------------------------------------------------

    def get(self, poll_id: str) -> Poll:
        """The poll of this id or of one of its ballot keys. Raises `UnknownPoll`."""
        identity, _, round_ = poll_id.partition("-")
        poll = self.polls.get(identity)
        if poll is None or not (round_.isdecimal() or identity == poll_id):
            raise UnknownPoll("This room has no such poll: it may belong to another room.")
        return poll

    def position(self, poll_id: str) -> int:
        """Its place in the order; after all others for a new one."""
        return [*self.polls].index(poll_id) if poll_id in self.polls else len(self.polls)

    def shown_poll(self) -> Poll | None:
        """The poll that phones see."""
        return None if self.shown is None else self.polls.get(self.shown)

    def open_poll(self) -> Poll | None:
        """The poll that takes answers: always the one that is shown."""
        poll = self.shown_poll()
        return poll if poll is not None and poll.state is PollState.OPEN else None

    def answers(self, poll: Poll) -> Mapping[str, Answer]:
        """Thing → answer: the frozen ones from the lock on, while open those of this moment."""
        frozen = self._frozen.get(poll.id)
        if frozen is not None:
            return frozen
        return self._answers_now(poll) if poll.state is PollState.OPEN else {}

    def outcome(self, poll: Poll) -> Outcome:
        """What the answers come to. Counted anew when something changed, and at most once for it."""
        if isinstance(poll.draft, FactPoll) and poll.state is PollState.OPEN:
            return self._count(poll)  # it changes with who is connected
        if poll.id not in self._outcomes:
            self._outcomes[poll.id] = self._count(poll)
        return self._outcomes[poll.id]

    def to_freeze(self, poll: Poll, now_ms: int) -> dict[str, Answer]:
        """The answers of an open poll at this moment; where speed counts, each with its time."""
        answers = self._answers_now(poll)
        if not getattr(poll.draft, "speed_bonus", False):
            # When somebody answered is nobody's business where it does not matter.
            return {thing: replace(answer, at=None, delay=0) for thing, answer in answers.items()}
        return {
            thing: replace(answer, at=self._answered_at(poll, thing, answer, now_ms), delay=0)
            for thing, answer in answers.items()
        }

    def _count(self, poll: Poll) -> Outcome:
        self._unfinished.discard(poll.id)

        def clean(text: str, language: str) -> str | None:
            shown = self._clean(text, language)
            if shown is None:
                self._unfinished.add(poll.id)
            return shown

        return count(poll.draft, poll.ballot_key, self.answers(poll), self._decisions, clean)

    def _answers_now(self, poll: Poll) -> dict[str, Answer]:
        if isinstance(poll.draft, FactPoll):
            facts = (
                (thing, self.audience.fact(thing, poll.draft.fact)) for thing in self.audience.connected()
            )
            return {thing: Answer((value,)) for thing, value in facts if value is not None}
        return self.ballots.answers(poll.ballot_key, poll.draft, without=self._removed)

    def recount_open(self) -> None:
        """What the answers to the open poll come to has changed."""
        poll = self.open_poll()
        if poll is not None:
            self._outcomes.pop(poll.id, None)

    def texts_checked(self) -> None:
        """Texts that waited are known: what they are part of is counted anew."""
        for poll_id in self._unfinished:
            self._outcomes.pop(poll_id, None)

    def _note_time(self, thing: str, key: str, heard_ms: int) -> None:
        """Remember when this answer was heard first: sent again, it is not later."""
        entry = self.ballots.entry(thing, key)
        known = self._heard.get((thing, key))
        if entry is not None and (known is None or known[0] != entry):
            self._heard[thing, key] = entry, heard_ms

    def _answered_at(self, poll: Poll, thing: str, answer: Answer, now_ms: int) -> int:
        heard = self._heard.get((thing, poll.ballot_key))
        return answered_at(answer, None if heard is None else heard[1], now_ms)

    def _is_ours(self, key: str) -> bool:
        """True for a ballot key of any round of our polls: what else phones write is not kept."""
        return not self._loaded or key.partition("-")[0] in self.polls
