"""A room in memory that can be asked: `dashboard.ask.port.AskableRoom` without broker or database."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.ask.port import LogEntry, RoomRefused, SeenGroup, SeenPhone, SeenPoll
from dashboard.rooms.facts import fact_value

AFTER = {
    "open": "open",
    "reopen": "open",
    "lock": "locked",
    "hide": "locked",
    "reveal": "revealed",
    "reset": "draft",
}


class Hall:
    """A room that remembers what it was told. By default 187 phones: 116 Android, 66 iOS, 5 Windows."""

    def __init__(self, phones: Sequence[SeenPhone] | None = None) -> None:
        self.seen = list(phones) if phones is not None else crowd(Android=116, iOS=66, Windows=5)
        self.commands: list[dict[str, Any]] = []
        self.caption: str | None = None
        self.lines: list[LogEntry] = []
        self.pointed_out: list[int] = []
        self.prepared: list[SeenPoll] = []
        self.counted: dict[str, dict[str, int]] = {}
        self.on_wall: str | None = None
        self.by: dict[str, dict[str, SeenGroup]] = {}
        self.away = False
        self.undos: list[Mapping[str, Any]] = []

    async def show(self, command: dict[str, Any]) -> int:
        if self.away:
            raise TimeoutError
        self.commands.append(command)
        return len(self.commands)

    async def colour_group(self, fact: str, values: Sequence[str], color: str) -> int:
        version = 0
        for value in values:
            version = await self.show({"group": (fact, value), "color": color})
        return version

    async def kept_undos(self) -> Sequence[Mapping[str, Any]]:
        return self.undos

    async def keep_undos(self, undos: Sequence[Mapping[str, Any]]) -> None:
        self.undos = [*undos]

    async def undo_scene(self) -> bool:
        return bool(self.commands) and self.commands.pop() is not None

    def count_by(self, fact: str) -> Mapping[str, int]:
        values = (fact_value(phone.facts.get(fact)) for phone in self.seen if phone.connected)
        return Counter(value for value in values if value is not None)

    def phones(self) -> Sequence[SeenPhone]:
        return self.seen

    def connected(self) -> int:
        return sum(phone.connected for phone in self.seen)

    async def point_out(self, slot: int) -> bool:
        self.pointed_out.append(slot)
        return True

    def ask_poll(
        self, question: str, options: Sequence[str], counts: Mapping[str, int] | None = None
    ) -> None:
        """Prepare a poll that will be answered like `counts`."""
        number = len(self.prepared) + 1
        self.prepared.append(SeenPoll(f"p{number}", number, question, options, "draft", 0))
        self.counted[f"p{number}"] = dict(counts or {})

    def polls(self) -> Sequence[SeenPoll]:
        return self.prepared

    def poll_shown(self) -> SeenPoll | None:
        return next((poll for poll in self.prepared if poll.id == self.on_wall), None)

    async def change_poll(self, poll_id: str, event: str) -> SeenPoll:
        index, poll = next(found for found in enumerate(self.prepared) if found[1].id == poll_id)
        if event == "open" and any(other.state == "open" for other in self.prepared):
            raise RoomRefused("another one is open.")
        state: Any = AFTER[event]
        counts = self.counted[poll_id] if state == "revealed" else {}
        answered = sum(self.counted[poll_id].values()) if state in ("locked", "revealed") else 0
        changed = replace(poll, state=state, answered=answered, counts=counts)
        self.prepared[index] = changed
        self.on_wall = None if event == "reset" else poll_id
        return changed

    def answers_by(self, fact: str) -> Mapping[str, SeenGroup] | None:
        return self.by.get(fact)

    def set_caption(self, caption: str | None) -> None:
        self.caption = caption

    async def log(self, entry: LogEntry) -> None:
        self.lines.append(entry)

    async def logged(self, newest: int) -> list[dict[str, Any]]:
        return [{"said": line.text, "intent": line.intent} for line in self.lines[::-1][:newest]]


def crowd(connected: bool = True, **families: int) -> list[SeenPhone]:
    """So many phones of each operating system."""
    browsers = {"Android": "Chrome", "iOS": "Safari"}
    systems = [system for system, n in families.items() for _ in range(n)]
    return [
        SeenPhone(
            slot,
            connected,
            {"os": system, "browser": browsers.get(system, "Edge"), "language": "fr-FR", "form": "phone"},
        )
        for slot, system in enumerate(systems, 1)
    ]
