"""The live room: the shell that feeds the room's rules from MQTT and the fleet index, and writes the
room's shadows.

It listens first and reads the fleet then, so that nothing falls between the two: both are folds by version.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final

import orjson
import stamina
import structlog

from broker_bridge.client import ClientError, DataPlane, ShadowClient, ShadowId
from broker_bridge.transport.port import Message, Transport, TransportError
from broker_bridge.wire.topics import Operation, request_topic
from dashboard.ballot_keeper import BallotKeeper
from dashboard.catch_up import CatchUp, delete_within_quotas
from dashboard.connectivity import Connectivity
from dashboard.kept_settings import KeptSettings
from dashboard.notice import PUBLISH_S, Notice
from dashboard.polling import Fleet
from dashboard.ports import RoomConfiguration
from dashboard.room_shadows import RoomShadows, room_time_ms
from dashboard.rooms.overdue import Overdue
from dashboard.rooms.pace import spread_ms
from dashboard.rooms.room import Room
from dashboard.rooms.slots import Membership
from dashboard.rooms.vitals import Vitals
from dashboard.roster import PHONE, Roster
from dashboard.roster_search import NAMED
from dashboard.scenes_before import ScenesBefore

RECONCILE_S: Final = 60.0
"""Seconds between two readings of the whole fleet: heals a lost message, and 2,000 phones are 20 requests."""
LOOK_S: Final = 1.0
"""Seconds between two looks whether phones are overdue, so that it is read sooner."""
RETRY_MAX_S: Final = 2.0
"""Seconds at most between attempts to reach the broker or the bridge: the phones come back as fast."""
HIGHLIGHT_MS: Final = 6_000
"""How long a phone that is pointed out blinks: time to look up, and to find it."""
CAPTION_MAX: Final = 500
"""Characters of a caption: three lines on a wall."""

_log = structlog.get_logger(__name__)


class LiveRoom:
    """One room, live. `start` once, `stop` at the end; all methods on one event loop."""

    def __init__(
        self,
        configuration: RoomConfiguration,
        roster: Roster,
        settings: KeptSettings,
        transport: Transport,
        dataplane: DataPlane,
        evict: Callable[[str], None],
        fleet: Fleet | None = None,
    ) -> None:
        """`evict` closes a thing's tunnel; `attach` the polls before `start`. `fleet` finds the phones'
        shadows: the data plane's index by default.
        """
        self.code = configuration.room
        self.phones = Room()
        self.shadows = ShadowClient(transport)
        self._before = ScenesBefore(settings)
        self.own = RoomShadows(
            self.code, configuration.room_thing, transport, self.shadows, self._before, self._own_changed
        )
        self.notices = Notice(self.code, transport, settings, self.changed)
        self.vitals = Vitals()
        self.health: dict[str, Any] | None = None
        """The feed's health, as `RoomHealth` measured it last."""
        self.caption: str | None = None
        self.highlight: dict[str, int] | None = None
        """The phone that is pointed out, `{"slot","until"}`: until when, ms of room time."""
        self._polls: BallotKeeper | None = None
        self._roster = roster
        self._transport = transport
        self._dataplane = dataplane
        self._evict = evict
        self._quotas = configuration.quotas
        self._hearing_qos = configuration.hearing_qos
        self._fleet = fleet or dataplane
        self._door = configuration.door
        self._connectivity = None if self._door is None else Connectivity(self.phones, self.changed)
        self._listener: Callable[[], None] = lambda: None
        self._listening = False
        self._overdue = Overdue(self.phones)
        self._fleet_read = asyncio.Event()
        self._renewing = False
        self._read_again = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        transport.on_connection(self._connection_changed)

    @property
    def scene(self) -> dict[str, Any] | None:
        """The message on `room/{room}/scene`; None before the first scene."""
        return self.own.scene

    def attach(self, polls: BallotKeeper) -> None:
        """Feed these polls from now on."""
        self._polls = polls

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener`, which must not block, whenever the feed may have something to tell."""
        self._listener = listener

    async def start(self) -> None:
        """Take the roster's phones in, and reach broker and fleet in the background until it worked.

        Raises `DatabaseError`.
        """
        await self._before.load()
        await self.notices.load()
        for member in self._roster.slots:
            if member.membership is Membership.PRESENT:
                self.phones.enter(member.thing, member.slot, {}, sim=member.sim)
            elif self._polls is not None:
                self._polls.phone_removed(member.thing, True)
        self._spawn(self._live(), f"room {self.code}")
        if self._quotas is not None:
            catch_up = CatchUp(self.phones, self.own, self._dataplane, self._quotas, self._take_looked_up)
            self._spawn(catch_up.run(), f"missing reports {self.code}")

    async def stop(self) -> None:
        """Stop listening and disconnect. Idempotent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._transport.close()

    @property
    def listening(self) -> bool:
        """True while every birth and report reaches us: only then may phones connect, or we would miss
        their birth."""
        return self._listening and self._transport.connected

    @property
    def known(self) -> bool:
        """True once the fleet was read: before that the room's numbers and its scene are not yet right."""
        return self._fleet_read.is_set() and not self._renewing

    # --- what people do ------------------------------------------------------------------------------------

    async def set_scene(self, command: object) -> int:
        """Show something on all phones; see `RoomShadows.set_scene`."""
        return await self.own.set_scene(command, self.phones.count_by, self._spread_ms())

    def _spread_ms(self) -> int:
        return spread_ms(self.connected(), self._quotas)

    async def set_group(self, group: tuple[str, str], colour: str | None) -> int:
        """Give one group a colour of its own; see `RoomShadows.set_group`."""
        return await self.own.set_group(group, colour, self.phones.count_by, self._spread_ms())

    async def undo(self) -> int | None:
        """Go back to the scene before; see `RoomShadows.undo`."""
        return await self.own.undo(self._spread_ms())

    async def point_out(self, slot: int) -> int | None:
        """Let one phone and its mark blink for a while: until when, ms of room time; None when nobody holds
        the slot. Raises `ClientError`."""
        until = room_time_ms() + HIGHLIGHT_MS
        if await self.desired(slot, {"highlight": until}) is None:
            return None
        self.highlight = {"slot": slot, "until": until}
        self._listener()
        return until

    def connected(self) -> int:
        """Phones whose last session is open."""
        return self.phones.counts().connected

    def count_by(self, fact: str) -> dict[str, int]:
        """How many connected phones have which value of a fact."""
        return self.phones.count_by(fact)

    async def desired(self, slot: int, patch: Mapping[str, Any]) -> int | None:
        """Ask one phone for something by its `desired`; the shadow's version, None when nobody holds the
        slot.

        A phone that sleeps does it when it wakes. Raises `ClientError`.
        """
        member = self._roster.slots.of_slot(slot)
        if member is None:
            return None
        accepted = await self._dataplane.update_shadow(member.thing, {"state": {"desired": dict(patch)}})
        if "removed" in patch:
            await self._set_removed(member.thing, patch["removed"] is True)
        return int(accepted.get("version", 0))

    def set_caption(self, caption: str | None) -> None:
        """Show a line of text under the wall, for instance what was asked; None takes it away."""
        self.caption = caption[:CAPTION_MAX] if caption else None
        self._listener()

    def enter(self, thing: str, slot: int, facts: Mapping[str, Any], *, sim: bool) -> None:
        """A phone joined: it has a mark from now on."""
        self.phones.enter(thing, slot, facts, sim=sim)
        self._listener()

    async def forget(self, thing: str) -> None:
        """The phone left for good: no mark, no vote in an open poll, no shadows. Raises `TransportError`,
        `TimeoutError`, `ClientError` and `DoorClosed`."""
        self._take_out(thing)
        if self._polls is not None:
            self._polls.phone_left(thing)
        self._listener()
        await self._delete_shadows(thing)

    async def _delete_shadows(self, thing: str) -> None:
        for name in (None, *NAMED):
            if self._quotas is not None:
                await delete_within_quotas(self._dataplane, thing, name)
            elif name != "presence":  # Only a rule on AWS keeps that one.
                topic = request_topic(ShadowId(thing, name), Operation.DELETE)
                await self._publish(topic, {}, retain=False)
        if self._door is not None:
            await self._door.forget(thing)

    async def begin_anew(self, empty: Callable[[], Awaitable[None]]) -> None:
        """`empty` ends the room in the database: then nobody is in it, and whoever was comes in anew.

        Nobody may join until `clear_away` was done. Raises what `empty` raises, and then nothing was changed.
        """
        self._renewing = True
        try:
            await empty()
        except BaseException:
            self._renewing = False
            raise
        for thing in [phone.thing for phone in self.phones.phones()]:
            self._take_out(thing)
        self.caption = None
        self._listener()

    async def clear_away(self, scene: int) -> None:
        """Clear what the room before showed, if that is still scene version `scene`, and let phones in; then
        delete the shadows of phones that nobody knows any more.

        Raises `ClientError`, `TransportError`, `TimeoutError`.
        """
        self._renewing = True
        await self._fleet_read.wait()
        await self.own.clear(scene)
        await self.notices.say(text=None)
        self._renewing = False
        self._listener()
        found = [document.thing async for document in self._fleet.search(self._everybody)]
        for thing in found:
            if thing.startswith(PHONE) and self._roster.slots.of_thing(thing) is None:
                await self._delete_shadows(thing)

    @property
    def _everybody(self) -> str:
        return f"shadow.reported.room:{self.code}"

    def changed(self) -> None:
        """Something that the feed tells was changed elsewhere."""
        self._listener()

    # --- what is seen --------------------------------------------------------------------------------------

    def counts(self) -> dict[str, Any]:
        """The feed's counts."""
        counts = self.phones.counts()
        answered = self._polls.answered() if self._polls is not None else 0
        return {
            "joined": counts.joined,
            "connected": counts.connected,
            "visible": counts.visible,
            "answered": answered,
            "os": counts.os,
            "facts": counts.facts,
        }

    def controls(self) -> dict[str, Any]:
        """The feed's controls, for the presenter."""
        return {
            "frozen": self._roster.frozen,
            "code": self._roster.join_code,
            "undo": self.own.can_undo,
            "removed": [member.slot for member in self._roster.removed],
            "notice": self.notices.text,
        }

    def poll(self, *, presenter: bool) -> dict[str, Any] | None:
        """The feed's poll; None before the room has had one."""
        if self._polls is None:
            return None
        shown = self._polls.presenter_poll() if presenter else self._polls.public_poll()
        if shown is None and self.own.poll_version == 0:
            return None
        return {"version": self.own.poll_version, "poll": shown}

    # --- life with the broker and the bridge ---------------------------------------------------------------

    async def _live(self) -> None:
        async for attempt in _until(TransportError):
            with attempt:
                await self._transport.connect()
                await self._subscribe()
        self.notices.say_again()
        self._listening = True
        while True:
            self._read_again.clear()
            async for attempt in _until(ClientError):
                with attempt:
                    await self._read_fleet()
            self._fleet_read.set()
            self._listener()
            await self._until_read_again()

    async def _until_read_again(self) -> None:
        """Return when the fleet is to be read: one reading at a time, since whoever reads asks then."""
        now = time.monotonic()
        latest = now + RECONCILE_S
        while now < latest:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._read_again.wait(), LOOK_S)
                return
            now = time.monotonic()
            # With quotas, `CatchUp` asks for those that are missing.
            if self._quotas is None and self._overdue.due(self.own.scene, room_time_ms(), now):
                _log.info("phones are overdue: the fleet is read", room=self.code)
                return

    async def _subscribe(self) -> None:
        qos = self._hearing_qos
        await self.shadows.watch_documents(None, self._classic_changed, qos=qos)
        await self.shadows.watch_documents("ballot", self._ballot_changed, qos=qos)
        await self.own.subscribe()
        await self._transport.subscribe([f"room/{self.code}/presence/+"], self._presence_changed, qos=qos)
        if self._connectivity is not None:
            await self._connectivity.subscribe(self._transport)

    async def _read_fleet(self) -> None:
        async for found in self._fleet.search(self._everybody):
            self._take_classic(found.thing, found.shadow, int(found.shadow.get("version", 0)))
            named = found.shadow.get("name", {})
            self._take_presence(found.thing, named.get("presence", {}).get("reported"))
            ballot = named.get("ballot")
            if isinstance(ballot, dict):
                version = int(ballot.get("version", 0))
                self._take_ballot(found.thing, version, ballot.get("reported"), live=False)
        await self.own.read()

    def _connection_changed(self, connected: bool) -> None:
        if not self._fleet_read.is_set() and not self._listening:
            return  # the first connection: `_live` subscribes after it
        self._listening = connected
        if connected:
            self._read_again.set()
            self.notices.say_again()
        else:
            _log.warning("the broker is lost", room=self.code)
            now = room_time_ms()
            for phone in self.phones.phones():
                if phone.connected:
                    self.vitals.lost(phone.thing, now)
            self.phones.broker_lost()
        self._listener()

    # --- messages ------------------------------------------------------------------------------------------

    def _classic_changed(self, shadow: ShadowId, body: dict[str, Any]) -> None:
        current = body["current"]
        state = current.get("state")
        if isinstance(state, dict):
            self._take_classic(shadow.thing, state, int(current.get("version", 0)))
            if state.get("desired") != _desired_before(body):
                self._have_told(shadow)

    def _have_told(self, shadow: ShadowId) -> None:
        """Ask for a phone's shadow in its place: it hears the answer, and what was taken back is in no delta.

        One that is away, or not known to be here, asks by itself when it comes.
        """
        phone = self.phones.phone(shadow.thing)
        if phone is not None and phone.connected:
            self._transport.publish(request_topic(shadow, Operation.GET), b"", qos=1)

    def _take_looked_up(self, thing: str, state: Mapping[str, Any], version: int) -> None:
        if thing in self.phones:  # It may have left while it was asked for.
            self._take_classic(thing, state, version)

    def _take_classic(self, thing: str, state: Mapping[str, Any], version: int) -> None:
        member = self._roster.slots.of_thing(thing)
        if member is None:
            return
        desired = state.get("desired")
        removed = isinstance(desired, dict) and desired.get("removed") is True
        if removed is self._roster.admits(thing):
            self._spawn(self._set_removed(thing, removed), f"removed {thing}")
        reported = state.get("reported")
        reported = reported if isinstance(reported, dict) else {}
        if self.phones.report(thing, version, reported):
            self.vitals.shown(thing, reported.get("scene"), room_time_ms())
            self._listener()

    def _ballot_changed(self, shadow: ShadowId, body: dict[str, Any]) -> None:
        current = body["current"]
        state = current.get("state")
        reported = state.get("reported") if isinstance(state, dict) else None
        self._take_ballot(shadow.thing, int(current.get("version", 0)), reported, live=True)

    def _take_ballot(self, thing: str, version: int, reported: Any, *, live: bool) -> None:
        if self._polls is not None and thing in self.phones:
            said = reported if isinstance(reported, dict) else {}
            self._polls.ballot_changed(thing, version, said, live=live)

    def _presence_changed(self, message: Message) -> None:
        try:
            said = orjson.loads(message.payload)
        except orjson.JSONDecodeError:
            return
        self._take_presence(message.topic.rpartition("/")[2], said)

    def _take_presence(self, thing: str, said: Any) -> None:
        """A birth or a will, or what was kept of the last one."""
        if not isinstance(said, dict):
            return
        session, connected = said.get("session"), said.get("connected")
        if not isinstance(session, int) or not isinstance(connected, bool):
            return
        if self.phones.presence(thing, session, connected):
            if connected:
                self.vitals.back(thing)
            else:
                self.vitals.lost(thing, room_time_ms())
            self._listener()

    # --- inside --------------------------------------------------------------------------------------------

    def _own_changed(self) -> None:
        if self.own.scene is not None and self.own.scene_version != self.phones.scene_version:
            awake = (phone.thing for phone in self.phones.phones() if phone.awake)
            self.vitals.scene_set(self.own.scene_version, self.own.scene["at"], awake)
        self.phones.scene_version = self.own.scene_version
        self._listener()

    async def _set_removed(self, thing: str, removed: bool) -> None:
        member = await self._roster.set_removed(thing, removed)
        if member is None:
            return
        if self._polls is not None:
            self._polls.phone_removed(thing, removed)
        if removed:
            self._take_out(thing)
        else:
            self.phones.enter(thing, member.slot, {}, sim=member.sim)
            self._read_again.set()
        self._listener()

    def _take_out(self, thing: str) -> None:
        """No connection, no mark; and whoever gets its slot is not the one that was pointed out."""
        phone = self.phones.phone(thing)
        if phone is not None and self.highlight is not None and self.highlight["slot"] == phone.slot:
            self.highlight = None
        self._evict(thing)
        self.phones.leave(thing)
        self.vitals.back(thing)

    async def _publish(self, topic: str, body: Mapping[str, Any], *, retain: bool) -> None:
        async with asyncio.timeout(PUBLISH_S):
            await self._transport.publish(topic, orjson.dumps(body), qos=1, retain=retain)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work of the room failed", room=self.code, task=task.get_name(), error=str(error))


def _desired_before(body: Mapping[str, Any]) -> Any:
    """The section `desired` before the update that a `documents` message tells of; None for none."""
    previous = body.get("previous")
    state = previous.get("state") if isinstance(previous, dict) else None
    return state.get("desired") if isinstance(state, dict) else None


def _until(error: type[Exception]) -> Any:
    """Attempts without end, with backoff and jitter, until one does not raise `error`."""
    return stamina.retry_context(
        on=error, attempts=None, timeout=None, wait_initial=0.1, wait_max=RETRY_MAX_S
    )
