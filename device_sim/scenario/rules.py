"""The rules of a scenario as its file has them. Times are seconds, `at_s` from the run's start."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from device_sim.phone.behaviour import Habits

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Period = Annotated[float, Field(ge=1, le=86_400, allow_inf_nan=False)]
"""How often something befalls one phone, on average: below a second nothing would come to rest."""
Share = Annotated[float, Field(ge=0, le=1)]


def _in_order(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError("the shortest time comes first, then the longest")
    return span


Span = Annotated[tuple[Seconds, Seconds], AfterValidator(_in_order)]
"""The shortest and the longest time; each in between is as likely."""


class Rule(BaseModel):
    """One table of the file; it has no other keys than these."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Arrival(Rule):
    """When the phones come: which share of them is there by when, straight lines in between."""

    curve: Annotated[tuple[tuple[Seconds, Share], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _rises_to_everybody(self) -> Self:
        points = [(0.0, 0.0), *self.curve]
        if any(late <= early or more < less for (early, less), (late, more) in zip(points, points[1:])):  # noqa: B905, RUF007
            raise ValueError("each point is [seconds, share], and both grow: [[20, 0.6], [60, 1]]")
        if points[-1][1] != 1:
            raise ValueError("the last point has share 1: everybody comes")
        return self


class Sleep(Rule):
    """A phone is locked, and woken later. It says that it is hidden; its system may close its connection."""

    every_s: Period
    for_s: Span
    closed_share: Share = 0.5


class Drop(Rule):
    """A phone loses its network; `half_open`: neither it nor the broker notices before the time is over."""

    every_s: Period
    for_s: Span
    half_open: bool = False


class Reload(Rule):
    """A person reloads the page, which takes so long to load; the phone forgets all but its token."""

    every_s: Period
    for_s: Span = (0.5, 2.0)


class Storm(Rule):
    """A share of the phones lose their network at once, and each has it back after a time of its own."""

    at_s: Seconds
    share: Annotated[float, Field(gt=0, le=1)]
    for_s: Span
    half_open: bool = False


class SceneAt(Rule):
    """The presenter shows something at this time: one of these, or nothing to clear the room."""

    at_s: Seconds
    by: str | None = None
    color: Annotated[str | None, Field(pattern=r"^#[0-9A-Fa-f]{6}$")] = None
    wave: dict[str, Any] | None = None
    blank: bool | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.command) > 1:
            raise ValueError("a scene has one of by, color, wave and blank")
        return self

    @property
    def command(self) -> dict[str, Any]:
        """What the presenter sends."""
        return self.model_dump(exclude={"at_s"}, exclude_none=True)


class Scenario(Rule):
    """A whole file."""

    about: str = ""
    duration_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    """How long a run takes when nothing else is asked for."""
    arrival: Arrival | None = None
    votes: Habits = Habits()
    duplicate_share: Share = 0.0
    """The part of QoS 1 messages that a phone sends twice, as after a lost acknowledgement."""
    sleeps: tuple[Sleep, ...] = ()
    drops: tuple[Drop, ...] = ()
    reloads: tuple[Reload, ...] = ()
    storms: tuple[Storm, ...] = ()
    scenes: tuple[SceneAt, ...] = ()
