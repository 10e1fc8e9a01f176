"""What doing an intent comes to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Undo = Callable[[str], Awaitable[str]]
"""Takes a deed back; returns what is said of that in a language. May raise `RoomRefused`."""


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
