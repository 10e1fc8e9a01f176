"""Scores of a quiz: in server time less the delay that the phone measured, with one start for everybody."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from dashboard.rooms.answers import Answer
from dashboard.rooms.poll import Poll
from dashboard.rooms.poll_drafts import Quiz

POINTS: Final = 1_000
"""For a right answer."""
BONUS: Final = 500
"""At most for speed: half of what being right is worth, so that nobody wins by guessing fast."""
DELAY_MAX_MS: Final = 1_000
"""Milliseconds of delay that are believed: a phone that claims more gains nothing by it."""
TOP: Final = 10
"""Lines of a leaderboard that can be read from the last row."""


def answered_at(answer: Answer, heard_ms: int | None, now_ms: int) -> int:
    """When the phone answered, in room time.

    Heard live, it is the moment of hearing less the delay that the phone measured. An answer found in the
    shadow later (the room was restarted in between) is believed what it says, if that is in the past.
    """
    if heard_ms is not None:
        return heard_ms - min(answer.delay, DELAY_MAX_MS)
    return now_ms if answer.at is None else min(answer.at, now_ms)


def points(draft: Quiz, answer: Answer, opened_ms: int) -> int:
    """The score of one frozen answer: `answer.at` is when it was given.

    Speed is measured from the opening of the question for everybody, so that coming late gives no bonus.
    """
    if set(answer.labels) != set(draft.right):
        return 0
    if not draft.speed_bonus or draft.seconds is None or answer.at is None:
        return POINTS
    window = draft.seconds * 1_000
    left = window - min(max(answer.at - opened_ms, 0), window)
    return POINTS + round(BONUS * left / window)


def leaderboard(
    rounds: Iterable[tuple[Poll, Mapping[str, Answer]]], slot_of: Callable[[str], int | None]
) -> list[dict[str, Any]]:
    """The best phones over these revealed quizzes: `{"slot","score","rank"}`, equals with equal rank."""
    scores: dict[str, int] = {}
    for poll, answers in rounds:
        if isinstance(poll.draft, Quiz) and poll.draft.leaderboard:
            for thing, answer in answers.items():
                scores[thing] = scores.get(thing, 0) + points(poll.draft, answer, poll.opened_ms or 0)
    placed = [
        (score, slot) for thing, score in scores.items() if score and (slot := slot_of(thing)) is not None
    ]
    best = sorted(placed, key=lambda line: (-line[0], line[1]))[:TOP]
    return [
        {"slot": slot, "score": score, "rank": 1 + sum(other > score for other, _ in placed)}
        for score, slot in best
    ]
