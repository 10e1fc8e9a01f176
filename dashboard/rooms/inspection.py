"""One device as the inspector shows it: its shadows and its latest messages, and what of that is news.
Pure: time is an argument.

Brokers may deliver a message once for each overlapping subscription, and the room has others: an answer
that is heard twice in a row counts once.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from broker_bridge.wire.topics import Answer, Operation, ShadowId, parse_answer, parse_request
from dashboard.rooms.room import Phone

MESSAGES_MAX: Final = 40
"""Messages that are kept for whoever comes to look, and told in one frame: more than a screen shows."""
PAYLOAD_MAX: Final = 4_096
"""Characters of a payload that are shown: a shadow of 8 KB with its metadata is nothing to read on a wall."""
SHADOWS_MAX: Final = 24
"""Shadows of one device that are shown; what is beyond is counted."""
ECHO_MS: Final = 1_000
"""An answer that comes again within this time is the same delivery for another subscription."""
NEWEST_MAX: Final = 8
"""Disconnected phones that are worth choosing from: who went last is likeliest to be there still."""

_MISSING: Final = object()


class Inspection:
    """What is known of one device. Not thread-safe."""

    def __init__(self, thing: str) -> None:
        self.thing = thing
        self._shadows: dict[str | None, dict[str, Any]] = {}
        self._overflow: set[str] = set()
        self._messages: deque[dict[str, Any]] = deque(maxlen=MESSAGES_MAX)
        self._answers: dict[str, tuple[bytes, int]] = {}
        self._number = 0
        self._told_number = 0
        self._phone: dict[str, Any] | None = None
        self._problem: str | None = None
        self._told: dict[str, Any] = {}
        """What watchers know of `phone`, `more` and `problem`."""
        self._changed: set[str | None] = set()
        self._gone: set[str | None] = set()

    def heard(self, topic: str, payload: bytes, now_ms: int) -> ShadowId | None:
        """Take a message in; the shadow that it says has changed, if it says so."""
        answer = parse_answer(topic)
        if (answer is not None or parse_request(topic) is None) and self._is_echo(topic, payload, now_ms):
            return None
        self._number += 1
        text = payload[: PAYLOAD_MAX * 4].decode("utf-8", "replace")[:PAYLOAD_MAX]
        self._messages.append(
            {"n": self._number, "at": now_ms, "topic": topic, "payload": text, "size": len(payload)}
        )
        if answer is None:
            return None
        shadow, operation, kind = answer
        updated = kind is Answer.DOCUMENTS
        deleted = operation is Operation.DELETE and kind is Answer.ACCEPTED
        return shadow if updated or deleted else None

    def _is_echo(self, topic: str, payload: bytes, now_ms: int) -> bool:
        before = self._answers.get(topic)
        if len(self._answers) >= SHADOWS_MAX * 16:
            self._answers.clear()
        self._answers[topic] = (payload, now_ms)
        return before is not None and before[0] == payload and now_ms - before[1] < ECHO_MS

    def admits(self, name: str | None) -> bool:
        """True when this shadow has a place among those shown; else it is counted in `more`."""
        if name in self._shadows or name is None or len(self._shadows) < SHADOWS_MAX:
            return True
        self._overflow.add(name)
        return False

    def took(self, name: str | None, document: Mapping[str, Any] | None) -> None:
        """A shadow as the service answered a get; None when there is none."""
        if document is None:
            if self._shadows.pop(name, None) is not None:
                self._changed.discard(name)
                self._gone.add(name)
            return
        shown = {
            "name": name,
            "version": int(document.get("version", 0)),
            "timestamp": int(document.get("timestamp", 0)),
            "state": document.get("state") or {},
            "metadata": document.get("metadata") or {},
        }
        known = self._shadows.get(name)
        # The timestamp of an answer is the time of asking: alone it is no news.
        if known is not None and {**known, "timestamp": 0} == {**shown, "timestamp": 0}:
            return
        self._shadows[name] = shown
        self._gone.discard(name)
        self._changed.add(name)

    def names(self) -> set[str | None]:
        """The shadows that are known."""
        return {*self._shadows}

    def met(self, phone: Phone | None) -> None:
        """What the room knows of the device now; None when it is no phone of the room."""
        self._phone = None if phone is None else phone_facts(phone)

    def troubled(self, problem: str | None) -> None:
        """A sentence while shadows cannot be read; None when they can."""
        self._problem = problem

    def snapshot(self, room: str, now_ms: int) -> dict[str, Any]:
        """Everything, for a new watcher."""
        return {
            "type": "inspection",
            "room": room,
            "thing": self.thing,
            "now": now_ms,
            "shadows": [self._shadows[name] for name in sorted(self._shadows, key=_classic_first)],
            "messages": [*self._messages],
            **self._rest(),
        }

    def take_changes(self, now_ms: int) -> dict[str, Any] | None:
        """What is news since the last time; None when nothing is."""
        rest = self._rest()
        news: dict[str, Any] = {k: v for k, v in rest.items() if self._told.get(k, _MISSING) != v}
        self._told = rest
        if self._changed:
            news["shadows"] = [self._shadows[name] for name in sorted(self._changed, key=_classic_first)]
        if self._gone:
            news["gone"] = sorted(self._gone, key=_classic_first)
        messages = [message for message in self._messages if message["n"] > self._told_number]
        if messages:
            news["messages"] = messages
            if missed := self._number - self._told_number - len(messages):
                news["missed"] = missed
        self._told_number = self._number
        self._changed.clear()
        self._gone.clear()
        return {"type": "inspected", "now": now_ms, **news} if news else None

    def _rest(self) -> dict[str, Any]:
        return {"phone": self._phone, "more": len(self._overflow), "problem": self._problem}


def phone_facts(phone: Phone) -> dict[str, Any]:
    """A phone as the inspector's wire has it."""
    visible = phone.facts.get("visible")
    return {
        "slot": phone.slot,
        "connected": phone.connected,
        "visible": visible if isinstance(visible, bool) else None,
        "sim": phone.sim or phone.facts.get("sim") is True,
        "session": max(phone.session, 0),
    }


def sleepiest(phones: Iterable[Phone], avoid: int | None = None) -> list[Phone]:
    """The phones that are best to show sleep on, all as good as each other; empty in an empty room.

    Real phones that are connected and not looked at come first, then real ones that went last, then
    simulated ones in the same order, then who is awake, real before simulated. `avoid` is a slot that is
    chosen only when there is no other.
    """
    groups: dict[int, list[Phone]] = {}
    for phone in phones:
        groups.setdefault(_wakefulness(phone), []).append(phone)
    for rank in sorted(groups):
        group = sorted(groups[rank], key=lambda phone: phone.session, reverse=True)
        if rank % 3 == _AWAY:
            group = group[:NEWEST_MAX]
        others = [phone for phone in group if phone.slot != avoid]
        if others or len(groups) == 1:
            return others or group
    return []


_HIDDEN, _AWAY = 0, 1
_AWAKE_REAL, _AWAKE_SIM = 6, 9


def _wakefulness(phone: Phone) -> int:
    facts = phone_facts(phone)
    sim = bool(facts["sim"])
    if facts["connected"] and facts["visible"] is not False:
        return _AWAKE_SIM if sim else _AWAKE_REAL
    return 3 * sim + (_HIDDEN if facts["connected"] else _AWAY)


def _classic_first(name: str | None) -> str:
    return name or ""
