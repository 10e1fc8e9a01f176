"""Polls as a table: one row per label or text of an anonymous poll, one per answer of a named one."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from dashboard.rooms.answers import Answer
from dashboard.rooms.outcome import Outcome
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_drafts import Estimate, Written

COLUMNS: Final = (
    "poll", "kind", "question", "state", "anonymous", "round", "option", "count", "thing", "status"
)  # fmt: skip
"""The sum of `count` by poll and option is the tally; `status` is that of a text from the audience."""
FORMULA: Final = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for a formula: texts from the audience must not be one."""

Told = tuple[Poll, Outcome, Mapping[str, Answer]]


def as_csv(polls: Iterable[Told]) -> str:
    """The polls as CSV with a header line (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for poll, outcome, answers in polls:
        head = (poll.id, poll.draft.kind, _plain(poll.draft.question), str(poll.state))
        anonymous = "true" if poll.draft.anonymous else "false"
        writer.writerows((*head, anonymous, poll.round, *row) for row in _rows(poll, outcome, answers))
    return text.getvalue()


def ballots_of(poll: Poll, answers: Mapping[str, Answer]) -> list[dict[str, Any]]:
    """`[{"thing","labels"?,"number"?,"texts"?,"upvotes"?}]` of a named poll by thing; else empty."""
    if poll.draft.anonymous:
        return []
    return [{"thing": thing, **_fields(answer)} for thing, answer in sorted(answers.items())]


def _fields(answer: Answer) -> dict[str, Any]:
    lists = {"labels": answer.labels, "texts": answer.texts, "upvotes": answer.upvotes}
    number = {} if answer.number is None else {"number": answer.number}
    return {name: [*value] for name, value in lists.items() if value} | number


def _rows(poll: Poll, outcome: Outcome, answers: Mapping[str, Answer]) -> Iterator[tuple[str, int, str, str]]:
    if isinstance(poll.draft, Written):
        yield from _texts(poll, outcome)
    elif isinstance(poll.draft, Estimate):
        numbers = sorted((answer.number or 0.0, thing) for thing, answer in answers.items())
        for number, thing in numbers:
            yield f"{number:.12g}", 1, "" if poll.draft.anonymous else thing, ""
    else:
        for label, count in outcome.tally.items():
            things = sorted(thing for thing, labels in outcome.labels.items() if label in labels)
            if poll.draft.anonymous or not things:
                yield _plain(label), count, "", ""
            else:
                yield from ((_plain(label), 1, thing, "") for thing in things)


def _texts(poll: Poll, outcome: Outcome) -> Iterator[tuple[str, int, str, str]]:
    for entry in outcome.entries:
        if poll.draft.anonymous:
            yield _plain(entry.text), entry.votes, "", str(entry.status)
        else:
            for thing in sorted(entry.authors):
                yield _plain(entry.text), 1, thing, str(entry.status)


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
