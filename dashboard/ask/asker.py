"""Does what was asked of the room, says what is true of it now, and keeps both in the room's log."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from dashboard.ask.deed import Deed, Undo
from dashboard.ask.language_model import language_model
from dashboard.ask.phrase import either, phrase
from dashboard.ask.port import AskableRoom, LogEntry, RoomRefused, Way
from dashboard.ask.showing import SHOWING
from dashboard.ask.understand import SUGGESTIONS, NotUnderstood, Understanding, Vocabulary, understand
from dashboard.ask.voting import VOTING
from dashboard.rooms.facts import FACTS
from dashboard.rooms.scene import SceneError

TEXT_MAX: Final = 300
"""Characters of one question: three long sentences."""
HEARD_MAX: Final = 5
"""Readings of one utterance that are tried: what a browser's recogniser offers."""
UNDO_MAX: Final = 20
"""Deeds that can be undone, one after the other: more than anybody remembers."""

_log = structlog.get_logger(__name__)


class BadQuestion(ValueError):
    """There is nothing to understand; the text says what to send."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    intent: str | None
    """None: not understood."""
    speech: str
    """One sentence or two, to be read aloud and shown."""
    language: str
    heard: str = ""
    """The reading of the question that was understood."""
    slots: dict[str, str] = field(default_factory=dict)
    suggestions: list[str] = field(default_factory=list)
    version: int | None = None
    """Of the scene that now shows, when the question changed it."""
    can_undo: bool = False
    """True when "undo" would take something back."""

    def as_json(self) -> dict[str, Any]:
        """The body of `POST /ask`."""
        body: dict[str, Any] = {
            "intent": self.intent,
            "speech": self.speech,
            "language": self.language,
            "heard": self.heard,
            "can_undo": self.can_undo,
        }
        if self.intent is None:
            return {**body, "suggestions": self.suggestions}
        body["slots"] = self.slots
        return body if self.version is None else {**body, "version": self.version}


class Asker:
    """One room's ear and mouth, for every way in. Questions are done one after the other."""

    def __init__(self, room: AskableRoom, now_ms: Callable[[], int]) -> None:
        self._room = room
        self._now_ms = now_ms
        self._asking = asyncio.Lock()

    async def ask(self, heard: Sequence[object], *, way: Way = "text", prefer: str | None = None) -> Answer:
        """Understand the first reading that can be understood, do it, answer.

        `prefer` is the language to try first. Raises `BadQuestion`, and what the room raises when it cannot
        be reached.
        """
        texts = _texts(heard)
        vocabulary = self._vocabulary()
        readings = [(text, understand(text, vocabulary, prefer)) for text in texts]
        for text, meant in readings:
            if isinstance(meant, Understanding):
                return await self.do(meant, text, way=way)
        text, missed = readings[0]
        assert isinstance(missed, NotUnderstood)  # noqa: S101 - all others were returned above
        return await self._not_understood(missed, text, way)

    async def do(self, meant: Understanding, said: str, *, way: Way) -> Answer:
        """Do what was meant by `said`, and answer. Raises what the room raises when it cannot be reached."""
        async with self._asking:
            undos = [Undo(**undo) for undo in await self._room.kept_undos()]
            deed = await self._deed(meant, undos)
            if deed.undo is not None:
                undos = [*undos, deed.undo][-UNDO_MAX:]
            if deed.undo is not None or meant.intent == "undo":
                await self._room.keep_undos([undo.as_json() for undo in undos])
            if deed.on_the_wall:
                self._room.set_caption(deed.speech)
            await self._keep(way, said, meant.language, meant, deed.speech)
            _log.info("asked", way=way, intent=meant.intent, language=meant.language, slots=dict(meant.slots))
            return Answer(
                *(meant.intent, deed.speech, meant.language, said, dict(meant.slots)),
                version=deed.version,
                can_undo=bool(undos),
            )

    async def _deed(self, meant: Understanding, undos: list[Undo]) -> Deed:
        language = meant.language
        try:
            match meant.intent:
                case "help":
                    return Deed(help_in(language), on_the_wall=False)
                case "undo":
                    return await self._undo(language, undos)
                case intent:
                    return await (SHOWING.get(intent) or VOTING[intent])(self._room, meant)
        except (RoomRefused, SceneError) as refused:
            return Deed(phrase(language, "poll_refused", reason=str(refused)), on_the_wall=False)

    async def _undo(self, language: str, undos: list[Undo]) -> Deed:
        if undos:
            # Off the list whether or not it can be done: the one before it is asked for next.
            said = await undos.pop().take_back(self._room, language)
            return Deed(phrase(language, "undone", what=said))
        if await self._room.undo_scene():
            return Deed(phrase(language, "undone", what=phrase(language, "undo_scene")))
        return Deed(phrase(language, "nothing_to_undo"), on_the_wall=False)

    async def _not_understood(self, missed: NotUnderstood, text: str, way: Way) -> Answer:
        key = "did_you_mean" if missed.near else "not_heard"
        tried = either(missed.language, missed.suggestions)
        speech = phrase(
            missed.language,
            key,
            suggestions=tried,
            help=phrase(missed.language, "help", suggestions=tried),
        )
        await self._keep(way, text, missed.language, None, speech)
        return Answer(
            *(None, speech, missed.language, text),
            suggestions=list(missed.suggestions),
            can_undo=bool(await self._room.kept_undos()),
        )

    async def _keep(
        self, way: Way, text: str, language: str, meant: Understanding | None, speech: str
    ) -> None:
        intent, slots = (None, {}) if meant is None else (meant.intent, meant.slots)
        await self._room.log(LogEntry(self._now_ms(), way, text, language, intent, slots, speech))

    def _vocabulary(self) -> Vocabulary:
        poll = self._room.poll_shown()
        reported = {fact for phone in self._room.phones() for fact in phone.facts}
        return Vocabulary(() if poll is None else poll.options, sorted(reported.difference(FACTS, _NO_FACTS)))


def help_in(language: str) -> str:
    """What one can say, in one sentence."""
    examples = [*language_model(language).examples]
    shown = examples[:: max(1, len(examples) // SUGGESTIONS)][:SUGGESTIONS]
    return phrase(language, "help", suggestions=either(language, shown))


def _texts(heard: Sequence[object]) -> list[str]:
    texts = [text for text in heard if isinstance(text, str) and text.strip()]
    if not texts or len(heard) > HEARD_MAX:
        raise BadQuestion('Send {"text":"…"} with what you want to know, such as "show the browsers".')
    if any(len(text) > TEXT_MAX for text in texts):
        raise BadQuestion(f"That is too long: ask in at most {TEXT_MAX} characters.")
    return texts


_NO_FACTS: Final = frozenset({"room", "scene", "color", "message", "removed", "highlight", "os_evidence"})
"""What phones report beside facts about themselves."""
