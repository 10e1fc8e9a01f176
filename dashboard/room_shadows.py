"""The room's own shadows, `scene` and `poll`: written here, read again after a loss, and told to every phone.

The shadows are the truth. Phones hear of them by the retained topics `room/{room}/scene` and `/poll`,
because the answers of a shadow would go to every one of thousands of subscribers.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from broker_bridge.client import ShadowClient, ShadowId, ShadowRefused, Unavailable
from broker_bridge.transport.port import Transport
from dashboard.rooms.group import with_group
from dashboard.rooms.scene import CHANGE_SPACING_MS, Scene, replacing_patch, scene_message, scene_of
from dashboard.scenes_before import ScenesBefore

CONFLICTS_MAX: Final = 3
"""Attempts when somebody else writes the room's scene between our look and our update."""
REPEAT_S: Final = 2.0
"""Seconds until a change is told once more: nats-server acknowledges a retained message a moment before new
subscribers get it, and whoever subscribes in that moment hears the one before and not this one."""
NOT_FOUND: Final = 404
CONFLICT: Final = 409


def room_time_ms() -> int:
    """Room time: ms since the epoch by this machine's clock, which every phone follows."""
    return time.time_ns() // 1_000_000


class RoomShadows:
    """The named shadows `scene` and `poll` of the room's thing, as last seen, and their retained topics."""

    def __init__(
        self,
        code: str,
        room_thing: str,
        transport: Transport,
        shadows: ShadowClient,
        before: ScenesBefore,
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called, and must not block, after `scene` or `poll_version` changed."""
        self.scene: dict[str, Any] | None = None
        """The message on `room/{room}/scene`; None before the first scene."""
        self.poll_version = 0
        self._code = code
        self._room_thing = room_thing
        self._transport = transport
        self._shadows = shadows
        self._changed = changed
        self._scene_desired: dict[str, Any] = {}
        self._before = before
        self._setting = asyncio.Lock()
        self._repeats: dict[str, asyncio.TimerHandle] = {}

    @property
    def scene_version(self) -> int:
        """The version of the shadow `scene`; 0 before the first scene."""
        return int(self.scene["version"]) if self.scene is not None else 0

    async def subscribe(self) -> None:
        """Hear of every update, whoever makes it. Raises what `Transport.subscribe` raises."""
        await self._shadows.watch_documents("scene", self._updated)
        await self._shadows.watch_documents("poll", self._updated)

    async def read(self) -> None:
        """Read both shadows and publish both topics again. Raises `ClientError`."""
        await self._read_scene()
        version, desired = await self._read("poll")
        if version:
            self._take_poll(version, desired, again=True)

    async def set_scene(
        self, command: object, count_by: Callable[[str], Mapping[str, int]], spread_ms: int = 0
    ) -> int:
        """Show something on all phones; the version of the scene, once it is stored and on its way.

        Phones spread their reports over `spread_ms`. Raises `SceneError` for a command that is none,
        `ClientError` when the shadow service does not take it.
        """
        async with self._setting:
            return await self._change(lambda at: scene_of(command, count_by, at), spread_ms)

    async def set_group(
        self,
        group: tuple[str, str],
        colour: str | None,
        count_by: Callable[[str], Mapping[str, int]],
        spread_ms: int = 0,
    ) -> int:
        """Give the phones with one value of a fact a colour in the scene that is shown, see `with_group`.

        Answers and raises as `set_scene`.
        """
        async with self._setting:
            return await self._change(
                lambda at: with_group(self._scene_desired, group, colour, count_by, at), spread_ms
            )

    @property
    def can_undo(self) -> bool:
        """True when there is a scene to go back to."""
        return bool(self._before)

    async def undo(self, spread_ms: int = 0) -> int | None:
        """Show again what was shown before the newest scene that was set here; None when that is not known.

        Answers and raises as `set_scene`.
        """
        async with self._setting:
            if not self._before:
                return None
            before = self._before.newest
            version = await self._change(lambda at: {**before, "at": at}, spread_ms, again=True)
            await self._before.take_back()
            return version

    async def clear(self, version: int) -> None:
        """Clear the scene if it is still this version, and forget what was before. Raises `ClientError`."""
        async with self._setting:
            if self.scene is not None and self.scene_version == version:
                await self._change(lambda at: {"at": at}, 0)
            await self._before.forget()

    async def _change(self, make: Callable[[int], Scene], spread_ms: int, *, again: bool = False) -> int:
        """Set what `make` makes of the scene that is shown; `again`: it was shown before."""
        for _ in range(CONFLICTS_MAX):
            before, scene = self._scene_desired, make(self._next_moment())
            scene.pop("spread_ms", None)
            if spread_ms:
                scene["spread_ms"] = spread_ms
            try:
                version = await self._write_scene(scene)
            except ShadowRefused as refused:
                if refused.code != CONFLICT:
                    raise
                await self._read_scene()
            else:
                self._take_scene(version, scene)
                if not again:
                    await self._before.add(before)
                return version
        raise Unavailable("The scene could not be set: something else keeps writing the room's shadow.")

    def _next_moment(self) -> int:
        """Now, or a little later when the last change was just now: no room flashes, whoever presses the
        button."""
        at, now = self._scene_desired.get("at"), room_time_ms()
        earliest = at + CHANGE_SPACING_MS if isinstance(at, int) else 0
        # A moment in the far future, written by somebody else, must not hold the room up.
        return earliest if now < earliest <= now + 2 * CHANGE_SPACING_MS else now

    async def _write_scene(self, scene: dict[str, Any]) -> int:
        accepted = await self._shadows.update(
            ShadowId(self._room_thing, "scene"),
            desired=replacing_patch(self._scene_desired, scene),
            version=self.scene_version or None,
        )
        return int(accepted["version"])

    async def _read_scene(self) -> None:
        version, desired = await self._read("scene")
        if version:
            self._take_scene(version, desired, again=True)

    async def _read(self, name: str) -> tuple[int, dict[str, Any]]:
        try:
            document = await self._shadows.get(ShadowId(self._room_thing, name))
        except ShadowRefused as refused:
            if refused.code == NOT_FOUND:
                return 0, {}
            raise
        return int(document["version"]), _desired(document)

    def _updated(self, shadow: ShadowId, body: dict[str, Any]) -> None:
        if shadow.thing != self._room_thing:
            return
        current = body["current"]
        take = self._take_scene if shadow.name == "scene" else self._take_poll
        take(int(current.get("version", 0)), _desired(current))

    def _take_scene(self, version: int, desired: dict[str, Any], *, again: bool = False) -> None:
        if version < self.scene_version or (version == self.scene_version and not again):
            return
        self._scene_desired = desired
        self.scene = scene_message(version, desired)
        self._tell("scene", self.scene)

    def _take_poll(self, version: int, desired: dict[str, Any], *, again: bool = False) -> None:
        if version < self.poll_version or (version == self.poll_version and not again):
            return
        self.poll_version = version
        self._tell("poll", {"version": version, "poll": desired.get("poll")})

    def _tell(self, topic: str, message: Mapping[str, Any]) -> None:
        """Publish now and once more after `REPEAT_S`, unless something newer is told before."""
        if topic in self._repeats:
            self._repeats[topic].cancel()
        self._publish(topic, message)
        loop = asyncio.get_running_loop()
        self._repeats[topic] = loop.call_later(REPEAT_S, self._publish, topic, message)
        self._changed()

    def _publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """Retained, without waiting: if it is lost, the next connection reads the shadow and publishes
        again."""
        self._transport.publish(f"room/{self._code}/{topic}", orjson.dumps(message), qos=1, retain=True)


def _desired(document: Mapping[str, Any]) -> dict[str, Any]:
    state = document.get("state")
    desired = state.get("desired") if isinstance(state, dict) else None
    return desired if isinstance(desired, dict) else {}
