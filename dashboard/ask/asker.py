"""Does what was asked of the room and says what is true of it now."""

from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from dashboard.ask import answer
from dashboard.ask.understand import NotUnderstood, Understanding, understand

TEXT_MAX = 300
"""Characters of one question: three long sentences."""

_log = structlog.get_logger(__name__)


class BadQuestion(ValueError):
    """There is nothing to understand; the text says what to send."""


class AskableRoom(Protocol):
    """What an answer needs of a room."""

    async def show(self, command: dict[str, Any]) -> int:
        """Show a scene (`{"by":"os"}`, `{"color":"#…"}`, `{}`); returns its version."""

    def count_by(self, fact: str) -> dict[str, int]:
        """Value of a fact → connected phones that report it."""

    def connected(self) -> int:
        """Connected phones."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    intent: str | None
    """None: not understood."""
    speech: str
    """One sentence or two, to be read aloud and shown."""
    language: str
    slots: dict[str, str] = field(default_factory=dict)
    suggestions: list[str] = field(default_factory=list)
    version: int | None = None
    """Of the scene that now shows, when the question changed it."""

    def as_json(self) -> dict[str, Any]:
        """The body of `POST /ask`."""
        if self.intent is None:
            return {
                "intent": None,
                "speech": self.speech,
                "language": self.language,
                "suggestions": self.suggestions,
            }
        body = {"intent": self.intent, "speech": self.speech, "language": self.language, "slots": self.slots}
        return body if self.version is None else {**body, "version": self.version}


async def ask(room: AskableRoom, text: object) -> Answer:
    """Understand, do, answer. Raises `BadQuestion`, and what `room.show` raises."""
    if not isinstance(text, str) or not text.strip():
        raise BadQuestion('Send {"text":"…"} with what you want to know, such as "show the browsers".')
    if len(text) > TEXT_MAX:
        raise BadQuestion(f"That is too long: ask in at most {TEXT_MAX} characters.")
    meant = understand(text)
    if isinstance(meant, NotUnderstood):
        speech = answer.not_understood(meant.suggestions, meant.language)
        return Answer(None, speech, meant.language, suggestions=list(meant.suggestions))
    command = _command(meant)
    version = None if command is None else await room.show(command)
    _log.info("asked", intent=meant.intent, language=meant.language, slots=dict(meant.slots))
    return Answer(meant.intent, _speech(room, meant), meant.language, dict(meant.slots), version=version)


def _command(meant: Understanding) -> dict[str, Any] | None:
    """The scene that an intent wants; None: it only asks."""
    match meant.intent:
        case "break_down":
            return {"by": meant.slots["fact"]}
        case "colour_all":
            return {"color": meant.slots["color"]}
        case "clear":
            return {}
        case _:
            return None


def _speech(room: AskableRoom, meant: Understanding) -> str:
    connected, language = room.connected(), meant.language
    match meant.intent:
        case "break_down":
            fact = meant.slots["fact"]
            return answer.break_down(fact, room.count_by(fact), connected, language)
        case "colour_all":
            return answer.coloured(meant.slots["color"], connected, language)
        case "clear":
            return answer.cleared(connected, language)
        case _:
            family = meant.slots.get("os")
            if family is None:
                return answer.count(connected, language)
            return answer.count_os(family, room.count_by("os"), connected, language)
