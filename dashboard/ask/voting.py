"""Intents about polls. What is said aloud before a result is revealed never tells it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from dashboard.ask import answer
from dashboard.ask.deed import OPENED, Deed, Undo
from dashboard.ask.groups import belongs, parts_of, spoken_group
from dashboard.ask.language_model import fold
from dashboard.ask.phrase import either, phrase, together
from dashboard.ask.port import AskableRoom, SeenGroup, SeenPoll
from dashboard.ask.understand import Understanding
from dashboard.ask.words import WORDS
from dashboard.rooms.shares import bound, shares, written

GROUPS_TOLD: Final = 3
"""Groups of a cross-filter, or words of a cloud, that are told: what a listener can compare by ear."""
YES_NO: Final = {"yes": ("yes", "oui"), "no": ("no", "non")}
"""What "yes" and "no" are called among a poll's options."""


async def poll_open(room: AskableRoom, meant: Understanding) -> Deed:
    """Ask the poll of that number; without one the next that was not asked, else the locked one again."""
    language, polls = meant.language, room.polls()
    poll = _numbered(polls, meant) if "poll" in meant.slots else _next(room)
    if poll is None:
        return _aside(language, _why_none(polls, meant), n=len(polls))
    if poll.state == "open":
        return _aside(language, "poll_already_open", question=poll.question)
    again = poll.state != "draft"
    opened = await room.change_poll(poll.id, "reopen" if again else "open")
    undo = Undo(poll=opened.id, event="lock" if again else OPENED)
    return Deed(phrase(language, "poll_opened", question=opened.question), undo=undo)


async def poll_lock(room: AskableRoom, meant: Understanding) -> Deed:
    """Close the open poll."""
    poll = _numbered(room.polls(), meant) if "poll" in meant.slots else room.poll_shown()
    if poll is None or poll.state != "open":
        return _aside(meant.language, "poll_not_open")
    locked = await room.change_poll(poll.id, "lock")
    said = phrase(meant.language, "poll_locked", locked.answered, n=locked.answered)
    return Deed(said, undo=Undo(poll=locked.id, event="reopen"))


async def poll_reveal(room: AskableRoom, meant: Understanding) -> Deed:
    """Show the result of the locked poll, and say it."""
    language = meant.language
    poll = _numbered(room.polls(), meant) if "poll" in meant.slots else room.poll_shown()
    if poll is not None and poll.state == "open":
        return _aside(language, "poll_still_open")
    if poll is None or poll.state == "draft":
        return _aside(language, "poll_nothing_to_reveal")
    if poll.state == "revealed":
        return Deed(_result(poll, language))
    revealed = await room.change_poll(poll.id, "reveal")
    return Deed(_result(revealed, language), undo=Undo(poll=revealed.id, event="hide"))


async def poll_read(room: AskableRoom, meant: Understanding) -> Deed:
    """Read the question out: with its options while it is open, with its result once that is revealed."""
    language, polls = meant.language, room.polls()
    poll = _numbered(polls, meant) if "poll" in meant.slots else room.poll_shown()
    if poll is None:
        missing = "no_such_poll" if "poll" in meant.slots else "no_question"
        return _aside(language, missing, n=len(polls))
    if poll.state == "revealed":
        return Deed(_result(poll, language))
    n = poll.answered
    if poll.state == "locked" or not poll.options:
        return Deed(phrase(language, "poll_hidden", n, n=n, question=poll.question))
    options = together(language, poll.options)
    return Deed(phrase(language, "poll_asked", n, n=n, question=poll.question, options=options))


async def cross(room: AskableRoom, meant: Understanding) -> Deed:
    """How many, perhaps of one group, gave an answer."""
    language, group = meant.language, meant.slots.get("group")
    poll, wanted, trouble = _revealed(room, meant)
    if poll is None or wanted is None:
        return trouble
    if group is None:
        k, n = poll.counts.get(wanted, 0), poll.answered
        return Deed(phrase(language, "said", k, k=k, n=n, answer=wanted))
    name = spoken_group(group, language)
    found = room.answers_by(parts_of(group)[0]) or {}
    mine = [theirs for value, theirs in found.items() if belongs(group, value)]
    if not mine:
        return Deed(phrase(language, "group_hidden", group=name))
    k, n = sum(theirs.counts.get(wanted, 0) for theirs in mine), sum(theirs.answered for theirs in mine)
    return Deed(phrase(language, "said_by_group", k, k=k, n=n, group=name, answer=wanted))


async def cross_by(room: AskableRoom, meant: Understanding) -> Deed:
    """What each group answered: its favourite, or its share of one answer."""
    language, fact = meant.language, meant.slots["fact"]
    poll, wanted, trouble = _revealed(room, meant)
    if poll is None:
        return trouble
    found = room.answers_by(fact) or {}
    groups = sorted(found.items(), key=lambda group: (-group[1].answered, group[0]))[:GROUPS_TOLD]
    title = WORDS[language].of_fact(fact).title
    parts = [_of_group(title(value), theirs, wanted, language) for value, theirs in groups if theirs.answered]
    if not parts:
        return Deed(phrase(language, "group_hidden", group=together(language, map(title, found)) or fact))
    return Deed(phrase(language, "sentence", parts=WORDS[language].semicolon.join(parts)))


def _of_group(name: str, group: SeenGroup, wanted: str | None, language: str) -> str:
    counts, n = group.counts, group.answered
    most = max(counts.values())
    leaders = [option for option, k in counts.items() if k == most]
    if wanted is None and len(leaders) > 1:
        return phrase(language, "level", group=name)
    option = leaders[0] if wanted is None else wanted
    if sum(counts.values()) != n:
        # Who may choose several makes more marks than answers: people are told, not shares of marks.
        k = counts.get(option, 0)
        return phrase(language, "chosen", k, k=k, n=n, group=name, answer=option)
    key = "leader" if wanted is None else "share_said"
    return phrase(language, key, group=name, answer=option, share=_share(counts, option, language))


def _share(counts: Mapping[str, int], option: str, language: str) -> str:
    """A percentage as it is said aloud: one of 300 is "less than 1%"."""
    k, n = counts.get(option, 0), sum(counts.values())
    share = dict(zip(counts, shares([*counts.values()]), strict=True)).get(option, 0)
    beyond = {"<": "share_under", ">": "share_over"}.get(bound(share, k, n))
    return phrase(language, beyond) if beyond else written(share, k, n, language)


def _result(poll: SeenPoll, language: str) -> str:
    if poll.answered == 0 or not any(poll.counts.values()):
        return phrase(language, "poll_result", question=poll.question, result=phrase(language, "no_answers"))
    if sum(poll.counts.values()) == poll.answered:
        result = answer.divide_answers(poll.counts, language)
        return phrase(language, "poll_result", question=poll.question, result=result)
    # Who may choose several, or write words, makes more marks than answers: shares of them would not add up.
    best = sorted(poll.counts.items(), key=lambda entry: -entry[1])[:GROUPS_TOLD]
    tops = together(language, [phrase(language, "top", answer=label, k=k) for label, k in best if k])
    n = poll.answered
    return phrase(language, "poll_tally", n, n=n, question=poll.question, tops=tops)


def _revealed(room: AskableRoom, meant: Understanding) -> tuple[SeenPoll | None, str | None, Deed]:
    """The poll that is shown with its result, and the option that was meant; else what to say instead."""
    language, poll = meant.language, room.poll_shown()
    if poll is None or poll.state == "draft":
        return None, None, _aside(language, "no_question")
    if poll.state != "revealed":
        return None, None, _aside(language, "result_hidden")
    if poll.answered == 0:
        return None, None, Deed(phrase(language, "no_answers"))
    wanted = meant.slots.get("answer")
    option = None if wanted is None else _option(wanted, [*poll.counts])
    if wanted is None or option is not None:
        return poll, option, Deed("")
    said, options = wanted.removeprefix("="), either(language, poll.counts)
    return None, None, _aside(language, "no_such_answer", answer=said, options=options)


def _option(wanted: str, options: list[str]) -> str | None:
    if wanted.startswith("="):
        said = fold(wanted[1:])
        return next((option for option in options if fold(option) == said), None)
    if wanted in YES_NO:
        return next((option for option in options if option.casefold() in YES_NO[wanted]), None)
    index = int(wanted) - 1 if wanted.isdecimal() else -1
    return options[index] if 0 <= index < len(options) else None


def _numbered(polls: Sequence[SeenPoll], meant: Understanding) -> SeenPoll | None:
    number = int(meant.slots["poll"])
    return next((poll for poll in polls if poll.number == number), None)


def _next(room: AskableRoom) -> SeenPoll | None:
    shown = room.poll_shown()
    if shown is not None and shown.state == "open":
        return shown
    draft = next((poll for poll in room.polls() if poll.state == "draft"), None)
    return draft or (shown if shown is not None and shown.state == "locked" else None)


def _why_none(polls: Sequence[SeenPoll], meant: Understanding) -> str:
    if not polls:
        return "no_poll"
    return "no_such_poll" if "poll" in meant.slots else "no_poll_to_open"


def _aside(language: str, key: str, **blanks: str | int) -> Deed:
    """An answer for the presenter: nothing was done."""
    return Deed(phrase(language, key, 0, **blanks), on_the_wall=False)


VOTING: Final[Mapping[str, Callable[[AskableRoom, Understanding], Awaitable[Deed]]]] = {
    "poll_open": poll_open,
    "poll_lock": poll_lock,
    "poll_reveal": poll_reveal,
    "poll_read": poll_read,
    "cross": cross,
    "cross_by": cross_by,
}
"""By the intent."""
