"""What doing an intent comes to, and how it is taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.ask.phrase import phrase
from dashboard.ask.port import AskableRoom

OPENED: Final = "opened"
"""A question that was asked: a draft again while nobody has answered it, else closed again."""
_SAID: Final = {"lock": "undo_open", "reset": "undo_draft", "reopen": "undo_lock", "hide": "undo_reveal"}
"""What is said of the event that took a deed back."""


@dataclass(frozen=True, slots=True)
class Undo:
    """How a deed is taken back. Data and no function, so that it can be kept over a restart."""

    scenes: int = 0
    """Scenes to go back."""
    poll: str = ""
    """The id of a poll."""
    event: str = ""
    """What happens to it: an event of a poll's life, or `OPENED`."""

    async def take_back(self, room: AskableRoom, language: str) -> str:
        """Do it; what is said of that. May raise `RoomRefused`."""
        if not self.poll:
            for _ in range(self.scenes):
                await room.undo_scene()
            return phrase(language, "undo_scene")
        event = self.event
        if event == OPENED:
            # A draft takes the answers away, so only a question that nobody answered becomes one again.
            seen = next((poll for poll in room.polls() if poll.id == self.poll), None)
            event = "lock" if seen is not None and seen.answered else "reset"
        await room.change_poll(self.poll, event)
        return phrase(language, _SAID[event])

    def as_json(self) -> Mapping[str, str | int]:
        """As the room keeps it: the arguments of `Undo`."""
        return {"poll": self.poll, "event": self.event} if self.poll else {"scenes": self.scenes}


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, and what is said of it."""

    speech: str
    version: int | None = None
    """Of the scene that now shows, when it was changed."""
    undo: Undo | None = None
    """None: nothing was changed."""
    on_the_wall: bool = True
    """False: an answer for the presenter alone, such as a help text."""
