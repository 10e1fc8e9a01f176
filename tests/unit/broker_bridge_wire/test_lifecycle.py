"""Lifecycle events: their order, and what is no event."""

from itertools import permutations

import orjson
import pytest

from broker_bridge.wire.lifecycle import (
    ClientSession,
    ConnectionWatch,
    DisconnectReason,
    EventOrder,
    PresenceEvent,
    connected_event,
    disconnected_event,
    parse_event,
)

FIRST = ClientSession("lamp", "s-1", "lamp", "10.0.0.9", 100, 1_000)
SECOND = ClientSession("lamp", "s-2", "lamp", "10.0.0.9", 200, 2_000)


def test_an_event_is_read_as_it_was_written() -> None:
    """Client, kind, time and version come back."""
    event = parse_event(*connected_event(FIRST))
    assert event is not None
    assert (event.client_id, event.connected, event.timestamp_ms, event.version) == ("lamp", True, 1_000, 100)
    lost = parse_event(*disconnected_event(FIRST, DisconnectReason.CONNECTION_LOST, 1_500))
    assert lost is not None
    assert (lost.connected, lost.timestamp_ms, lost.version) == (False, 1_500, 100)
    assert (event.disconnect_reason, lost.disconnect_reason) == (None, "CONNECTION_LOST")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("$aws/events/presence/connected/", b"{}"),
        ("$aws/events/presence/there/lamp", b'{"timestamp":1,"versionNumber":1}'),
        ("$aws/events/presence/connected/lamp", b"no json"),
        ("$aws/events/presence/connected/lamp", b"[]"),
        ("$aws/events/presence/connected/lamp", b'{"timestamp":"1","versionNumber":1}'),
        ("$aws/events/presence/connected/lamp", b'{"timestamp":1,"versionNumber":true}'),
        ("$aws/things/lamp/shadow/get", b'{"timestamp":1,"versionNumber":1}'),
    ],
)
def test_everything_else_is_no_event(topic: str, payload: bytes) -> None:
    """Other topics and other contents are None, never an error."""
    assert parse_event(topic, payload) is None


def test_in_whatever_order_they_come_the_end_is_the_same() -> None:
    """Every order of two visits' events, each of them twice, ends with what happened last."""
    told = [
        connected_event(FIRST),
        disconnected_event(FIRST, DisconnectReason.DUPLICATE_CLIENT_ID, 2_001),
        connected_event(SECOND),
        disconnected_event(SECOND, DisconnectReason.CONNECTION_LOST, 3_000),
    ]
    events = [event for one in told if (event := parse_event(*one)) is not None]
    for order in permutations(events):
        kept, last = EventOrder(), None
        for event in (*order, *order):
            last = event if kept.is_news(event) else last
        assert last == events[3]
        assert kept.connected() == []
    kept = EventOrder()
    assert [kept.is_news(event) for event in (events[2], events[1], events[0])] == [True, False, False]
    assert kept.connected() == ["lamp"]


def test_memory_is_bounded() -> None:
    """Of more clients than the bound, the one heard of longest ago is forgotten."""
    kept = EventOrder(clients_max=2)
    for number in range(4):
        event = parse_event(
            f"$aws/events/presence/connected/c{number}", orjson.dumps({"timestamp": 1, "versionNumber": 1})
        )
        assert event is not None
        assert kept.is_news(event)
    assert kept.connected() == ["c2", "c3"]
    kept.forget()
    assert kept.connected() == []


@pytest.mark.parametrize(
    ("facts", "said", "silent_s", "reason"),
    [
        ({}, b"\xe0\x00", 0, "CLIENT_INITIATED_DISCONNECT"),
        ({"client_went": True}, b"", 0, "CONNECTION_LOST"),
        ({"superseded": True}, b"", 0, "DUPLICATE_CLIENTID"),
        ({"superseded": True}, b"\xe0\x00", 0, "CLIENT_INITIATED_DISCONNECT"),
        ({"revoked": True, "client_went": True}, b"", 0, "AUTH_ERROR"),
        ({}, b"", 90, "MQTT_KEEP_ALIVE_TIMEOUT"),
        ({}, b"", 80, "SERVER_INITIATED_DISCONNECT"),
    ],
)
def test_why_a_connection_ended(facts: dict[str, bool], said: bytes, silent_s: float, reason: str) -> None:
    """What the client said comes before what was seen from outside; keep-alive is 60 s here."""
    watch = ConnectionWatch(keepalive=60, now=0)
    watch.heard(b"\xc0\x00" + said, 10)
    for name, value in facts.items():
        setattr(watch, name, value)
    assert watch.reason(10 + silent_s) == reason


def test_who_does_not_answer_the_roll_is_forgotten() -> None:
    """Those told of since the call stay, by an old event or a new one; the others are news when they are
    told of again."""
    kept = EventOrder()
    told = {
        name: PresenceEvent(name, connected=True, timestamp_ms=1, version=1) for name in ("a", "b", "c", "d")
    }
    for event in told.values():
        assert kept.is_news(event)
    kept.is_news(PresenceEvent("d", connected=False, timestamp_ms=2, version=1))

    kept.call_the_roll()
    assert not kept.is_news(told["a"])
    assert kept.is_news(PresenceEvent("b", connected=True, timestamp_ms=3, version=2))

    assert kept.end_roll_call() == ["c"]
    assert sorted(kept.connected()) == ["a", "b"]
    assert kept.end_roll_call() == []
    assert kept.is_news(told["c"])
