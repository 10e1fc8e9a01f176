"""What a scenario does to a crowd's phones, counted, and how long a storm's phones took to be right again."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from device_sim.crowd.crowd import Crowd
from device_sim.phone.phone import Line, Phone
from device_sim.phone.state import State
from device_sim.report.measure import Latencies, Rounds
from device_sim.scenario.rules import Scenario
from device_sim.scenario.timeline import Happening, Kind, timeline

LOOK_SECONDS = 0.05
"""Between two looks at who of a storm's phones is right again."""
LOCKED = frozenset((Kind.HIDDEN, Kind.ASLEEP))


@dataclass
class StormOutcome:
    """One storm: whom it hit, and since when they could come back (`time.perf_counter()`)."""

    at_s: float
    hit: int
    began: float
    waiting: dict[int, float]
    """Phones that are not right again, each with the moment at which its network returned or will."""
    back: Latencies = field(default_factory=Latencies)
    """From the return of a phone's network until it is here and shows the newest scene."""
    all_s: float | None = None
    """From the storm until that holds for all of them; None: not within the run."""

    def summary(self) -> dict[str, Any]:
        """For the report."""
        total = None if self.all_s is None else round(self.all_s, 3)
        return {"at_s": self.at_s, "hit": self.hit, "back": self.back.summary(), "all_s": total}


class Trouble:
    """Plays a scenario's rules on a crowd."""

    def __init__(self, scenario: Scenario, crowd: Crowd, on_wall: Rounds, seed: int) -> None:
        """`on_wall` is told of those who cannot be expected to be seen there."""
        self._scenario = scenario
        self._crowd = crowd
        self._on_wall = on_wall
        self._seed = seed
        self._deserted: list[Line] = []
        """Connections that are dead to their phones; the broker closes each when its phone is back."""
        self.counts: Counter[Kind] = Counter()
        self.storms: list[StormOutcome] = []

    async def play(self, start: float, seconds: float) -> None:
        """Let everything happen that is over within so many seconds of `start` (`time.perf_counter()`)."""
        for happening in timeline(self._scenario, len(self._crowd.phones), self._seed):
            if happening.at >= seconds:
                return
            if (early := start + happening.at - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self._befall(happening, seconds)

    def _befall(self, happening: Happening, seconds: float) -> None:
        now, hit = time.perf_counter(), dict[int, float]()
        for index, lasting in happening.phones:
            phone = self._crowd.phones[index]
            # Who sleeps may do so beyond the end; who lost the network must be back, or would count as lost.
            over = happening.at + lasting >= seconds and happening.kind not in LOCKED
            if not over and self._can_befall(happening.kind, phone):
                self._one(happening.kind, phone, lasting)
                hit[index] = now + lasting
        if happening.is_storm:
            self.storms.append(StormOutcome(happening.at, len(hit), now, hit))
            self._look(self.storms[-1])

    def _can_befall(self, kind: Kind, phone: Phone) -> bool:
        awake = phone.visible or kind in (Kind.LOST, Kind.HALF_OPEN)
        return phone.state is State.HERE and awake and phone.index not in self._crowd.without_network

    def _one(self, kind: Kind, phone: Phone, lasting: float) -> None:
        self.counts[kind] += 1
        if kind is not Kind.HIDDEN:
            self._crowd.recolours.excuse(phone.index)
            self._on_wall.excuse(phone.slot)
        if kind in LOCKED:
            phone.lock()
            if kind is Kind.ASLEEP:
                phone.hang_up()
            self._crowd.later(lasting, self._unlock, phone)
            return
        self._crowd.without_network.add(phone.index)
        match kind:
            case Kind.HALF_OPEN:
                phone.go_silent()
            case Kind.RELOADED:
                phone.reload()
            case _:
                phone.hang_up()
        self._crowd.later(lasting, self._network_back, phone)

    def _unlock(self, phone: Phone) -> None:
        phone.unlock()
        self._crowd.come_back(phone)

    def _network_back(self, phone: Phone) -> None:
        self._crowd.without_network.discard(phone.index)
        if phone.state in (State.SETTLING, State.HERE) and (line := phone.give_up()) is not None:
            self._deserted.append(line)

    def _look(self, storm: StormOutcome) -> None:
        """Note who is right again, until all are."""
        now = time.perf_counter()
        for index, since in [*storm.waiting.items()]:
            phone = self._crowd.phones[index]
            if phone.is_asleep or phone.state is State.GONE:
                del storm.waiting[index]
            elif now >= since and phone.state is State.HERE and not phone.is_wrong and not phone.owes:
                del storm.waiting[index]
                storm.back.record(now - since)
        if storm.waiting:
            self._crowd.later(LOOK_SECONDS, self._look, storm)
        elif storm.all_s is None:
            storm.all_s = now - storm.began

    @property
    def unsettled(self) -> int:
        """How many phones of all storms are not right again."""
        return sum(len(storm.waiting) for storm in self.storms)

    def close(self) -> None:
        """Close what no phone will close."""
        for line in self._deserted:
            line.hang_up()

    def summary(self) -> dict[str, Any]:
        """What happened, for the report."""
        phones = self._crowd.phones
        return {
            "about": self._scenario.about,
            **{kind.value: self.counts[kind] for kind in Kind},
            "sent_twice": sum(phone.sent_twice for phone in phones),
            "asleep_at_the_end": sum(phone.is_asleep for phone in phones),
            "storms": [storm.summary() for storm in self.storms],
        }
