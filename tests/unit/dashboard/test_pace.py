"""How fast a room may go under quotas."""

import random

from broker_bridge.wire.quotas import PerSecond, Quotas
from dashboard.rooms.pace import SPREAD_MAX_MS, Turns, joins_per_second, spread_ms

PARIS = Quotas("eu-west-3", connects=100, inbound=2_000, outbound=2_000, shadow_requests=400)


def test_without_quotas_nobody_waits() -> None:
    """A local room reports at once, whatever its size; so does a small one on AWS."""
    assert spread_ms(2_000, None) == 0
    assert spread_ms(30, PARIS) == 0


def test_reports_so_spread_fit_one_connection() -> None:
    """Of 2,000 phones that report at random times within the spread, a connection hears all but a handful."""
    spread = spread_ms(2_000, PARIS)
    chance = random.Random(1)
    times = sorted(chance.random() * spread / 1000 for _ in range(2_000))
    second = PerSecond(PARIS.connection_publishes)

    assert sum(second.takes(when) for when in times) >= 1_990
    assert 20_000 < spread < 30_000


def test_the_spread_has_an_end() -> None:
    """20,000 phones would take five minutes; nobody waits for that, the room asks instead."""
    assert spread_ms(20_000, PARIS) == SPREAD_MAX_MS


def test_turns_come_at_a_fixed_rate_and_not_too_late() -> None:
    """Ten a second: the 31st of a burst would wait for more than 3 s, and comes again later."""
    turns = Turns(10.0, 3.0)
    waits = [turns.wait(100.0) for _ in range(32)]

    assert waits[0] == 0.0
    assert abs((waits[10] or 0.0) - 1.0) < 1e-6
    assert waits[31] is None
    assert turns.wait(104.0) == 0.0


def test_joins_leave_room_for_what_they_bring() -> None:
    """Each join is a birth and a report, so the connection that hears them decides, not the account."""
    assert joins_per_second(PARIS) == 50.0
