"""Who is asked for a report that did not come."""

from types import SimpleNamespace
from typing import Any

from broker_bridge.wire.quotas import Quotas
from dashboard.catch_up import CatchUp
from dashboard.rooms.room import Room

SMALL = Quotas("eu-west-3", connects=100, inbound=2_000, outbound=2_000, shadow_requests=8)


def catch_up_of(phones: int) -> tuple[Room, CatchUp]:
    """A room that shows scene 5 since 10,000, with a spread of 2 s; nobody has reported it."""
    room = Room()
    for slot in range(phones):
        room.enter(f"phone-{slot}", slot, {"os": "iOS"})
        room.presence(f"phone-{slot}", 1, True)
    scene: dict[str, Any] = {"version": 5, "at": 10_000, "spread_ms": 2_000}
    own: Any = SimpleNamespace(scene=scene)
    nothing: Any = None
    return room, CatchUp(room, own, nothing, SMALL, nothing)


def test_nobody_is_asked_before_the_last_report_should_be_there() -> None:
    """`at`, the spread and a second more."""
    _, catch_up = catch_up_of(1)

    assert catch_up.due(12_999, 1.0) == []
    assert catch_up.due(13_000, 1.0) == ["phone-0"]


def test_only_connected_phones_that_are_behind_are_asked() -> None:
    """One has reported, one is not connected."""
    room, catch_up = catch_up_of(3)
    room.report("phone-0", 1, {"scene": 5})
    room.presence("phone-1", 1, False)

    assert catch_up.due(20_000, 1.0) == ["phone-2"]


def test_asking_is_no_load_itself() -> None:
    """A quarter of the account's requests a round, and the same phone ever more seldom."""
    _, catch_up = catch_up_of(3)

    assert catch_up.due(20_000, 1.0) == ["phone-0", "phone-1"]
    assert catch_up.due(20_000, 1.0) == ["phone-2"]
    assert catch_up.due(20_000, 1.5) == []
    assert catch_up.due(20_000, 3.1) == ["phone-0", "phone-1"]
    assert catch_up.due(20_000, 5.0) == ["phone-2"]
