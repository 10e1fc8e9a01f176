"""From what Alexa understood to what the room does, and what the Echo says of it within a second."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import structlog

from broker_bridge.client import ClientError
from broker_bridge.transport.port import TransportError
from dashboard.alexa.envelope import Envelope, Intent, Slot
from dashboard.alexa.interaction_model import LOCALES, NUMBERED, TYPES, echo_intents, slot_values
from dashboard.ask import answer
from dashboard.ask.asker import Asker, help_in
from dashboard.ask.phrase import phrase
from dashboard.ask.port import AskableRoom
from dashboard.ask.understand import Understanding
from dashboard.database import DatabaseError
from dashboard.rooms.poll_errors import PollError

ANSWER_S: Final = 0.8
"""Seconds until the Echo is told that the room is working on it: a second is what a speaker can bridge."""
ENDINGS: Final = frozenset({"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"})
VERSION: Final = "1.0"
FAILURES: Final = (ClientError, TransportError, DatabaseError, PollError, TimeoutError)
"""What a room raises that cannot be reached."""

_log = structlog.get_logger(__name__)


class Skill:
    """Answers verified requests."""

    def __init__(self, asker: Asker, room: AskableRoom) -> None:
        self._asker = asker
        self._room = room
        self._working: set[asyncio.Task[str]] = set()

    async def respond(self, envelope: Envelope) -> dict[str, Any]:
        """The body of the answer, whatever the request is."""
        request = envelope.request
        language = _language(request.locale)
        match request.type:
            case "LaunchRequest":
                count = answer.count(self._room.connected(), language)
                return self._said(phrase(language, "welcome", count=count), language)
            case "IntentRequest" if request.intent is not None:
                return await self._intended(request.intent, language)
            case _:
                # The end of a session, and whatever else there may be: no speech is allowed in the answer.
                return {"version": VERSION, "response": {}}

    async def stop(self) -> None:
        """Give up what is still being worked on."""
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    async def _intended(self, intent: Intent, language: str) -> dict[str, Any]:
        if intent.name in ENDINGS:
            return self._said(phrase(language, "goodbye"), language, end=True)
        if intent.name == "AMAZON.HelpIntent":
            return self._said(help_in(language), language)
        meant = understood(intent, language)
        if meant is None:
            return self._said(phrase(language, "not_heard", help=help_in(language)), language)
        return self._said(await self._done(meant), language)

    async def _done(self, meant: Understanding) -> str:
        """What is said of the deed; it goes on when it takes longer than an Echo can wait."""
        said = " ".join([meant.intent.replace("_", " "), *meant.slots.values()])
        task = asyncio.create_task(self._speech(meant, said), name=f"asked by Echo: {meant.intent}")
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        done, _ = await asyncio.wait([task], timeout=ANSWER_S)
        return task.result() if done else phrase(meant.language, "working")

    async def _speech(self, meant: Understanding, said: str) -> str:
        try:
            return (await self._asker.do(meant, said, way="echo")).speech
        except FAILURES as error:
            _log.warning("an Echo's question could not be done", intent=meant.intent, error=str(error))
            return phrase(meant.language, "room_away")

    def _said(self, speech: str, language: str, *, end: bool = False) -> dict[str, Any]:
        response: dict[str, Any] = {
            # A voice gets plain spaces: what it makes of French's narrow ones nobody promises.
            "outputSpeech": {"type": "PlainText", "text": speech.replace("\u202f", " ")},
            "card": {"type": "Simple", "title": "Shadowroom", "content": speech},
            "shouldEndSession": end,
        }
        if not end:
            again = phrase(language, "again")
            response["reprompt"] = {"outputSpeech": {"type": "PlainText", "text": again}}
            response["directives"] = self._own_words()
        return {"version": VERSION, "response": response}

    def _own_words(self) -> list[dict[str, Any]]:
        """The options of the poll, which the Echo cannot know from its model."""
        poll = self._room.poll_shown()
        if poll is None or not poll.options:
            return []
        values = [
            {"id": str(number), "name": {"value": option, "synonyms": []}}
            for number, option in enumerate(poll.options, 1)
        ]
        types = [{"name": TYPES["answer"], "values": values}]
        return [{"type": "Dialog.UpdateDynamicEntities", "updateBehavior": "REPLACE", "types": types}]


def understood(intent: Intent, language: str) -> Understanding | None:
    """What an intent of the skill means; None when a slot has a value that is none."""
    known = echo_intents().get(intent.name)
    if known is None:
        return None
    filled = {name: slot for name, slot in (intent.slots or {}).items() if slot.value is not None}
    slots = {name: _value(name, slot) for name, slot in filled.items()}
    if any(value is None for value in slots.values()):
        return None
    given: Mapping[str, str] = {name: value for name, value in slots.items() if value is not None}
    if not _NEEDED.get(known.intent, frozenset()) <= given.keys():
        return None
    return Understanding(known.intent, language, {**known.slots, **given})


def _value(name: str, slot: Slot) -> str | None:
    if name in NUMBERED:
        return slot.value if slot.value is not None and slot.value.isdecimal() else None
    if name not in TYPES:
        return None
    found = slot.resolved()
    if name == "answer" and (found is None or found.isdecimal()):
        return found or f"={slot.value}"
    return None if found is None else slot_values(name).get(found)


def _language(locale: str) -> str:
    return LOCALES.get(locale) or ("fr" if locale.startswith("fr") else "en")


_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "break_down": frozenset({"fact"}),
    "colour_all": frozenset({"color"}),
    "colour_group": frozenset({"group", "color"}),
    "highlight": frozenset({"phone"}),
    "cross": frozenset({"answer"}),
    "cross_by": frozenset({"fact"}),
}
"""Slots without which an intent says nothing."""
