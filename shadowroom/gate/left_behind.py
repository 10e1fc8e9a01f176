"""What a thing leaves at the broker when it is removed: a kept session and retained messages.

Whoever gets the name next must not inherit them: neither subscriptions, nor messages that waited, nor what
the former thing wanted remembered. A broker tells nobody which sessions it keeps, so the gate notes which
entry of the list each name was last used by, and clears up for a name whose entry is another.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
import structlog

from broker_bridge.transport.port import Message, Transport, TransportError
from broker_bridge.transport.relay import BROKER_S, NoBroker, hang_up, open_to_broker
from broker_bridge.wire.connect_rewrite import connack_code
from broker_bridge.wire.fields import MalformedPacket
from broker_bridge.wire.packets import Connect, Disconnect, encode
from shadowroom.brokers.device_topics import own_tree
from shadowroom.brokers.port import ThingsEntrance
from shadowroom.complaint import Complaint
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import KeptThing
from shadowroom.private_files import write_private

LOOK_S: Final = 0.5
"""Seconds between looks for removed things; also until a visit is written down."""
QUIET_S: Final = 0.2
"""Seconds without a further retained message after which a broker has sent all; they come at once."""
RETAINED_MAX: Final = 10_000
"""Retained messages of one thing that are forgotten."""

log = structlog.get_logger()


class LeftBehind:
    """Clears up after removed things, those that were removed while no gate ran among them."""

    def __init__(
        self, file: Path, room: str, entrance: ThingsEntrance, roll: Roll, transport: Transport
    ) -> None:
        """`file` remembers; `transport` is a connection whose account may use every topic."""
        self._file = file
        self._room = room
        self._entrance = entrance
        self._roll = roll
        self._transport = transport
        self._tenants = _read(file)
        """For each name that came in, the salt of the entry that it came in with: no two entries share it."""
        self._written = dict(self._tenants)
        self._one_at_a_time = asyncio.Lock()

    async def welcome(self, thing: KeptThing) -> None:
        """To be called before a thing is connected: on its first visit it finds nothing of anybody else's.

        Raises `NoBroker`.
        """
        if self._tenants.get(thing.name) == thing.salt:
            return
        async with self._one_at_a_time:
            former = self._tenants.get(thing.name)
            if former == thing.salt:
                return
            await self._end_session(thing.name)
            if former is not None:
                try:
                    await self._forget_retained(thing.name)
                except TransportError as error:
                    raise NoBroker(str(error)) from error
            self._tenants[thing.name] = thing.salt

    async def run(self, is_here: Callable[[str], bool]) -> None:
        """Clear up after removed things, until cancelled; after one that `is_here` once it is gone."""
        done_for = 0
        while True:
            edition = self._roll.refresh()
            # A broker needs a moment for the will of who was cut off: another connection of the name would
            # take it away.
            await asyncio.sleep(LOOK_S)
            if edition != done_for and self._transport.connected and await self._clear_up(is_here):
                done_for = edition
            self.write()

    def write(self) -> None:
        """Write down what has changed."""
        if self._written == self._tenants:
            return
        try:
            write_private(self._file, orjson.dumps({"things": self._tenants}).decode())
            self._written = dict(self._tenants)
        except Complaint as complaint:
            log.error("the visits of things cannot be written down", reason=complaint.sentence)

    async def _clear_up(self, is_here: Callable[[str], bool]) -> bool:
        """True when nothing of a removed thing is left."""
        for name, salt in list(self._tenants.items()):
            if self._is_on_the_list(name, salt):
                continue
            if is_here(name):
                return False
            async with self._one_at_a_time:
                if self._tenants.get(name) != salt:
                    continue
                try:
                    await self._end_session(name)
                    await self._forget_retained(name)
                except (NoBroker, TransportError) as error:
                    log.warning("what a thing left is still at the broker", thing=name, reason=str(error))
                    return False
                del self._tenants[name]
                log.info("cleared up after a removed thing", room=self._room, thing=name)
        return True

    def _is_on_the_list(self, name: str, salt: str) -> bool:
        entry = self._roll.find(name)
        return entry is not None and entry.salt == salt

    async def _end_session(self, name: str) -> None:
        """A connection with a clean session ends the one that was kept (MQTT 3.1.1, section 3.1.2.4)."""
        entrance = self._entrance
        credential = entrance.credentials.mint(name, self._room)
        reader, writer = await open_to_broker(entrance.host, entrance.port)
        try:
            writer.write(encode(Connect(name, credential.username, credential.password.encode())))
            async with asyncio.timeout(BROKER_S):
                answer = bytearray()
                while (code := connack_code(answer)) is None:
                    answer += await reader.readexactly(1)
            if code != 0:
                raise NoBroker(f"the broker refused {name} with code {code}")
            writer.write(encode(Disconnect()))
        except (OSError, EOFError, TimeoutError, MalformedPacket) as error:
            raise NoBroker(str(error) or "no answer") from error
        finally:
            await hang_up(writer)

    async def _forget_retained(self, name: str) -> None:
        filters = [own_tree(name), f"$aws/things/{name}/#", f"room/{self._room}/presence/{name}"]
        arrived: asyncio.Queue[str] = asyncio.Queue(RETAINED_MAX)

        def note(message: Message) -> None:
            if message.retain and message.payload and not arrived.full():
                arrived.put_nowait(message.topic)

        topics = set()
        await self._transport.subscribe(filters, note)
        try:
            with suppress(TimeoutError):
                while True:
                    topics.add(await asyncio.wait_for(arrived.get(), QUIET_S))
        finally:
            await self._transport.unsubscribe(filters)
        for topic in topics:
            await self._transport.publish(topic, b"", qos=1, retain=True)


def _read(file: Path) -> dict[str, str]:
    """What was written down; nothing when it cannot be read, which costs each thing its kept session once."""
    try:
        found = orjson.loads(file.read_bytes())["things"]
        return {str(name): str(salt) for name, salt in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the visits of things cannot be read", file=str(file), reason=str(error))
        return {}
