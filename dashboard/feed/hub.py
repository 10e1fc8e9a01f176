"""The hub: what the room changed, told to every watcher at most 20 times a second, encoded once per role."""

import asyncio
import secrets
from typing import Any, Final, Literal

import orjson
import structlog

from dashboard.feed.history import History, grouped, grouped_traits
from dashboard.feed.session import Session
from dashboard.live_room import LiveRoom
from dashboard.room_shadows import room_time_ms
from dashboard.rooms.room import Mark, Traits

TICK_S: Final = 0.05
"""Seconds between two frames: 20 Hz looks fluent on a wall, and a burst of 2,000 reports becomes one
frame."""

CURSOR_BITS: Final = 20
"""A hub's cursors count up from a random multiple of 2^20, twelve hours of frames, below 2^52: so a cursor
of an earlier run is not taken for one of this, and JavaScript's numbers hold it."""

Role = Literal["stage", "presenter"]
ROLES: Final[tuple[Role, ...]] = ("stage", "presenter")


class Hub:
    """All watchers of one room. `run` is its one task; the room calls `wake`."""

    def __init__(self, live_room: LiveRoom) -> None:
        self._room = live_room
        self._sessions: dict[Role, set[Session]] = {role: set() for role in ROLES}
        self._wake = asyncio.Event()
        self._cursor = secrets.randbits(52 - CURSOR_BITS) << CURSOR_BITS
        self._marks: History[Mark] = History(self._cursor)
        self._traits: History[Traits] = History(self._cursor)
        self._told: dict[Role, dict[str, Any]] = {role: {} for role in ROLES}
        live_room.on_change(self.wake)

    @property
    def watchers(self) -> int:
        """Open sessions of people, of both roles."""
        return sum(session.person for sessions in self._sessions.values() for session in sessions)

    @property
    def presenters(self) -> int:
        """Open sessions of presenters."""
        return len(self._sessions["presenter"])

    def wake(self) -> None:
        """Something may have changed. Cheap, from the event loop, any number of times."""
        self._wake.set()

    def join(self, role: Role, session: Session, cursor: int | None = None) -> None:
        """Give a new watcher a snapshot, or what it missed since `cursor`; then every change from now on."""
        missed = None if cursor is None else self._missed(role, cursor)
        session.send(self._snapshot(role) if missed is None else missed)
        self._sessions[role].add(session)

    def leave(self, role: Role, session: Session) -> None:
        """Tell this watcher nothing more."""
        self._sessions[role].discard(session)

    async def run(self) -> None:
        """Tell changes until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                self._tell()
            except Exception:  # noqa: BLE001 - one bad frame must not blind the wall for the rest of the talk
                _log.exception("a frame of the feed could not be made", room=self._room.code)
            await asyncio.sleep(TICK_S)

    def _tell(self) -> None:
        """One frame to everybody whose view changed.

        A watcher that came since the last frame is told a change twice at most; every change is absolute.
        """
        changed = self._room.phones.take_changes()
        phones: dict[str, Any] = {}
        if changed.marks:
            phones["marks"] = grouped(changed.marks)
        if changed.traits:
            phones["traits"] = grouped_traits(changed.traits)
        self._cursor += 1
        self._marks.add(self._cursor, changed.marks)
        self._traits.add(self._cursor, changed.traits)
        for role in ROLES:
            view = self._view(role)
            before = self._told[role]
            news = {key: value for key, value in view.items() if before.get(key, _NEVER) != value}
            self._told[role] = view
            if (news or phones) and self._sessions[role]:
                frame = _encode({"type": "changes", "cursor": self._cursor, **phones, **news})
                for session in [*self._sessions[role]]:
                    session.send(frame)

    def _snapshot(self, role: Role) -> str:
        return _encode(
            {
                "type": "snapshot",
                "role": role,
                "room": self._room.code,
                "cursor": self._cursor,
                "now": room_time_ms(),
                "marks": grouped(self._room.phones.marks()),
                "traits": grouped_traits(self._room.phones.traits()),
                **self._view(role),
            }
        )

    def _missed(self, role: Role, cursor: int) -> str | None:
        """The changes since `cursor` in one frame; None when they are not known."""
        marks, traits = self._marks.since(cursor), self._traits.since(cursor)
        if marks is None or traits is None:
            return None
        known = {"type": "changes", "cursor": self._cursor, "now": room_time_ms()}
        phones = {"marks": grouped(marks), "traits": grouped_traits(traits)}
        return _encode({**known, **phones, **self._view(role)})

    def _view(self, role: Role) -> dict[str, Any]:
        """What a role may see beside the marks: small, so it is compared whole."""
        room = self._room
        view = {
            "facts": room.phones.values,
            "counts": room.counts(),
            "scene": room.scene,
            "poll": room.poll(presenter=role == "presenter"),
            "caption": room.caption,
            "highlight": room.highlight,
        }
        controls = room.controls()
        if role == "stage":
            return {**view, "closed": controls["frozen"]}
        return {**view, "controls": controls, "health": room.health}


_NEVER = object()
_log = structlog.get_logger(__name__)


def _encode(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
