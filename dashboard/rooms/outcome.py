"""What a poll came to: a fold over its answers, and the part of it that everybody may see."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dashboard.rooms.answers import Answer
from dashboard.rooms.moderation import Clean, Decisions, Entry, Status, entries_of
from dashboard.rooms.numbers import Bin, bin_of, histogram, summary
from dashboard.rooms.poll import MESSAGE_MAX_BYTES, Poll
from dashboard.rooms.poll_drafts import Draft, Estimate, FactPoll, Questions, Rating, WordCloud, Written
from dashboard.rooms.profanity import masked

WORDS_MAX: Final = 60
"""Words of a cloud: more cannot be read from the last row."""
VALUES_MAX: Final = 12
"""Values of a device fact; the rare ones are counted together as `other`."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was counted. `labels`, thing → the labels that it stands for, never leaves the server."""

    tally: Mapping[str, int]
    """In the order in which it is shown."""
    answered: int
    labels: Mapping[str, tuple[str, ...]]
    entries: Sequence[Entry] = ()
    summary: Mapping[str, Any] | None = None
    bins: Sequence[Bin] = field(default=())

    def of_status(self, status: Status) -> list[Entry]:
        """The texts of one status."""
        return [entry for entry in self.entries if entry.status is status]

    def queue(self) -> dict[str, int]:
        """How many texts there are of each status."""
        counted = Counter(entry.status for entry in self.entries)
        return {str(status): counted[status] for status in Status}


def count(
    draft: Draft, key: str, answers: Mapping[str, Answer], decisions: Decisions, clean: Clean = masked
) -> Outcome:
    """Everything about one poll's answers (thing → answer); the order of `answers` does not matter."""
    if isinstance(draft, Written):
        return _written(draft, answers, decisions, entries_of(draft, key, answers, decisions, clean))
    if isinstance(draft, Estimate):
        numbers = {thing: answer.number for thing, answer in answers.items() if answer.number is not None}
        bins = histogram(list(numbers.values()))
        binned = {thing: (bin_of(bins, number),) for thing, number in numbers.items()}
        tally = {one.label: one.count for one in bins}
        return Outcome(tally, len(numbers), binned, summary=_with_bins(numbers.values(), bins), bins=bins)
    labels = {thing: answer.labels for thing, answer in answers.items()}
    if isinstance(draft, FactPoll):
        return _facts(labels)
    counted = Counter(label for chosen in labels.values() for label in chosen)
    steps = [answer.number for answer in answers.values() if answer.number is not None]
    short = summary(steps) if isinstance(draft, Rating) else None
    return Outcome({option: counted[option] for option in draft.choices}, len(labels), labels, summary=short)


def _with_bins(numbers: Iterable[float], bins: Sequence[Bin]) -> dict[str, Any] | None:
    short = summary(list(numbers))
    return None if short is None else {**short, "bins": [[one.low, one.high, one.count] for one in bins]}


def _facts(labels: Mapping[str, tuple[str, ...]]) -> Outcome:
    counted = Counter(label for values in labels.values() for label in values)
    ranked = sorted(counted, key=lambda value: (-counted[value], value))
    kept = frozenset(ranked[:VALUES_MAX])
    told = {
        thing: tuple(value if value in kept else OTHER for value in values)
        for thing, values in labels.items()
    }
    tally = Counter(label for values in told.values() for label in values)
    return Outcome(
        {value: tally[value] for value in [*ranked[:VALUES_MAX], OTHER] if tally[value]}, len(told), told
    )


def _written(
    draft: Written, answers: Mapping[str, Answer], decisions: Decisions, entries: Sequence[Entry]
) -> Outcome:
    answered = sum(bool(answer.upvotes) or thing not in decisions.banned for thing, answer in answers.items())
    if not isinstance(draft, WordCloud):
        return Outcome({}, answered, {}, entries)
    words: Counter[str] = Counter()
    labels: dict[str, list[str]] = {}
    for entry in entries:
        if entry.status is Status.APPROVED:
            words[entry.text] += entry.votes
            for thing in entry.authors:
                labels.setdefault(thing, []).append(entry.text)
    ranked = sorted(words, key=lambda word: (-words[word], word.casefold()))
    shown = {word: words[word] for word in ranked[:WORDS_MAX]}
    return Outcome(shown, answered, {thing: tuple(said) for thing, said in labels.items()}, entries)


def revealed(poll: Poll, outcome: Outcome, leaderboard: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What everybody may see once the poll is revealed, as much as a shadow holds."""
    shown: dict[str, Any] = {
        "results": dict(outcome.tally),
        "answered": outcome.answered,
        **poll.draft.solution(),
    }
    if outcome.summary is not None:
        shown["summary"] = dict(outcome.summary)
    if leaderboard:
        shown["leaderboard_top"] = [dict(line) for line in leaderboard]
    if isinstance(poll.draft, WordCloud):
        shown["results"] = _fitting_words(poll, shown)
    elif isinstance(poll.draft, Written):
        shown |= fitting_entries(poll, shown, outcome, with_votes=True)
    return shown


def fitting_entries(
    poll: Poll, shown: Mapping[str, Any], outcome: Outcome, *, with_votes: bool
) -> dict[str, Any]:
    """`{"entries","more"?}`: the approved texts, best first, as many as the poll's message holds."""
    approved = [entry.public(with_votes=with_votes) for entry in outcome.of_status(Status.APPROVED)]
    room = MESSAGE_MAX_BYTES - _size(poll.message({**shown, "entries": [], "more": len(approved)}))
    fitting: list[dict[str, Any]] = []
    for entry in approved:
        room -= _size(entry) + 2
        if room < 0:
            break
        fitting.append(entry)
    left_out = len(approved) - len(fitting)
    return {"entries": fitting, "more": left_out} if left_out else {"entries": fitting}


def _fitting_words(poll: Poll, shown: Mapping[str, Any]) -> dict[str, int]:
    room = MESSAGE_MAX_BYTES - _size(poll.message({**shown, "results": {}}))
    fitting: dict[str, int] = {}
    for word, votes in shown["results"].items():
        room -= _size({word: votes})
        if room < 0:
            break
        fitting[word] = votes
    return fitting


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def before_reveal(poll: Poll, outcome: Outcome) -> dict[str, Any]:
    """What everybody may see of the answers before the reveal: approved questions, to support them."""
    if poll.has_answers and isinstance(poll.draft, Questions):
        return fitting_entries(poll, {}, outcome, with_votes=False)
    return {}
