"""Polls as a table: one row per option for an anonymous poll, one per ballot for a named one."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from dashboard.rooms.poll import Poll
from dashboard.rooms.tally import Tally

COLUMNS = ("poll", "kind", "question", "state", "anonymous", "round", "option", "count", "thing")
"""The sum of `count` by poll and option is the tally, for anonymous and named polls alike."""


def as_csv(polls: Sequence[tuple[Poll, Tally]]) -> str:
    """The polls as CSV with a header line (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for poll, tally in polls:
        head = (poll.id, poll.draft.kind, poll.draft.question, str(poll.state))
        anonymous = "true" if poll.draft.anonymous else "false"
        writer.writerows((*head, anonymous, poll.round, *row) for row in _rows(poll, tally))
    return text.getvalue()


def ballots_of(poll: Poll, tally: Tally) -> list[dict[str, Any]]:
    """`[{"thing","option"}]` of a named poll, sorted by thing; empty for an anonymous one."""
    if poll.draft.anonymous:
        return []
    return [{"thing": thing, "option": option} for thing, option in sorted(tally.choices.items())]


def _rows(poll: Poll, tally: Tally) -> Iterator[tuple[str, int, str]]:
    for option, count in tally.counts.items():
        things = [] if poll.draft.anonymous else sorted(t for t, o in tally.choices.items() if o == option)
        if things:
            yield from ((option, 1, thing) for thing in things)
        else:
            yield option, count, ""
