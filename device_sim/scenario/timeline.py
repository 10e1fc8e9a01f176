"""What befalls which phone when, as a function of the rules and a seed: no clock, no input, no output."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from device_sim.scenario.rules import Drop, Reload, Scenario, Sleep, Storm


class Kind(StrEnum):
    """What befalls a phone."""

    HIDDEN = "hidden"
    """Locked; its connection stays."""
    ASLEEP = "asleep"
    """Locked; its system closes the connection."""
    LOST = "network_lost"
    HALF_OPEN = "half_open"
    RELOADED = "reloaded"


@dataclass(frozen=True, slots=True)
class Happening:
    """At `at` seconds it befalls these phones, each for a time of its own."""

    at: float
    kind: Kind
    phones: tuple[tuple[int, float], ...]
    """Index, and for how many seconds."""
    is_storm: bool = False


def timeline(scenario: Scenario, phones: int, seed: int) -> Iterator[Happening]:
    """All that happens, in order, without an end where a rule has none.

    What befalls a phone every so often befalls the room as a Poisson stream that is so many times denser.
    """
    steady: tuple[Sleep | Drop | Reload, ...] = (*scenario.sleeps, *scenario.drops, *scenario.reloads)
    streams = [
        _steady(rule, phones, Random(f"{seed}:scenario:{number}"))  # noqa: S311, a crowd and no secret
        for number, rule in enumerate(steady)
    ]
    streams += [
        iter((_storm(rule, phones, Random(f"{seed}:storm:{number}")),))  # noqa: S311
        for number, rule in enumerate(scenario.storms)
    ]
    return heapq.merge(*streams, key=lambda happening: happening.at)


def _steady(rule: Sleep | Drop | Reload, phones: int, rng: Random) -> Iterator[Happening]:
    at = 0.0
    while True:
        at += rng.expovariate(phones / rule.every_s)
        yield Happening(at, _kind(rule, rng), ((rng.randrange(phones), rng.uniform(*rule.for_s)),))


def _storm(rule: Storm, phones: int, rng: Random) -> Happening:
    hit = rng.sample(range(phones), max(round(rule.share * phones), 1))
    kind = Kind.HALF_OPEN if rule.half_open else Kind.LOST
    return Happening(rule.at_s, kind, tuple((index, rng.uniform(*rule.for_s)) for index in hit), True)


def _kind(rule: Sleep | Drop | Reload, rng: Random) -> Kind:
    match rule:
        case Sleep():
            return Kind.ASLEEP if rng.random() < rule.closed_share else Kind.HIDDEN
        case Reload():
            return Kind.RELOADED
        case _:
            return Kind.HALF_OPEN if rule.half_open else Kind.LOST
