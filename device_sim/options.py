"""What a run is asked to do."""

import resource
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from device_sim.crowd.arrival import arrivals, arrivals_along
from device_sim.errors import SimError
from device_sim.ports import BrokerDoor
from device_sim.scenario.rules import Scenario

DEFAULT_RATE = 500.0
"""Phones per second that scan the code: 2,000 arrive within 4 s, as in a hall after "please scan this"."""
SPARE_DESCRIPTORS = 200
"""File descriptors for everything but the phones: joins over HTTP, the feed, standard streams, libraries."""


@dataclass(frozen=True, slots=True)
class SimOptions:
    """One run of the crowd. `check` says what is wrong with it."""

    url: str
    """The dashboard, for instance `http://127.0.0.1:8000`."""
    room: str = "DEMO"
    phones: int = 200
    duration: float = 30.0
    """Seconds from the first arrival to the end; 0 stays until stopped."""
    report: Path | None = None
    """Where the JSON report goes."""
    presenter_token: str | None = field(default=None, repr=False)
    """With it the run recolours the room and measures that; without it, it only follows."""
    keep: bool = False
    """Leave the phones' things in the room at the end."""
    seed: int = 1
    """Decides who is in the room, when they arrive and what they vote."""
    rate: float | None = None
    """Arrivals per second; None for `DEFAULT_RATE`."""
    scenario: Scenario = field(default_factory=Scenario)
    """What befalls the phones, and when they come unless `rate` says so."""
    direct: BrokerDoor | None = None
    """Where phones connect when not through the room's tunnel, which costs two connections for each."""
    quiet: bool = False
    """No progress line and no summary."""
    tokens: Path | None = None
    """Where the phones' tokens are kept while they are in the room: by them a killed crowd comes back."""
    code: str | None = field(default=None, repr=False)
    """The room's join code, where it asks for one."""

    @property
    def resident(self) -> bool:
        """True when the crowd stays until it is stopped."""
        return self.duration == 0

    @property
    def arrivals_per_second(self) -> float | None:
        """The rate of arrivals that holds; None where the scenario has a curve."""
        return self.rate or (None if self.scenario.arrival else DEFAULT_RATE)

    def arrivals(self) -> list[float]:
        """Seconds after the start at which each phone comes, in order."""
        if self.rate is None and self.scenario.arrival is not None:
            return arrivals_along(self.scenario.arrival.curve, self.phones, self.seed)
        return arrivals(self.phones, self.rate or DEFAULT_RATE, self.seed)

    def check(self) -> None:
        """Raise `SimError` for what cannot be run, and make room for one file descriptor per phone."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SimError(f"{self.url!r} is no address of a dashboard; give one like http://127.0.0.1:8000")
        if self.phones < 1 or self.duration < 0 or (self.rate is not None and self.rate <= 0):
            raise SimError("A run needs at least one phone, a duration of 0 s or more and a rate above 0.")
        _raise_descriptor_limit(self.phones + SPARE_DESCRIPTORS)


def _raise_descriptor_limit(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise SimError(
            f"{wanted} connections are needed and this process may open {hard}: "
            "start fewer phones, or raise the limit with `ulimit -n`."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
