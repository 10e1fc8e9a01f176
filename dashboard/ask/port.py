"""What asking needs of a room. The dashboard's rooms fulfil it; so may any other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Way = Literal["text", "voice", "echo"]
"""How a question came in: typed, spoken to the presenter's browser, spoken to an Echo."""


class RoomRefused(Exception):
    """The room cannot do that now, for instance because another poll is open."""


@dataclass(frozen=True, slots=True)
class SeenPhone:
    """One phone of the room."""

    slot: int
    connected: bool
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SeenPoll:
    """One poll of the room."""

    id: str
    number: int
    """1 for the first that was prepared."""
    question: str
    options: Sequence[str]
    state: Literal["draft", "open", "locked", "revealed"]
    answered: int
    counts: Mapping[str, int] = field(default_factory=dict)
    """Option → answers; empty until it is revealed, because what is asked aloud is answered aloud."""


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """The answers of one group of phones."""

    answered: int
    """Phones; each may have chosen several options."""
    counts: Mapping[str, int]
    """Option → phones that chose it."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of the room's log: what was asked, and what came of it."""

    at_ms: int
    way: Way
    text: str
    language: str
    intent: str | None
    slots: Mapping[str, str]
    speech: str


class AskableRoom(Protocol):
    """A room that can be asked. Every method answers at once, without waiting for phones."""

    async def show(self, command: dict[str, Any]) -> int:
        """Show a scene (`{"by":"os"}`, `{"color":"#…"}`, `{}`); returns its version."""

    async def colour_group(self, fact: str, values: Sequence[str], color: str) -> int:
        """Give the phones with these values of a fact a colour, one value after the other; as `show`."""

    async def kept_undos(self) -> Sequence[Mapping[str, Any]]:
        """What `keep_undos` was told last, also before a restart; nothing in a new room."""

    async def keep_undos(self, undos: Sequence[Mapping[str, Any]]) -> None:
        """Keep how deeds are taken back, the newest last."""

    async def undo_scene(self) -> bool:
        """Show what was shown before the last scene, whoever set it; False when there is none before."""

    def count_by(self, fact: str) -> Mapping[str, int]:
        """Value of a fact → connected phones that report it."""

    def phones(self) -> Iterable[SeenPhone]:
        """All that joined."""

    def connected(self) -> int:
        """Connected phones."""

    async def point_out(self, slot: int) -> bool:
        """Let one phone and its mark blink for a while; False when nobody has this number."""

    def polls(self) -> Sequence[SeenPoll]:
        """All, in the order of their numbers."""

    def poll_shown(self) -> SeenPoll | None:
        """The one that the phones see."""

    async def change_poll(self, poll_id: str, event: str) -> SeenPoll:
        """`open`, `lock`, `reveal`, `reopen` or `reset` a poll. Raises `RoomRefused`."""

    def answers_by(self, fact: str) -> Mapping[str, SeenGroup] | None:
        """Value of a fact → what its phones answered to the poll that is shown; None before it is revealed.

        Groups that are too small to be anonymous are left out.
        """

    def set_caption(self, caption: str | None) -> None:
        """Show a line under the wall, or take it away."""

    async def log(self, entry: LogEntry) -> None:
        """Keep a line in the room's log."""
