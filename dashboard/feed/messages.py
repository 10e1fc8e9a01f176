"""The feed's wire: these models own it. `scripts/generate_wire.py` writes the JSON schema and the
TypeScript from them.

The hub builds plain objects of this shape, because 20 times a second is no place for validation; tests
hold them to it.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


MarkGroup = TypeAliasType("MarkGroup", tuple[int, str, list[int]])
"""Marks that look the same: `[flags, "RRGGBB" or "", slots]`; flags: 1 connected, 2 visible, 4 shows the
current scene, 8 simulated. Flags of -1: the marks are gone. A slot is in one group of a message at most."""
TraitGroup = TypeAliasType("TraitGroup", tuple[list[int], list[int]])
"""Phones that have all facts in common: `[indices, slots]`, an index for each dimension of `facts`, in that
order; -1: not reported."""
Facts = TypeAliasType("Facts", dict[str, list[str]])
"""The dimensions, `os` first, and the values of each that traits point into; values are only ever added at
the end."""


class Hello(_Wire):
    """The client's first frame, within 5 s of connecting. `cursor` is that of the newest frame it has: the
    answer is what it missed, or a snapshot when that is not known any more."""

    type: Literal["hello"]
    role: Literal["stage", "presenter"]
    token: str | None = Field(default=None, max_length=512)
    cursor: int | None = None


class Counts(_Wire):
    """Phones that joined, are connected, are looked at, and have answered; the connected by the values of
    every dimension of `facts`, and once more by the family of their system."""

    joined: int
    connected: int
    visible: int
    answered: int
    os: dict[str, int]
    facts: dict[str, dict[str, int]]


class Wave(_Wire):
    """At room time t slot s shows `colors[floor(n * frac((t - at) / period_ms - s / slots))]` of the n
    colours."""

    colors: list[Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]] = Field(min_length=2, max_length=6)
    period_ms: int = Field(ge=1_020, le=60_000)
    slots: int = Field(ge=2, le=10_000)


class Scene(_Wire):
    """What all phones show from `at` (ms of room time) on: `by` with `palette`, `color`, `wave`,
    `blank`, or nothing. Each reports it after a time of its own, by chance from none to `spread_ms`."""

    version: int
    at: int
    spread_ms: int | None = Field(default=None, ge=1, le=60_000)
    by: str | None = None
    palette: dict[str, str] | None = None
    color: str | None = None
    wave: Wave | None = None
    blank: Literal[True] | None = None


class Entry(_Wire):
    """A text from the audience that was approved; `votes` once revealed."""

    id: str
    text: str
    votes: int | None = None
    pinned: Literal[True] | None = None


class Summary(_Wire):
    """Numbers in short; `bins` `[from, to, how many]` of an estimate."""

    n: int
    mean: float
    median: float
    min: float
    max: float
    bins: list[tuple[float, float, int]] | None = None


class Scorer(_Wire):
    """A line of the leaderboard."""

    slot: int
    score: int
    rank: int


class Queue(_Wire):
    """How many texts wait, were approved and were dismissed."""

    pending: int
    approved: int
    dismissed: int


class Poll(_Wire):
    """A question as phones see it; what is from `results` on, when revealed. `poll_id`, `tally` and `queue`
    are the presenter's, who has the rest in every state."""

    id: str
    kind: str
    question: str
    options: list[str]
    state: Literal["draft", "open", "locked", "revealed"]
    anonymous: bool
    language: str | None = None
    closes_at: int | None = None
    max_choices: int | None = None
    min: float | None = None
    max: float | None = None
    labels: list[str] | None = None
    unit: str | None = None
    max_words: int | None = None
    max_chars: int | None = None
    max_questions: int | None = None
    leaderboard: bool | None = None
    fact: str | None = None
    entries: list[Entry] | None = None
    more: int | None = None
    results: dict[str, int] | None = None
    answered: int | None = None
    summary: Summary | None = None
    right: list[str] | None = None
    explanation: str | None = None
    leaderboard_top: list[Scorer] | None = None
    slots: dict[str, list[int]] | None = None
    poll_id: str | None = None
    tally: dict[str, int] | None = None
    queue: Queue | None = None


class PollMessage(_Wire):
    """The poll that is asked, or none."""

    version: int
    poll: Poll | None


class Highlight(_Wire):
    """The phone that is pointed out, until a moment of room time (ms): its mark blinks, at most three times a
    second."""

    slot: int
    until: int


class Controls(_Wire):
    """What the presenter set: no new phones, the code that those must bring, whether a scene can be taken
    back, the slots of the phones that were removed, and the message that is on all phones."""

    frozen: bool
    code: str | None
    undo: bool
    removed: list[int]
    notice: str | None


class ToColour(_Wire):
    """Milliseconds from the newest scene's moment to the report of half and of 95 % of the phones that have
    shown it, of those that were awake."""

    p50_ms: int | None
    p95_ms: int | None
    shown: int
    awaited: int


class RoundTrip(_Wire):
    """Whether a part answers, and in how many milliseconds."""

    up: bool
    ms: float | None


class Health(_Wire):
    """The room's health: `reconnecting` are the phones that were lost within 30 s and are not back."""

    to_colour: ToColour | None
    asleep: int
    reconnecting: int
    broker: RoundTrip
    bridge: RoundTrip
    store: RoundTrip


class Snapshot(_Wire):
    """The first frame: everything. `now` is room time in ms; `closed`, the stage's: no new phone comes in;
    `controls` and `health` are the presenter's."""

    type: Literal["snapshot"]
    role: Literal["stage", "presenter"]
    room: str
    cursor: int
    now: int
    facts: Facts
    marks: list[MarkGroup]
    traits: list[TraitGroup]
    counts: Counts
    scene: Scene | None
    poll: PollMessage | None
    caption: str | None
    highlight: Highlight | None
    closed: bool | None = None
    controls: Controls | None = None
    health: Health | None = None


class Changes(_Wire):
    """What changed since the frame before; what is left out is as it was, null is nothing any more. `now`,
    room time in ms, is there in the answer to a cursor."""

    type: Literal["changes"]
    cursor: int
    now: int | None = None
    marks: list[MarkGroup] | None = None
    traits: list[TraitGroup] | None = None
    facts: Facts | None = None
    counts: Counts | None = None
    scene: Scene | None = None
    poll: PollMessage | None = None
    caption: str | None = None
    highlight: Highlight | None = None
    closed: bool | None = None
    controls: Controls | None = None
    health: Health | None = None


ServerMessage = Annotated[Snapshot | Changes, Field(discriminator="type")]

HELLO: TypeAdapter[Hello] = TypeAdapter(Hello)
SERVER_MESSAGE: TypeAdapter[Snapshot | Changes] = TypeAdapter(ServerMessage)

SLOW_CLIENT = 4008
"""Close code: the client did not read fast enough; it may come back and gets a snapshot."""
NOT_ALLOWED = 4003
"""Close code: the hello was missing, wrong, or had not the presenter's token; coming back the same way
does not help."""


def schema() -> dict[str, Any]:
    """The JSON schema of every message, under `$defs`."""
    both: TypeAdapter[Any] = TypeAdapter(Hello | Snapshot | Changes)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The feed of a room",
        **both.json_schema(),
    }
