"""One phone of the crowd: MQTT packets in, MQTT packets out, by the rules of docs/architecture.md.

It has no task and no socket of its own: a `Line` carries its bytes, the crowd connects it and keeps time.
The module is long because it is one phone: each packet that comes in may change what goes out next.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import orjson

from broker_bridge.wire.packets import (
    SUBACK_REFUSED,
    Connack,
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Will,
    encode,
)
from device_sim.phone.answers import Entry
from device_sim.phone.behaviour import Persona, Vote, report_after, sends_twice, votes
from device_sim.phone.scene import Scene, colour_of, read_object
from device_sim.phone.state import CONNECTED, Event, State, advance
from device_sim.phone.surroundings import Surroundings

KEEPALIVE_SECONDS = 60
"""The broker notices a vanished phone after 1.5 times this."""
PING_SECONDS = 45.0
"""A phone that sent nothing for so long pings."""
RETHINK_SECONDS = 1.0
"""A person whose phone is locked looks again whether to vote."""
NOTHING_DESIRED: Mapping[str, None] = {"color": None, "message": None, "highlight": None}
NOT_AUTHORISED = (4, 5)
"""CONNACK codes that say the password is no longer good: join again for another."""


class Line(Protocol):
    """What carries a phone's bytes."""

    def send(self, data: bytes) -> None:
        """Hand bytes to the connection."""

    def hang_up(self) -> None:
        """Close it; `Phone.closed` follows."""

    def go_silent(self) -> None:
        """Carry nothing any more in either direction, and stay open."""


class Watcher(Protocol):
    """Whom a phone tells what happened to it."""

    def later(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        """Call back after so many seconds."""

    def settled(self, phone: "Phone") -> None:
        """The phone is subscribed and its report is safe at the broker."""

    def shown(self, phone: "Phone", version: int) -> None:
        """The phone shows this version of the scene."""

    def voted(self, phone: "Phone", question: str, entry: Entry, *, again: bool) -> None:
        """The phone handed over a vote."""

    def dropped(self, phone: "Phone") -> None:
        """The phone lost its connection, or got none."""


class Phone:
    """A phone and all it knows. Times are `time.perf_counter()` seconds."""

    __slots__ = (
        "_asked",
        "_ballot",
        "_line",
        "_packet_id",
        "_question",
        "_session",
        "_surroundings",
        "_unacknowledged",
        "_watcher",
        "attempt",
        "color",
        "due",
        "faults",
        "heard",
        "highlight",
        "index",
        "joined",
        "message",
        "offline_since",
        "own_color",
        "password",
        "persona",
        "removed",
        "scene_version",
        "sent",
        "sent_twice",
        "shadow_version",
        "slot",
        "state",
        "thing",
        "token",
        "url",
        "visible",
    )

    def __init__(self, index: int, persona: Persona, surroundings: Surroundings, watcher: Watcher) -> None:
        self.index = index
        self.persona = persona
        self._surroundings = surroundings
        self._watcher = watcher
        self.state = State.OUTSIDE
        self.thing = self.token = self.password = self.url = ""
        self.slot = -1
        self.joined = False
        """True once it was here at least once."""
        self.due = 0.0
        """When it was meant to arrive."""
        self.attempt = 0
        self.offline_since: float | None = None
        self.sent = self.heard = 0.0
        self.scene_version = -1
        self.shadow_version = 0
        self.color: str | None = None
        self.own_color: str | None = None
        self.message: str | None = None
        self.highlight: int | None = None
        """The room time, ms, until which it is pointed out."""
        self.removed = False
        self.visible = True
        """False while it is locked: then it does not come back by itself, and nobody votes on it."""
        self.sent_twice = 0
        self.faults = 0
        """Updates that the shadow service rejected and filters that the broker did not grant."""
        self._question: str | None = None
        self._asked: tuple[str | None, int] | None = None
        self._ballot: tuple[str, Entry] | None = None
        self._line: Line | None = None
        self._packet_id = 0
        self._session = 0
        self._unacknowledged: dict[int, str] = {}

    # What the crowd does with it

    @property
    def facts(self) -> dict[str, Any]:
        """What it reports of itself and never changes."""
        return {"room": self._surroundings.room, **self.persona.facts, "visible": self.visible, "sim": True}

    @property
    def has_line(self) -> bool:
        """True while a connection is open, whatever is said on it."""
        return self._line is not None

    @property
    def is_asleep(self) -> bool:
        """True when it is locked and without a connection: nobody can expect anything of it."""
        return self.state is State.AWAY and not self.visible

    @property
    def owes(self) -> int:
        """QoS 1 messages that the broker has not acknowledged."""
        return len(self._unacknowledged)

    @property
    def is_wrong(self) -> bool:
        """True when it shows an old scene, or another colour than the scene or its own shadow gives it."""
        if self.scene_version < self._surroundings.latest_version:
            return True
        return self.color != (self.own_color or self._implied(self._surroundings.scene))

    def step(self, event: Event) -> None:
        """Follow the table of `phone.state`."""
        self.state = advance(self.state, event)

    def admitted(self, answer: Mapping[str, Any], url: str) -> None:
        """Take over a join answer: identity, password, and what the room shows now."""
        if answer["thing_name"] != self.thing:  # Its first room, or one that was started anew.
            self.shadow_version = 0
            self.own_color = self.message = self.highlight = None
            self._ballot = self._question = self._asked = None
        self.thing, self.token, self.slot = answer["thing_name"], answer["token"], answer["slot"]
        self.password, self.url = answer["mqtt"]["password"], url
        self._surroundings.set_clock(answer.get("room_time"))
        self.step(Event.ADMITTED)
        self._hear_scene(self._surroundings.hear_scene(answer.get("scene")))

    def opened(self, line: Line, username: str, password: str) -> None:
        """The line is up: say who we are, by the credential that this line needs."""
        self._line = line
        if self.state is not State.CONNECTING:
            line.hang_up()
            return
        self._session = time.time_ns() // 1_000_000
        self._packet_id = 0
        self._unacknowledged.clear()
        will = Will(self._surroundings.presence_topic(self.thing), self._presence(connected=False), 1)
        self._send(Connect(self.thing, username, password.encode(), KEEPALIVE_SECONDS, True, will))

    def closed(self, line: Line) -> None:
        """The line is down."""
        if line is self._line:
            self._line = None
            self.failed()

    def failed(self) -> None:
        """The phone is without a connection now, by a loss or because none came about."""
        self.step(Event.DROPPED)
        if self.state is State.AWAY and self.visible:
            self._watcher.dropped(self)

    def ping_if_idle(self, now: float) -> None:
        """Keep the connection alive; hang up one that has been silent for one and a half keepalives."""
        if self._line is None:
            return
        if now - self.heard > 1.5 * KEEPALIVE_SECONDS:
            self._line.hang_up()
        elif now - self.sent > PING_SECONDS and self.state in CONNECTED:
            self._send(Pingreq())

    def hang_up(self) -> None:
        """Drop the line as a lost Wi-Fi would: no goodbye, so that the will is sent."""
        if self._line is not None:
            self._line.hang_up()

    # What befalls it

    def lock(self) -> None:
        """The person locked it: it says so, and follows the room for as long as it has a connection."""
        self.visible = False
        self._send(self._report({"visible": False}))

    def unlock(self) -> None:
        """The person looks at it again. One without a connection needs a new one: the crowd makes it."""
        self.visible = True
        if self.state in (State.SETTLING, State.HERE):
            self._send(self._report({"visible": True}))

    def go_silent(self) -> None:
        """The network swallows everything; nobody notices."""
        if self._line is not None:
            self._line.go_silent()

    def give_up(self) -> Line | None:
        """It notices that the line is dead, and wants another; returns the old one, which nobody closed."""
        line, self._line = self._line, None
        if line is not None:
            self.failed()
        return line

    def reload(self) -> None:
        """The page starts again: what it knew is forgotten, but its token and what its person answered."""
        self.password = ""
        self.scene_version, self.shadow_version = -1, 0
        self.color = self.own_color = self.message = self.highlight = None
        self.hang_up()

    def leave(self) -> None:
        """Say goodbye: not connected any more, then a clean DISCONNECT. The other side closes the line."""
        connected = self.state in CONNECTED
        self.step(Event.LEAVE)
        if self._line is None:
            return
        if connected:
            topic = self._surroundings.presence_topic(self.thing)
            self._send(self._publish(topic, self._presence(connected=False)), Disconnect())
        else:
            self._line.hang_up()

    # What the broker says

    def received(self, packet: Packet) -> None:
        """Handle one packet."""
        self.heard = time.perf_counter()
        if self.state is State.GONE:
            return  # What was still under way when the phone said goodbye.
        if isinstance(packet, Publish):
            self._hear(packet)
        elif isinstance(packet, Puback):
            self._acknowledged(packet.packet_id)
        elif isinstance(packet, Connack):
            self._connected(packet)
        elif isinstance(packet, Suback):
            self._subscribed(packet)

    def _connected(self, packet: Connack) -> None:
        if packet.code in NOT_AUTHORISED:
            self.password = ""
        if packet.code:
            self.hang_up()
            return
        self.step(Event.OPENED)
        shadow, room = self._shadow, self._surroundings
        filters = [
            f"{prefix}/{answer}"
            for prefix, accepted in ((shadow, "get"), (f"{shadow}/name/ballot", "+"))
            for answer in ("update/delta", f"{accepted}/accepted", "+/rejected")
        ]
        topics = (room.scene_topic, room.poll_topic, room.notice_topic)
        # AWS IoT takes eight filters in one packet.
        self._send(
            *(Subscribe(self._next_id(), tuple((text, 0) for text in some)) for some in (filters, topics))
        )

    def _subscribed(self, packet: Suback) -> None:
        self.faults += packet.codes.count(SUBACK_REFUSED)
        if packet.packet_id == 1:
            return  # The answer to the second packet is still to come.
        self.step(Event.SUBSCRIBED)
        told = {"message": self.message, "highlight": self.highlight}
        reported = {**self.facts, **told, **self._display}
        out = [
            self._publish(self._surroundings.presence_topic(self.thing), self._presence(connected=True)),
            self._report(reported),
        ]
        if self._ballot is not None:
            out.append(self._ballot_message(*self._ballot))
        self._send(*out, Publish(f"{self._shadow}/get"))

    def _acknowledged(self, packet_id: int) -> None:
        kind = self._unacknowledged.pop(packet_id, None)
        if kind == "ballot" and "ballot" not in self._unacknowledged.values():
            self._ballot = None
        if self.state is State.SETTLING and not self._unacknowledged:
            self.step(Event.SETTLED)
            self._watcher.settled(self)

    def _hear(self, packet: Publish) -> None:
        topic = packet.topic
        if packet.qos:
            self._send(Puback(packet.packet_id))
        if topic == self._surroundings.scene_topic:
            self._hear_scene(self._surroundings.hear_scene(packet.payload))
        elif topic == self._surroundings.poll_topic:
            self._hear_poll(self._surroundings.hear_poll(packet.payload))
        elif topic.endswith("/rejected"):
            # A phone that never had a shadow asks for it once and hears 404: no fault.
            self.faults += not topic.endswith("/get/rejected")
        elif topic.startswith(self._shadow) and "/name/" not in topic:
            self._hear_shadow(topic, packet.payload)

    def _hear_shadow(self, topic: str, payload: bytes) -> None:
        document = read_object(payload) or {}
        state, version = document.get("state"), document.get("version")
        if not isinstance(state, dict) or not isinstance(version, int) or version < self.shadow_version:
            return
        self.shadow_version = version
        if topic.endswith("/update/delta"):
            self._obey(state)
        elif topic.endswith("/get/accepted"):
            # What is not desired there was taken back.
            desired = state.get("desired")
            desired = desired if isinstance(desired, dict) else {}
            if desired or self.own_color or self.message or self.highlight:
                self._obey({**NOTHING_DESIRED, **desired})

    # What it does

    def _obey(self, desired: Mapping[str, Any]) -> None:
        before = (self.color, self.message, self.removed, self.highlight)
        if "color" in desired:
            self.own_color = desired["color"] or None
        if "message" in desired:
            self.message = desired["message"] or None
        if "highlight" in desired:
            self.highlight = desired["highlight"] or None
        self.removed = self.removed or desired.get("removed") is True
        self.color = self.own_color or self._implied(self._surroundings.scene)
        if (self.color, self.message, self.removed, self.highlight) == before:
            return
        display = {**self._display, "message": self.message, "highlight": self.highlight}
        self._send(self._report({**display, "removed": True} if self.removed else display))
        if self.removed:
            self.leave()

    def _hear_scene(self, scene: Scene | None) -> None:
        if scene is None or scene["version"] <= self.scene_version:
            return
        wait = self._surroundings.seconds_until(scene.get("at"))
        if wait > 0.0:
            self._watcher.later(wait, self._show, scene)
        else:
            self._show(scene)

    def _show(self, scene: Scene) -> None:
        if scene["version"] <= self.scene_version or self.state is State.GONE:
            return
        self.scene_version = scene["version"]
        self.color = self.own_color or self._implied(scene)
        self._watcher.shown(self, self.scene_version)
        wait = report_after(self._surroundings.seed, self.index, scene)
        if wait > 0.0:
            self._watcher.later(wait, self._report_shown, self.scene_version)
        else:
            self._report_shown(self.scene_version)

    def _report_shown(self, version: int) -> None:
        """Report the scene, unless another is shown by now: that one has a report of its own."""
        if version == self.scene_version and self.state in (State.SETTLING, State.HERE):
            self._send(self._report(self._display))

    def _implied(self, scene: Scene | None) -> str | None:
        return colour_of(scene, self.facts, self.slot)

    @property
    def _display(self) -> dict[str, Any]:
        shown = self.scene_version if self.scene_version >= 0 else None
        return {"scene": shown, "color": self.color}

    def _hear_poll(self, poll: Mapping[str, Any] | None) -> None:
        question = poll["id"] if poll else None
        # The approved questions of others are something new to answer.
        asked = None if poll is None else (question, len(poll.get("entries") or ()))
        if asked == self._asked:
            return
        self._question, self._asked = question, asked
        if poll is None or question is None:
            return
        plan = votes(self._surroundings.seed, self.index, poll, self._surroundings.habits)
        if plan:
            self._watcher.later(plan[0].after, self._vote, question, plan, 0)

    def _vote(self, question: str, plan: list[Vote], number: int) -> None:
        if self._question != question or self.state is State.GONE:
            return
        if not self.visible:
            self._watcher.later(RETHINK_SECONDS, self._vote, question, plan, number)
            return
        entry = plan[number].entry
        self._ballot = (question, entry)
        self._watcher.voted(self, question, entry, again=number > 0)
        if self.state in (State.SETTLING, State.HERE):
            self._send(self._ballot_message(question, entry))
        if number + 1 < len(plan):
            self._watcher.later(plan[number + 1].after, self._vote, question, plan, number + 1)

    # Messages

    @property
    def _shadow(self) -> str:
        return f"$aws/things/{self.thing}/shadow"

    def _presence(self, *, connected: bool) -> bytes:
        return orjson.dumps({"session": self._session, "connected": connected})

    def _report(self, reported: Mapping[str, Any]) -> Publish:
        return self._publish(f"{self._shadow}/update", orjson.dumps({"state": {"reported": reported}}))

    def _ballot_message(self, question: str, entry: Entry) -> Publish:
        ballot = orjson.dumps({"state": {"reported": {question: entry}}})
        return self._publish(f"{self._shadow}/name/ballot/update", ballot, "ballot")

    def _publish(self, topic: str, payload: bytes, kind: str = "report") -> Publish:
        packet_id = self._next_id()
        self._unacknowledged[packet_id] = kind
        return Publish(topic, payload, 1, False, packet_id)

    def _next_id(self) -> int:
        self._packet_id = self._packet_id % 65_535 + 1
        return self._packet_id

    def _send(self, *packets: Packet) -> None:
        if self._line is None:
            return
        self.sent = time.perf_counter()
        self._line.send(b"".join(map(encode, packets)))
        if self._surroundings.duplicate_share:
            self._send_twice(self._line, packets)

    def _send_twice(self, line: Line, packets: Iterable[Packet]) -> None:
        room = self._surroundings
        for packet in packets:
            if not isinstance(packet, Publish) or not packet.qos:
                continue
            if sends_twice(room.seed, self.index, packet.packet_id, room.duplicate_share):
                self.sent_twice += 1
                line.send(encode(replace(packet, dup=True)))
