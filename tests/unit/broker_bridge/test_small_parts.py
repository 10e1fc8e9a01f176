"""Backoff, rate, receipts, store URLs, settings, deliveries, logs."""

import json

import pytest
import structlog

from broker_bridge.settings import BridgeSettings
from broker_bridge.shadow.rate import MAX_BUSY_THINGS, Rate
from broker_bridge.store.memory import MemoryStore
from broker_bridge.store.open import open_store
from broker_bridge.store.sqlite import SqliteStore
from broker_bridge.telemetry import configure_logging
from broker_bridge.transport.backoff import full_jitter
from broker_bridge.transport.delivery import Delivery, failed
from broker_bridge.transport.dispatch import Receipts, Subscriptions
from broker_bridge.transport.port import Dropped


def test_waits_double_under_a_cap_of_two_then_ten_seconds() -> None:
    """And a wait is any share of that, nothing included."""
    assert [full_jitter(attempt, 0, 1) for attempt in range(7)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]
    assert full_jitter(10_000, 29.9, 1) == 2
    assert full_jitter(10_000, 30, 1) == 10
    assert full_jitter(5, 0, 0) == 0
    assert full_jitter(0, 99, 0.5) == 0.05


def test_a_rate_allows_a_burst_and_then_its_average() -> None:
    """Each thing has its own."""
    rate = Rate(per_second=2, burst=3)

    assert [rate.allows("a", 0) for _ in range(4)] == [True, True, True, False]
    assert rate.allows("b", 0)
    assert [rate.allows("a", 0.5), rate.allows("a", 0.5), rate.allows("a", 1.0)] == [True, False, True]


def test_a_rate_forgets_things_that_are_idle() -> None:
    """So its memory is bounded by who is busy."""
    rate = Rate(per_second=1, burst=1)
    for number in range(MAX_BUSY_THINGS):
        rate.allows(str(number), 0)

    assert rate.allows("late", 100)
    assert len(rate._buckets) == 1


def test_acknowledgements_leave_in_the_order_of_arrival() -> None:
    """A message that is done early waits for those before it."""
    sent: list[int] = []
    receipts = Receipts(sent.append)
    first, second, third = receipts.expect(7, 1), receipts.expect(8, 2), receipts.expect(9, 1)

    third()
    second()
    first()
    assert sent == [7]
    assert len(receipts) == 2
    second()
    assert sent == [7, 8, 9]
    second()
    assert sent == [7, 8, 9]


def test_a_later_subscription_of_a_filter_replaces_the_earlier() -> None:
    """As in MQTT; removing one leaves the others."""
    subscriptions = Subscriptions()
    subscriptions.add(["a/+", "a/b"], print, qos=0, manual_ack=False)
    subscriptions.add(["a/b"], print, qos=1, manual_ack=True)

    assert [(one.topic_filter, one.qos) for one in subscriptions.of("a/b")] == [("a/+", 0), ("a/b", 1)]
    subscriptions.remove(["a/+", "never there"])
    assert subscriptions.wanted() == [("a/b", 1)]
    assert subscriptions.of("a/c") == ()


async def test_a_delivery_ends_once() -> None:
    """The first word counts, before it is awaited or while."""
    delivery = Delivery()
    delivery.settle()
    delivery.settle(Dropped("too late"))
    await delivery
    with pytest.raises(Dropped, match="gone"):
        await failed(Dropped("gone"))


def test_store_urls_name_stores() -> None:
    """Relative, absolute, memory; anything else gets a sentence."""
    assert isinstance(open_store("memory:"), MemoryStore)
    relative, absolute = open_store("sqlite:///data/s.db"), open_store("sqlite:////var/s.db")
    assert isinstance(relative, SqliteStore)
    assert isinstance(absolute, SqliteStore)
    assert (str(relative._path), str(absolute._path)) == ("data/s.db", "/var/s.db")
    for url in ("redis://x", "sqlite:", "sqlite:///", "shadows.db", ""):
        with pytest.raises(ValueError, match="sqlite:///relative"):
            open_store(url)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets are not shown; a data plane without a key is refused."""
    monkeypatch.setenv("SHADOWROOM_BRIDGE_MQTT_PORT", "1999")
    monkeypatch.setenv("SHADOWROOM_BRIDGE_MQTT_PASSWORD", "s3cret")
    monkeypatch.setenv("SHADOWROOM_BRIDGE_REST_PORT", "0")
    settings = BridgeSettings(_env_file=None)

    assert settings.mqtt_port == 1999
    assert "s3cret" not in repr(settings)
    with pytest.raises(ValueError, match="access_key_id"):
        settings.rest()
    keys = BridgeSettings(_env_file=None, access_key_id="id", secret_access_key="s3cret")
    rest = keys.rest()
    assert rest is not None
    assert rest.secret_access_key == "s3cret"
    assert "s3cret" not in repr(rest)
    monkeypatch.delenv("SHADOWROOM_BRIDGE_REST_PORT")
    assert BridgeSettings(_env_file=None).rest() is None


def test_logs_are_json_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """One object per line, with time and level."""
    before = structlog.get_config()
    try:
        configure_logging("json", level="warning")
        structlog.get_logger().info("not shown")
        structlog.get_logger().warning("shown", thing="thing-1")
    finally:
        structlog.configure(**before)

    captured = capsys.readouterr()
    entry = json.loads(captured.err)
    assert (entry["event"], entry["level"], entry["thing"]) == ("shown", "warning", "thing-1")
    assert captured.out == ""
