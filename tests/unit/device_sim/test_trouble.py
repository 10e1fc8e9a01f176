"""What a scenario does to phones, without a network and without a loop."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from device_sim.crowd.crowd import Crowd
from device_sim.crowd.trouble import Trouble
from device_sim.phone.phone import Phone
from device_sim.phone.state import Event, State
from device_sim.report.measure import Rounds
from device_sim.scenario.rules import Scenario
from device_sim.scenario.timeline import Happening, Kind
from tests.unit.device_sim.test_phone import SCENE, Bench


class FewPhones:
    """The part of a crowd that trouble is made in: two phones that are here, and timers."""

    def __init__(self) -> None:
        self.benches = [Bench(index, SCENE) for index in range(2)]
        for bench in self.benches:
            bench.open()
        self.phones = [bench.phone for bench in self.benches]
        self.recolours = Rounds()
        self.without_network: set[int] = set()
        self.timers: list[tuple[Callable[..., object], tuple[object, ...]]] = []
        self.back: list[int] = []

    def later(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        self.timers.append((call, arguments))

    def come_back(self, phone: Phone) -> None:
        self.back.append(phone.index)

    def fire(self) -> None:
        """Run all timers that are set now."""
        due, self.timers = self.timers, []
        for call, arguments in due:
            call(*arguments)


class Scene:
    """Two phones and their trouble in a run of a hundred seconds."""

    def __init__(self) -> None:
        self.crowd = FewPhones()
        self.trouble = Trouble(Scenario(), cast("Crowd", self.crowd), Rounds(), 1)

    def befall(self, kind: Kind, *indices: int, at: float = 1.0, storm: bool = False) -> None:
        phones = tuple((index, 5.0) for index in indices or (0,))
        self.trouble._befall(Happening(at, kind, phones, storm), 100.0)

    def close(self, index: int = 0) -> None:
        """The connection of a phone ends."""
        bench = self.crowd.benches[index]
        bench.phone.closed(bench.line)

    @property
    def counts(self) -> dict[str, Any]:
        return {kind: n for kind, n in self.trouble.summary().items() if isinstance(n, int) and n}


def test_a_locked_phone_may_keep_its_connection() -> None:
    """It says that it is hidden, stays, and says later that it is looked at again."""
    scene = Scene()
    bench = scene.crowd.benches[0]
    scene.befall(Kind.HIDDEN)
    assert bench.reports(bench.line.take()) == [{"visible": False}]
    assert bench.line.open
    scene.befall(Kind.HIDDEN)
    scene.befall(Kind.RELOADED)
    scene.crowd.fire()
    assert bench.reports(bench.line.take()) == [{"visible": True}]
    assert scene.counts == {"hidden": 1}


def test_a_phone_that_sleeps_is_neither_expected_nor_awaited() -> None:
    """Its connection is closed, it does not come back before it is woken, and open rounds do without it."""
    scene = Scene()
    phone = scene.crowd.phones[0]
    scene.crowd.recolours.ask(0.0, [0, 1])
    scene.crowd.recolours.answered(9)
    scene.befall(Kind.ASLEEP, at=99.0)
    scene.close()
    assert phone.is_asleep
    assert scene.crowd.recolours.outstanding == 1
    assert scene.crowd.benches[0].watcher.told[-1] != "dropped"
    assert scene.counts == {"asleep": 1, "asleep_at_the_end": 1}
    scene.crowd.fire()
    assert scene.crowd.back == [0]
    assert not phone.is_asleep


def test_without_a_network_a_phone_tries_again_for_as_long_as_it_takes() -> None:
    """The loss is noticed; the network is away until its time is over."""
    scene = Scene()
    scene.befall(Kind.LOST)
    scene.close()
    assert scene.crowd.without_network == {0}
    assert scene.crowd.benches[0].watcher.told[-1] == "dropped"
    scene.crowd.fire()
    assert scene.crowd.without_network == set()
    assert scene.counts == {"network_lost": 1}


def test_a_half_open_connection_is_given_up_late_and_left_to_the_broker() -> None:
    """Nobody notices at first; then the phone wants another, and the old one is closed at the end."""
    scene = Scene()
    bench = scene.crowd.benches[0]
    scene.befall(Kind.HALF_OPEN)
    assert bench.line.silent
    assert bench.phone.state is State.HERE
    scene.crowd.fire()
    assert bench.phone.state is State.AWAY
    assert bench.watcher.told[-1] == "dropped"
    assert bench.line.open
    scene.trouble.close()
    assert not bench.line.open


def test_a_reloaded_page_knows_its_token_and_nothing_else() -> None:
    """It must join again, and hears scene and shadow anew."""
    scene = Scene()
    phone = scene.crowd.phones[0]
    assert phone.color == SCENE["color"]
    scene.befall(Kind.RELOADED)
    assert (phone.token, phone.password, phone.color, phone.scene_version) == ("t", "", None, -1)


@pytest.mark.parametrize("kind", [Kind.LOST, Kind.HALF_OPEN, Kind.RELOADED])
def test_nothing_begins_that_would_not_be_over(kind: Kind) -> None:
    """Who would have no network at the end would be lost, and it would not be the room's fault."""
    scene = Scene()
    scene.befall(kind, at=96.0)
    assert scene.counts == {}


def test_a_storm_is_over_when_all_whom_it_hit_are_right_again() -> None:
    """Who is not here is not hit; who has fallen asleep is not awaited; the last one ends it."""
    scene = Scene()
    scene.crowd.phones[1].visible = False
    scene.befall(Kind.LOST, 0, 1, storm=True)
    for index in (0, 1):
        scene.close(index)
    (storm,) = scene.trouble.storms
    assert (storm.hit, [*storm.waiting]) == (2, [0, 1])
    scene.crowd.fire()
    assert [*storm.waiting] == [0]
    assert storm.summary()["all_s"] is None
    bench = scene.crowd.benches[0]
    bench.phone.step(Event.RETRY)
    bench.open()
    storm.waiting[0] = 0.0
    scene.crowd.fire()
    assert storm.summary()["all_s"] is not None
    assert storm.back.count == 1
