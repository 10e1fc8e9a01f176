"""What a talk on AWS IoT costs, worked out from the dated table of prices. Pure."""

import math
from dataclasses import dataclass
from typing import Any, Final

REPORTS_PER_SCENE: Final = 1
VOTES_PER_POLL: Final = 1.2
"""Some change their minds."""
METERED_PER_REPORT: Final = 5
"""Messages of one QoS 1 update of a phone's classic shadow: the publish and its PUBACK, `documents` to the
room and its PUBACK, and one to spare for deltas."""
METERED_PER_VOTE: Final = METERED_PER_REPORT + 1
"""The same, and `accepted` to the phone."""
METERED_PER_JOIN: Final = 16
"""Subscriptions are free; birth, report and get with what they bring, and three retained topics."""
CONNECTIONS_OF_ROOM: Final = 5
SHADOW_BYTES_BILLED: Final = 2
"""Kilobytes: a report with its document."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk as it is planned."""

    phones: int
    minutes: int = 60
    scenes: int = 20
    """Changes of the scene."""
    polls: int = 5
    rejoins: float = 3.0
    """How often a phone comes back: locked, reloaded, out of the room's Wi-Fi."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bill."""

    what: str
    amount: int
    """Of what is metered."""
    free: int
    """Of these in a month, in an account's first year."""
    dollars: float
    """Without anything free."""


def items_of(talk: Talk, prices: dict[str, Any], region: str) -> list[Item]:
    """The bill of a talk, line by line."""
    joins = talk.phones * (1 + talk.rejoins)
    reports = talk.phones * talk.scenes * REPORTS_PER_SCENE
    votes = talk.phones * talk.polls * VOTES_PER_POLL
    broadcasts = talk.phones * (talk.scenes + 3 * talk.polls)
    presence = joins * 2
    updates = joins + reports + votes + presence
    amounts = {
        "connection_minutes": (talk.phones + CONNECTIONS_OF_ROOM) * talk.minutes,
        "messages": joins * METERED_PER_JOIN
        + reports * METERED_PER_REPORT
        + votes * METERED_PER_VOTE
        + broadcasts,
        "shadow_operations": (updates + joins) * SHADOW_BYTES_BILLED,
        "rules_triggered": presence,
        "rule_actions": presence,
    }
    factor = prices["factors"].get(region, 1.0)
    return [
        Item(
            what.replace("_", " "),
            math.ceil(amount),
            int(prices["free_tier"][what]),
            amount * prices[what] * factor / 1_000_000,
        )
        for what, amount in amounts.items()
    ]


def total(items: list[Item]) -> float:
    """Dollars in all, without anything free."""
    return sum(item.dollars for item in items)


def is_free(items: list[Item]) -> bool:
    """True when all of it fits into the free tier of a month that has nothing else in it."""
    return all(item.amount <= item.free for item in items)
