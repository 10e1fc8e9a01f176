"""The device inspector: what one device's shadows say and which messages pass, while somebody looks.

Everybody who looks at the same device shares one subscription and one reading. Messages tell that a shadow
changed; what it is now is asked of the shadow service, so what is shown is its own word.
"""

import asyncio
from typing import Any, Final

import orjson
import structlog

from broker_bridge.client import ClientError, DataPlane, ShadowClient, ShadowRefused
from broker_bridge.transport.port import Message, Transport, TransportError
from broker_bridge.wire.topics import ShadowId
from dashboard.feed.session import Session
from dashboard.room_shadows import room_time_ms
from dashboard.rooms.inspection import Inspection
from dashboard.rooms.room import Room

TICK_S: Final = 0.1
"""Seconds between two frames and between two readings of a shadow: quick enough for a stage, and a device
that reports a hundred times a second costs ten readings."""
AGAIN_S: Final = 1.0
"""Seconds until shadows that could not be read are asked for again."""
READ_S: Final = 3.0
"""Seconds for one round of readings: a watcher waits no longer for its first frame."""
BROKER_S: Final = 3.0
"""Seconds for the broker to grant or to end a subscription."""
NOT_READ: Final = "The shadow service does not answer; what is shown may be old."

_log = structlog.get_logger(__name__)


class Inspector:
    """All devices of one room that are looked at. `stop` at the end; all methods on one event loop."""

    def __init__(
        self,
        room: str,
        phones: Room,
        transport: Transport,
        dataplane: DataPlane,
        shadows: ShadowClient,
    ) -> None:
        self.room = room
        self.phones = phones
        self._transport = transport
        self._dataplane = dataplane
        self._shadows = shadows
        self._looks: dict[str, _Look] = {}
        self._changing = asyncio.Lock()
        """One change of subscriptions at a time: an end must not overtake a beginning."""
        transport.on_connection(self._connection_changed)

    @property
    def watchers(self) -> int:
        """Open sessions of all devices."""
        return sum(len(look.sessions) for look in self._looks.values())

    @property
    def devices(self) -> int:
        """Devices that are looked at, each with one subscription."""
        return len(self._looks)

    async def join(self, thing: str, session: Session) -> None:
        """Tell `session` all about the device, then what changes. Raises `TransportError`, `TimeoutError`
        when the broker does not answer."""
        async with self._changing:
            look = self._looks.get(thing)
            if look is None:
                look = _Look(self.room, thing, self.phones, self._dataplane)
                async with asyncio.timeout(BROKER_S):
                    await self._begin(look)
                self._looks[thing] = look
            look.join(session)

    async def leave(self, thing: str, session: Session) -> None:
        """Tell this session nothing more; the last one to leave ends the subscription."""
        async with self._changing:
            look = self._looks.get(thing)
            if look is None:
                return
            look.sessions.discard(session)
            if not look.sessions:
                del self._looks[thing]
                await self._end(look)

    async def stop(self) -> None:
        """End every reading. Idempotent."""
        looks, self._looks = [*self._looks.values()], {}
        for look in looks:
            await look.stop()

    async def set_desired(self, shadow: ShadowId, patch: Any, version: int | None) -> dict[str, Any]:
        """Ask for a change of `desired` over MQTT, so that it is among the messages that pass; what the
        service accepted. None as a patch removes all of it. Raises `ClientError`."""
        return await self._shadows.update(shadow, desired=patch, version=version)

    async def _begin(self, look: "_Look") -> None:
        try:
            await self._transport.subscribe(look.filters, look.heard, qos=1)
        except BaseException:
            await self._end(look)
            raise
        look.start()

    async def _end(self, look: "_Look") -> None:
        await look.stop()
        try:
            async with asyncio.timeout(BROKER_S):
                await self._transport.unsubscribe(look.filters)
        except (TransportError, TimeoutError) as error:
            _log.warning("a subscription could not be ended", thing=look.thing, error=str(error))

    def _connection_changed(self, connected: bool) -> None:
        for look in self._looks.values():
            if connected:
                look.read_all()
            look.wake()


class _Look:
    """One device that is looked at: its sessions, and the task that reads and tells."""

    def __init__(self, room: str, thing: str, phones: Room, dataplane: DataPlane) -> None:
        self.thing = thing
        self.filters = [f"{ShadowId(thing).prefix}/#", f"room/{room}/presence/{thing}"]
        self.sessions: set[Session] = set()
        self._room = room
        self._phones = phones
        self._dataplane = dataplane
        self._inspection = Inspection(thing)
        self._stale: set[str | None] = set()
        self._list_stale = True
        self._read_once = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read and tell from now on."""
        self._task = asyncio.create_task(self._run(), name=f"inspector of {self.thing}")

    async def stop(self) -> None:
        """End the reading."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def join(self, session: Session) -> None:
        """Everything as soon as it was read once; at once when it was."""
        self.sessions.add(session)
        if self._read_once:
            session.send(_encode(self._inspection.snapshot(self._room, room_time_ms())))

    def wake(self) -> None:
        """Something may have changed."""
        self._wake.set()

    def read_all(self) -> None:
        """Messages may have been missed: read everything anew."""
        self._list_stale = True

    def heard(self, message: Message) -> None:
        """A message of the device."""
        changed = self._inspection.heard(message.topic, message.payload, room_time_ms())
        if changed is not None and self._inspection.admits(changed.name):
            self._stale.add(changed.name)
        self._wake.set()

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._read()
            self._inspection.met(self._phones.phone(self.thing))
            self._tell()
            await asyncio.sleep(TICK_S)
            unread = self._list_stale or self._stale
            try:
                await asyncio.wait_for(self._wake.wait(), AGAIN_S if unread else None)
            except TimeoutError:
                continue

    async def _read(self) -> None:
        """Ask for what changed; what cannot be read stays to be read."""
        try:
            async with asyncio.timeout(READ_S):
                await self._read_stale()
            self._inspection.troubled(None)
        except (ClientError, TimeoutError) as error:
            _log.warning("a shadow could not be read", thing=self.thing, error=str(error))
            self._inspection.troubled(NOT_READ)

    async def _read_stale(self) -> None:
        if self._list_stale:
            names = await self._dataplane.list_named_shadows(self.thing)
            self._stale |= {None, *filter(self._inspection.admits, names), *self._inspection.names()}
            self._list_stale = False
        for name in [*self._stale]:
            # Before the reading: a change that is told meanwhile makes it stale again.
            self._stale.discard(name)
            try:
                self._inspection.took(name, await self._get(name))
            except BaseException:
                self._stale.add(name)
                raise

    async def _get(self, name: str | None) -> dict[str, Any] | None:
        try:
            return await self._dataplane.get_shadow(self.thing, name)
        except ShadowRefused as refused:
            if refused.code == 404:
                return None
            raise

    def _tell(self) -> None:
        now = room_time_ms()
        changes = self._inspection.take_changes(now)
        if not self._read_once:
            self._read_once = True
            changes = self._inspection.snapshot(self._room, now)
        if changes is None:
            return
        frame = _encode(changes)
        for session in [*self.sessions]:
            session.send(frame)


def _encode(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()
