"""The device inspector's wire: what the presenter's websocket `/api/rooms/{room}/inspect` says.

These models own it, as those of `messages` own the feed; the inspector builds plain objects of this
shape, and tests hold it to them.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter


class _Wire(BaseModel):
    model_config = ConfigDict(extra="forbid")


class InspectHello(_Wire):
    """The client's first frame, within 5 s of connecting: which device to look at, by its number in the
    room or by its thing's name."""

    type: Literal["hello"]
    token: str = Field(max_length=512)
    slot: int | None = None
    thing: str | None = Field(default=None, max_length=128)


class InspectedPhone(_Wire):
    """What the room knows of the device beside its shadows; `connected` and `visible` are null when it
    does not know. `session` is the start of its newest connection, ms of room time, 0 before the first."""

    slot: int
    connected: bool | None
    visible: bool | None
    sim: bool
    session: int


class InspectedShadow(_Wire):
    """One shadow as the service answers a get; `name` is null for the classic shadow. Times in `metadata`
    and `timestamp` are seconds."""

    name: str | None
    version: int
    timestamp: int
    state: dict[str, Any]
    metadata: dict[str, Any]


class HeardMessage(_Wire):
    """An MQTT message of the device: `n` counts up, `at` is room time in ms, `payload` its text, cut when
    it is long, `size` its bytes."""

    n: int
    at: int
    topic: str
    payload: str
    size: int


class Inspection(_Wire):
    """The first frame: everything. `more` counts shadows beyond those shown, `problem` is a sentence while
    shadows cannot be read."""

    type: Literal["inspection"]
    room: str
    thing: str
    now: int
    phone: InspectedPhone | None
    shadows: list[InspectedShadow]
    more: int
    messages: list[HeardMessage]
    problem: str | None


class InspectionChanges(_Wire):
    """What changed since the frame before; what is left out is as it was. `gone` names deleted shadows;
    `missed` counts messages that came too fast to be told."""

    type: Literal["inspected"]
    now: int
    phone: InspectedPhone | None = None
    shadows: list[InspectedShadow] | None = None
    gone: list[str | None] | None = None
    more: int | None = None
    messages: list[HeardMessage] | None = None
    missed: int | None = None
    problem: str | None = None


InspectorMessage = Annotated[Inspection | InspectionChanges, Field(discriminator="type")]

INSPECT_HELLO: TypeAdapter[InspectHello] = TypeAdapter(InspectHello)
INSPECTOR_MESSAGE: TypeAdapter[Inspection | InspectionChanges] = TypeAdapter(InspectorMessage)

UNKNOWN_DEVICE = 4004
"""Close code: nobody has that number, or the name cannot be a thing's; the reason is a sentence."""


def schema() -> dict[str, Any]:
    """The JSON schema of every message, under `$defs`."""
    every: TypeAdapter[Any] = TypeAdapter(InspectHello | Inspection | InspectionChanges)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The device inspector of a room",
        **every.json_schema(),
    }
