"""Who is connected, by AWS's lifecycle events."""

import asyncio

import orjson
import pytest

from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from dashboard import connectivity
from dashboard.rooms.room import Room

WAIT_S = 20.0


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """One phone, whose birth of session 100 was heard; the grace is no time at all."""
    monkeypatch.setattr(connectivity, "GRACE_S", 0.0)
    made = Room()
    made.enter("phone-a", 1, {"os": "iOS"})
    made.presence("phone-a", 100, True)
    return made


async def tell(room: Room, *events: tuple[str, int]) -> None:
    """Have these events (kind and version) come in."""
    broker = MemoryBroker()
    transport = MemoryTransport(broker, "room")
    await transport.connect()
    follower = connectivity.Connectivity(room, lambda: None)
    await follower.subscribe(transport)
    told = asyncio.Event()
    await transport.subscribe(["told"], lambda _: told.set(), qos=1)
    for kind, version in events:
        event = {"clientId": "phone-a", "timestamp": 1, "eventType": kind, "versionNumber": version}
        await transport.publish(f"$aws/events/presence/{kind}/phone-a", orjson.dumps(event), qos=1)
    await transport.publish("told", b"", qos=1)
    async with asyncio.timeout(WAIT_S):
        await told.wait()
    await asyncio.sleep(0)  # The grace's turn: it is over in the turn in which this is told.
    await transport.close()


def is_connected(room: Room) -> bool | None:
    """What the room thinks."""
    phone = room.phone("phone-a")
    assert phone is not None
    return phone.connected


async def test_a_lost_will_is_made_good(room: Room) -> None:
    """The phone vanished, and only the event says so; its next birth is heard again."""
    await tell(room, ("connected", 1), ("disconnected", 1))
    assert is_connected(room) is False

    room.presence("phone-a", 200, True)
    assert is_connected(room) is True


async def test_a_lost_birth_is_made_good(room: Room) -> None:
    """It had gone, and came back unheard; its will then ends that connection too."""
    room.presence("phone-a", 100, False)
    await tell(room, ("connected", 2))
    assert is_connected(room) is True

    room.presence("phone-a", 200, False)
    assert is_connected(room) is False


async def test_the_end_of_an_older_connection_says_nothing(room: Room) -> None:
    """Events come in any order: the newer connection counts."""
    await tell(room, ("connected", 5), ("disconnected", 4))

    assert is_connected(room) is True


async def test_others_are_nobody(room: Room) -> None:
    """A client that is no phone of the room changes nothing."""
    room.leave("phone-a")
    await tell(room, ("connected", 1), ("disconnected", 1))

    assert len(room) == 0
