"""One phone, packet by packet, without a network."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from broker_bridge.wire.packets import (
    Connack,
    Connect,
    Disconnect,
    Packet,
    PacketReader,
    Pingreq,
    Puback,
    Publish,
    Suback,
    Subscribe,
)
from device_sim.phone.answers import Entry
from device_sim.phone.behaviour import Habits, persona, votes
from device_sim.phone.phone import PING_SECONDS, Phone
from device_sim.phone.state import Event, State
from device_sim.phone.surroundings import Surroundings

THING = "phone-abc"
SHADOW = f"$aws/things/{THING}/shadow"
SEED = 1
SCENE = {"version": 4, "at": 0, "color": "#123456"}


class Line:
    """Keeps what a phone sends."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.open = True
        self.silent = False
        self._reader = PacketReader()

    def send(self, data: bytes) -> None:
        self.packets += self._reader.feed(data)

    def hang_up(self) -> None:
        self.open = False

    def go_silent(self) -> None:
        self.silent = True

    def take(self) -> list[Packet]:
        taken, self.packets = self.packets, []
        return taken


class Watcher:
    """Keeps what a phone tells, and its timers."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[..., object], tuple[object, ...]]] = []
        self.told: list[Any] = []

    def later(self, seconds: float, call: Callable[..., object], *arguments: object) -> None:
        self.timers.append((seconds, call, arguments))

    def settled(self, phone: Phone) -> None:
        self.told.append("settled")

    def shown(self, phone: Phone, version: int) -> None:
        self.told.append(("shown", version))

    def voted(self, phone: Phone, question: str, entry: Entry, *, again: bool) -> None:
        self.told.append(("voted", question, entry, again))

    def dropped(self, phone: Phone) -> None:
        self.told.append("dropped")

    def fire(self) -> None:
        """Run the next timer."""
        _, call, arguments = self.timers.pop(0)
        call(*arguments)


class Bench:
    """A phone with its line and its watcher."""

    def __init__(self, index: int = 0, scene: dict[str, Any] | None = None) -> None:
        self.watcher, self.line = Watcher(), Line()
        self.phone = Phone(index, persona(SEED, index), Surroundings("DEMO", SEED), self.watcher)
        self.phone.step(Event.ARRIVE)
        answer = {"thing_name": THING, "token": "t", "slot": 3, "scene": scene, "mqtt": {"password": "pw"}}
        self.phone.admitted(answer, "ws://x/mqtt")

    def open(self) -> list[Packet]:
        """Connect and settle; what the phone sent after its SUBSCRIBE."""
        self.line = Line()
        self.phone.opened(self.line, THING, "secret")
        self.phone.received(Connack(0))
        subscribe = self.line.take()[-1]
        assert isinstance(subscribe, Subscribe)
        self.phone.received(Suback(subscribe.packet_id, (0,) * len(subscribe.filters)))
        sent = self.line.take()
        self.acknowledge(sent)
        return sent

    def acknowledge(self, packets: list[Packet]) -> None:
        for packet in packets:
            if isinstance(packet, Publish) and packet.qos:
                self.phone.received(Puback(packet.packet_id))

    def hear(self, topic: str, value: Any) -> list[Packet]:
        """Give the phone a message; what it sent in answer, acknowledged."""
        self.phone.received(Publish(topic, orjson.dumps(value)))
        sent = self.line.take()
        self.acknowledge(sent)
        return sent

    def reports(self, packets: list[Packet]) -> list[Any]:
        return [
            orjson.loads(packet.payload)["state"]["reported"]
            for packet in packets
            if isinstance(packet, Publish) and packet.topic.endswith("/update")
        ]


def test_a_phone_introduces_itself_as_the_architecture_says() -> None:
    """CONNECT with its will, the nine filters in two packets, then birth, report at QoS 1 and get."""
    bench = Bench(scene=SCENE)
    bench.phone.opened(bench.line, THING, "secret")
    (connect,) = bench.line.take()
    assert isinstance(connect, Connect)
    assert (connect.client_id, connect.username, connect.password) == (THING, THING, b"secret")
    assert connect.will is not None
    assert connect.will.topic == f"room/DEMO/presence/{THING}"
    assert orjson.loads(connect.will.payload)["connected"] is False
    bench.phone.received(Connack(0))
    own, room = bench.line.take()
    assert isinstance(own, Subscribe)
    assert isinstance(room, Subscribe)
    assert [qos for _, qos in (*own.filters, *room.filters)] == [0] * 9
    assert f"{SHADOW}/update/delta" in dict(own.filters)
    assert f"{SHADOW}/name/ballot/+/rejected" in dict(own.filters)
    assert f"{SHADOW}/get/accepted" in dict(own.filters)
    assert f"{SHADOW}/+/accepted" not in dict(own.filters)
    assert dict(room.filters).keys() == {f"room/DEMO/{topic}" for topic in ("scene", "poll", "notice")}
    bench.phone.received(Suback(own.packet_id, (0,) * 6))
    assert bench.line.take() == []
    bench.phone.received(Suback(room.packet_id, (0,) * 3))
    birth, report, get = bench.line.take()
    assert isinstance(birth, Publish)
    assert isinstance(report, Publish)
    assert isinstance(get, Publish)
    assert orjson.loads(birth.payload)["connected"] is True
    assert orjson.loads(birth.payload)["session"] == orjson.loads(connect.will.payload)["session"]
    reported = orjson.loads(report.payload)["state"]["reported"]
    assert (report.qos, get.topic) == (1, f"{SHADOW}/get")
    assert reported["sim"] is True
    assert (reported["room"], reported["scene"], reported["color"]) == ("DEMO", 4, "#123456")
    assert bench.watcher.told == [("shown", 4)]
    bench.acknowledge([birth, report])
    assert bench.phone.state is State.HERE
    assert bench.watcher.told == [("shown", 4), "settled"]


def test_a_scene_is_shown_once_and_reported() -> None:
    """A new version changes the colour and is reported; the same or an older one does nothing."""
    bench = Bench(scene=SCENE)
    bench.open()
    assert bench.hear("room/DEMO/scene", SCENE) == []
    sent = bench.hear("room/DEMO/scene", {"version": 5, "at": 0, "color": "#ABCDEF"})
    assert bench.reports(sent) == [{"scene": 5, "color": "#ABCDEF"}]
    assert bench.hear("room/DEMO/scene", SCENE) == []
    assert bench.phone.color == "#ABCDEF"
    assert not bench.phone.is_wrong


def test_a_phone_that_never_heard_of_the_latest_scene_is_wrong() -> None:
    """A version that only the presenter or the wall knows makes every phone behind it wrong."""
    bench = Bench(scene=SCENE)
    bench.open()
    bench.phone._surroundings.hear_version(5)
    assert bench.phone.is_wrong


def test_a_scene_waits_for_its_moment_and_is_overtaken_by_a_newer_one() -> None:
    """`at` is when a scene is shown; one that was overtaken meanwhile is not shown any more."""
    bench = Bench(scene=SCENE)
    bench.open()
    assert bench.hear("room/DEMO/scene", {"version": 5, "at": 9e15, "color": "#ABCDEF"}) == []
    assert bench.phone.color == "#123456"
    assert bench.phone.is_wrong
    bench.hear("room/DEMO/scene", {"version": 6, "at": 0, "color": "#000001"})
    bench.watcher.fire()
    assert bench.phone.color == "#000001"


def test_a_phone_obeys_its_delta_over_the_scene() -> None:
    """A desired colour is shown over the scene's and reported, and goes when the presenter takes it back."""
    bench = Bench(scene=SCENE)
    bench.open()
    delta = {"version": 9, "state": {"color": "#FF0000", "message": "hello"}}
    sent = bench.hear(f"{SHADOW}/update/delta", delta)
    assert bench.reports(sent) == [{"scene": 4, "color": "#FF0000", "message": "hello", "highlight": None}]
    assert bench.hear(f"{SHADOW}/update/delta", delta) == []
    bench.hear("room/DEMO/scene", {"version": 5, "at": 0, "color": "#ABCDEF"})
    assert bench.phone.color == "#FF0000"
    assert not bench.phone.is_wrong
    stale = {"version": 3, "state": {"color": "#00FF00"}}
    assert bench.hear(f"{SHADOW}/update/delta", stale) == []
    taken_back = {"version": 12, "state": {"desired": {"message": "hello"}}}
    sent = bench.hear(f"{SHADOW}/get/accepted", taken_back)
    assert bench.reports(sent) == [{"scene": 5, "color": "#ABCDEF", "message": "hello", "highlight": None}]


def test_a_phone_that_slept_finds_its_desired_state_by_get() -> None:
    """The answer to `get` tells what was desired while the phone was away."""
    bench = Bench(scene=SCENE)
    bench.open()
    document = {"version": 20, "state": {"desired": {"color": "#00FF00"}, "reported": {}}}
    assert bench.reports(bench.hear(f"{SHADOW}/get/accepted", document))[0]["color"] == "#00FF00"


def test_a_removed_phone_says_so_and_goes() -> None:
    """`removed` is reported, then the phone disconnects cleanly and stays away."""
    bench = Bench(scene=SCENE)
    bench.open()
    sent = bench.hear(f"{SHADOW}/update/delta", {"version": 9, "state": {"removed": True}})
    assert bench.reports(sent)[0]["removed"] is True
    assert isinstance(sent[-1], Disconnect)
    assert bench.phone.state is State.GONE
    bench.phone.closed(bench.line)
    assert "dropped" not in bench.watcher.told


def _voter(changes: bool) -> int:
    return next(i for i in range(100) if len(votes(SEED, i, POLL["poll"], Habits())) == 1 + changes)


POLL: dict[str, Any] = {
    "version": 3,
    "poll": {"id": "p1", "kind": "single", "options": ["a", "b"], "state": "open"},
}


def test_a_vote_is_a_fact_in_the_ballot_and_may_change() -> None:
    """A phone that changes its mind writes its ballot twice, each time whole."""
    index = _voter(changes=True)
    bench = Bench(index)
    bench.open()
    plan = votes(SEED, index, POLL["poll"], Habits())
    assert bench.hear("room/DEMO/poll", POLL) == []
    for vote in plan:
        assert bench.watcher.timers[0][0] == vote.after
        bench.watcher.fire()
        sent = bench.line.take()
        assert bench.reports(sent) == [{"p1": vote.entry}]
        assert isinstance(sent[0], Publish)
        assert (sent[0].topic, sent[0].qos) == (f"{SHADOW}/name/ballot/update", 1)
        bench.acknowledge(sent)
    assert bench.watcher.told[-1] == ("voted", "p1", plan[-1].entry, True)


def test_a_locked_question_gets_no_vote() -> None:
    """Who thinks too long finds the question locked."""
    bench = Bench(_voter(changes=False))
    bench.open()
    bench.hear("room/DEMO/poll", POLL)
    bench.hear("room/DEMO/poll", {"version": 4, "poll": {**POLL["poll"], "state": "locked"}})  # type: ignore[dict-item]
    bench.watcher.fire()
    assert bench.line.take() == []


def test_a_vote_cast_offline_arrives_on_reconnect_and_only_until_acknowledged() -> None:
    """A ballot whose acknowledgement never came is sent again; an acknowledged one is not."""
    bench = Bench(_voter(changes=False))
    bench.open()
    bench.hear("room/DEMO/poll", POLL)
    bench.phone.closed(bench.line)
    bench.watcher.fire()
    for expected in (1, 0):
        bench.phone.step(Event.RETRY)
        ballots = [report for report in bench.reports(bench.open()) if "p1" in report]
        assert len(ballots) == expected
        bench.phone.closed(bench.line)


@pytest.mark.parametrize("code", [4, 5])
def test_an_expired_password_is_forgotten(code: int) -> None:
    """When the broker no longer takes the password, the phone must join again for another."""
    bench = Bench()
    bench.phone.opened(bench.line, THING, "secret")
    bench.phone.received(Connack(code))
    assert not bench.line.open
    bench.phone.closed(bench.line)
    assert bench.phone.password == ""
    assert bench.phone.state is State.AWAY
    assert bench.watcher.told == ["dropped"]


def test_what_was_not_acknowledged_is_owed() -> None:
    """A report is owed until its PUBACK; a new connection starts with a whole new report instead."""
    bench = Bench(scene=SCENE)
    bench.open()
    bench.phone.received(Publish("room/DEMO/scene", b'{"version":5,"at":0}'))
    assert bench.phone.owes == 1
    bench.phone.closed(bench.line)
    bench.phone.step(Event.RETRY)
    assert bench.reports(bench.open())[0]["scene"] == 5
    assert bench.phone.owes == 0


def test_an_idle_phone_pings_and_a_silent_line_is_dropped() -> None:
    """Nothing sent for a while: a ping. Nothing heard for long: hang up."""
    bench = Bench()
    bench.open()
    sent, heard = bench.phone.sent, bench.phone.heard
    bench.phone.ping_if_idle(sent + PING_SECONDS - 1)
    assert bench.line.take() == []
    bench.phone.ping_if_idle(sent + PING_SECONDS + 1)
    assert bench.line.take() == [Pingreq()]
    bench.phone.ping_if_idle(heard + 91)
    assert not bench.line.open


def test_leaving_is_said_before_the_disconnect() -> None:
    """Presence goes false by a message of its own, because a clean DISCONNECT sends no will."""
    bench = Bench()
    bench.open()
    bench.phone.leave()
    goodbye, end = bench.line.take()
    assert isinstance(goodbye, Publish)
    assert orjson.loads(goodbye.payload)["connected"] is False
    assert end == Disconnect()
    bench.phone.received(Suback(1, (0,)))
    assert bench.hear("room/DEMO/scene", {"version": 5, "at": 0}) == []


def test_noise_on_a_topic_does_not_disturb_a_phone() -> None:
    """Payloads that are no JSON objects are ignored; a rejected update is counted as a fault."""
    bench = Bench(scene=SCENE)
    bench.open()
    for topic in ("room/DEMO/scene", "room/DEMO/poll", "room/DEMO/notice", f"{SHADOW}/update/delta"):
        assert bench.hear(topic, [1]) == []
    bench.hear(f"{SHADOW}/get/rejected", {"code": 404})
    assert bench.phone.faults == 0
    bench.hear(f"{SHADOW}/update/rejected", {"code": 413})
    assert bench.phone.faults == 1


def test_a_locked_phone_is_not_voted_on_until_it_is_looked_at() -> None:
    """The vote waits for the person, and is cast then."""
    bench = Bench(_voter(changes=False))
    bench.open()
    bench.hear("room/DEMO/poll", POLL)
    bench.phone.lock()
    for _ in range(2):
        bench.watcher.fire()
    assert "voted" not in {told[0] for told in bench.watcher.told}
    bench.phone.unlock()
    bench.watcher.fire()
    assert "voted" in {told[0] for told in bench.watcher.told}


def test_a_message_that_is_sent_twice_is_marked_the_second_time() -> None:
    """Every QoS 1 message goes out again as a duplicate with its id, nothing else does; it is counted."""
    bench = Bench()
    bench.phone._surroundings.duplicate_share = 1.0
    sent = [packet for packet in bench.open() if isinstance(packet, Publish)]
    once, twice = [packet for packet in sent if not packet.dup], [packet for packet in sent if packet.dup]
    assert [packet for packet in once if packet.qos] == [replace(packet, dup=False) for packet in twice]
    assert bench.phone.sent_twice == len(twice) == 2
    assert bench.phone.owes == 0
