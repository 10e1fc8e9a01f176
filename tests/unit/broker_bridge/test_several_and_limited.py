"""Several connections as one, each under AWS IoT's quotas."""

import pytest

from broker_bridge.shadow.rate import Rate
from broker_bridge.transport.limited import LimitedTransport
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.transport.port import Dropped
from broker_bridge.transport.several import SeveralConnections
from broker_bridge.wire.quotas import AccountMeter, Quotas, What
from tests.contract.transport_suite import Connections, Inbox

PARIS = Quotas("eu-west-3", connects=100, inbound=2_000, outbound=2_000, shadow_requests=400)


async def test_subscriptions_are_dealt_and_publishes_go_out_on_the_last() -> None:
    """Two subscriptions are on two connections, and each gets its own messages."""
    broker = MemoryBroker()
    each = [MemoryTransport(broker, f"room-{number}") for number in range(2)]
    room, reports, births = SeveralConnections(each), Inbox(), Inbox()
    await room.connect()
    await room.subscribe(["reports/+"], reports, qos=1)
    await room.subscribe(["births/+"], births, qos=1)

    await room.publish("reports/1", b"r", qos=1)
    await room.publish("births/1", b"b", qos=1)

    assert (await reports.payloads(1), await births.payloads(1)) == ([b"r"], [b"b"])
    assert sorted(room._dealt.values()) == [0, 1]
    await room.unsubscribe(["reports/+"])
    await room.publish("reports/2", b"r", qos=1)
    assert reports.empty
    await room.close()


async def test_one_lost_connection_is_a_lost_transport() -> None:
    """Every listener hears False once and True once, however many connections there are."""
    broker = MemoryBroker()
    room = SeveralConnections([MemoryTransport(broker, f"room-{number}") for number in range(3)])
    first, second = Connections(room), Connections(room)
    await room.connect()
    await first.until(True)

    broker.stop()
    await first.until(True, False)
    assert not room.connected
    broker.start()
    await first.until(True, False, True)

    assert second.seen == first.seen
    await room.close()


async def test_what_is_above_the_quota_is_gone() -> None:
    """Of 150 publishes in a second 100 are heard, the others are `Dropped`; the same in the other
    direction."""
    account, broker, inbox = AccountMeter(PARIS), MemoryBroker(), Inbox()
    listener, sender = MemoryTransport(broker, "a"), MemoryTransport(broker, "b")
    limited = LimitedTransport(sender, account, clock=lambda: 7.0)
    hearing = LimitedTransport(listener, account, clock=lambda: 7.0)
    await limited.connect()
    await hearing.connect()
    await hearing.subscribe(["a"], inbox, qos=1)

    deliveries = [limited.publish("a", b"%d" % number, qos=1) for number in range(150)]
    with pytest.raises(Dropped, match="AWS IoT would discard"):
        await deliveries[-1]
    for delivery in deliveries[:100]:
        await delivery
    assert await inbox.payloads(100) == [b"%d" % number for number in range(100)]
    marker = Inbox()
    await listener.subscribe(["marker"], marker, qos=1)
    await sender.publish("a", b"one too many", qos=1)
    await sender.publish("marker", b"", qos=1)
    await marker.next()

    assert account.throttled == {What.CONNECTION_IN: 50, What.CONNECTION_OUT: 1}
    await limited.close()
    await hearing.close()


def test_shadow_requests_in_flight_and_of_all_things_are_bounded() -> None:
    """A thing may wait for two answers here, and all things together may ask five times a second."""
    rate = Rate(20.0, 20.0, of_all=5.0, in_flight=2)

    assert [rate.allows("a", 1.0) for _ in range(3)] == [True, True, False]
    rate.answered("a")
    assert rate.allows("a", 1.0)
    assert [rate.allows(thing, 1.0) for thing in "bcd"] == [True, True, False]
    assert rate.allows("d", 2.0)
