"""How well phones follow."""

from dashboard.rooms.vitals import RECONNECTING_MS, Vitals


def test_time_to_colour_counts_those_who_were_awake_once() -> None:
    """From the scene's moment to the first report of that version; who joins later was not slow."""
    vitals = Vitals()
    assert vitals.to_colour() is None
    vitals.scene_set(3, 1_000, ["a", "b", "c"])
    vitals.scene_set(3, 1_000, [])
    for thing, version, now in (("a", 3, 1_100), ("a", 3, 9_000), ("b", 2, 1_200), ("late", 3, 1_300)):
        vitals.shown(thing, version, now)
    assert vitals.to_colour() == {"p50_ms": 100, "p95_ms": 100, "shown": 1, "awaited": 3}
    vitals.shown("b", 3, 1_400)
    assert vitals.to_colour() == {"p50_ms": 100, "p95_ms": 400, "shown": 2, "awaited": 3}
    vitals.scene_set(4, 5_000, ["a"])
    assert vitals.to_colour() == {"p50_ms": None, "p95_ms": None, "shown": 0, "awaited": 1}


def test_a_phone_is_on_the_way_back_for_a_while() -> None:
    """Until it is back, or was away for so long that nobody waits for it."""
    vitals = Vitals()
    vitals.lost("a", 0)
    vitals.lost("b", 10_000)
    assert vitals.reconnecting(20_000) == 2
    vitals.back("b")
    assert vitals.reconnecting(20_000) == 1
    assert vitals.reconnecting(RECONNECTING_MS) == 0
