"""What every transport promises: run by each adapter against each broker it can have.

Who runs it provides the fixtures `make`, `vanish`, `broker` and `acknowledged_late`: True for a broker that
passes acknowledgements on inside itself (NATS), or a client that does so, so that a session can end before
one has arrived, and so that a retained message is acknowledged before newcomers are told it.
"""

import asyncio
import itertools
from typing import Any, Protocol

import pytest

from broker_bridge.transport.port import Dropped, Message, Transport, Unreachable, Will

WAIT_SECONDS = 30.0
"""For what takes milliseconds."""
MOMENT_SECONDS = 0.0002
"""Between two looks at something that takes milliseconds: short, so that one falls into each of its parts."""

FILTERS = 50
"""That AWS IoT grants one connection."""


class Inbox:
    """Messages as they arrived."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Message] = asyncio.Queue()

    def __call__(self, message: Message) -> None:
        self._queue.put_nowait(message)

    async def next(self) -> Message:
        """The next message, or a time-out."""
        return await asyncio.wait_for(self._queue.get(), WAIT_SECONDS)

    async def payloads(self, number: int) -> list[bytes]:
        """The payloads of the next messages."""
        return [(await self.next()).payload for _ in range(number)]

    @property
    def empty(self) -> bool:
        """True when nothing waits."""
        return self._queue.empty()


class Make(Protocol):
    """Makes a transport that is not connected yet; all are closed after the test."""

    def __call__(
        self, client_id: str, *, will: Will | None = None, clean_session: bool = True, **options: Any
    ) -> Transport: ...


class BrokerControl(Protocol):
    """What a test can do to the broker."""

    def stop(self) -> None:
        """Kill it."""

    def start(self) -> None:
        """Have it back at the same address."""


class Vanish(Protocol):
    """Cuts a transport off without a DISCONNECT, as a lost network does."""

    def __call__(self, transport: Transport) -> None: ...


class Connections:
    """A listener for `on_connection` that can be waited for."""

    def __init__(self, transport: Transport) -> None:
        self.seen: list[bool] = []
        self._changed = asyncio.Event()
        transport.on_connection(self._on_connection)

    def _on_connection(self, connected: bool) -> None:
        self.seen.append(connected)
        self._changed.set()

    async def until(self, *expected: bool) -> None:
        """Wait until exactly this was told so far."""
        async with asyncio.timeout(30):
            while self.seen != list(expected):
                self._changed.clear()
                await self._changed.wait()


class TransportSuite:
    """The promises of `broker_bridge.transport.port.Transport`."""

    async def connected(self, make: Make, client_id: str, **options: Any) -> Transport:
        """A transport that is connected."""
        transport = make(client_id, **options)
        await transport.connect()
        return transport

    async def test_a_message_reaches_a_subscriber_as_it_was_sent(self, make: Make) -> None:
        """Topic, bytes and QoS are as published, on `$aws` topics too."""
        alice, bob, inbox = await self.connected(make, "alice"), await self.connected(make, "bob"), Inbox()
        await bob.subscribe(["$aws/things/+/shadow/update"], inbox, qos=1)

        await alice.publish("$aws/things/t-1/shadow/update", b'{"\x00\xff', qos=1)
        message = await inbox.next()

        assert message.topic == "$aws/things/t-1/shadow/update"
        assert (message.payload, message.qos, message.retain) == (b'{"\x00\xff', 1, False)
        assert message.acknowledge is None

    async def test_a_subscription_made_while_connecting_holds(self, make: Make) -> None:
        """Whoever subscribes at any moment of the first connect hears what comes after it."""
        alice, inbox = make("alice"), Inbox()
        await alice.subscribe(["early"], inbox)
        connecting = asyncio.create_task(alice.connect(), name="connect")
        subscribing: list[asyncio.Task[None]] = []
        while not connecting.done():
            # QoS 0, of which NATS grants one connection more than a hundred.
            during = alice.subscribe([f"during/{len(subscribing)}"], inbox)
            subscribing.append(asyncio.create_task(during, name="subscribe"))
            await asyncio.sleep(MOMENT_SECONDS)
        await asyncio.gather(connecting, *subscribing)

        topics = ["early", *(f"during/{number}" for number in range(len(subscribing)))]
        for topic in topics:
            await alice.publish(topic, topic.encode(), qos=1)

        heard = await inbox.payloads(len(topics))  # filter by filter; NATS keeps no order between two
        assert sorted(heard) == sorted(topic.encode() for topic in topics)

    async def test_fifty_subscriptions_of_qos_1_are_granted(self, make: Make) -> None:
        """As many as AWS IoT grants a connection, of the form that counts most; each of them is heard."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        for number in range(FILTERS):
            await alice.subscribe([f"many/{number}/#"], inbox, qos=1)

        for number in range(FILTERS):
            await alice.publish(f"many/{number}/deep/down", b"%d" % number, qos=1)

        heard = await inbox.payloads(FILTERS)
        assert sorted(heard) == sorted(b"%d" % number for number in range(FILTERS))

    async def test_messages_keep_their_order(self, make: Make) -> None:
        """A thousand messages of one publisher arrive in the order of the calls, none lost, none double."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["order"], inbox, qos=1)
        expected = [b"%d" % number for number in range(1000)]

        deliveries = [alice.publish("order", payload, qos=1) for payload in expected]
        for delivery in deliveries:
            await asyncio.wait_for(delivery, WAIT_SECONDS)

        assert expected == await inbox.payloads(1000)
        assert inbox.empty

    async def test_qos_0_is_delivered_too(self, make: Make) -> None:
        """A publish of QoS 0 ends when it was written, and arrives."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["zero"], inbox)

        await asyncio.wait_for(alice.publish("zero", b"x"), WAIT_SECONDS)

        assert (await inbox.next()).qos == 0

    async def test_a_large_payload_survives(self, make: Make) -> None:
        """128 KB, the largest message of AWS IoT, arrive whole."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["large"], inbox, qos=1)
        payload = bytes(range(256)) * 512

        await asyncio.wait_for(alice.publish("large", payload, qos=1), WAIT_SECONDS)

        assert payload == (await inbox.next()).payload

    async def test_an_empty_payload_survives(self, make: Make) -> None:
        """No bytes arrive as no bytes."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["empty"], inbox, qos=1)

        await alice.publish("empty", b"", qos=1)

        assert (await inbox.next()).payload == b""

    async def test_filters_choose_by_level(self, make: Make) -> None:
        """`+` covers one level, `#` the rest, and neither covers a first level that begins with `$`."""
        alice, one, rest = await self.connected(make, "alice"), Inbox(), Inbox()
        await alice.subscribe(["room/+/scene"], one, qos=1)
        await alice.subscribe(["deep/#"], rest, qos=1)

        for topic in ("room/A/scene", "room/A/B/scene", "deep/1/2/3", "$aws/deep", "room/B/scene"):
            await alice.publish(topic, topic.encode(), qos=1)

        assert await one.payloads(2) == [b"room/A/scene", b"room/B/scene"]
        assert await rest.payloads(1) == [b"deep/1/2/3"]
        assert one.empty
        assert rest.empty

    async def newcomer_hears(self, make: Make, *payloads: bytes, late: bool) -> None:
        """Who subscribes now to `kept` is told these; where that may be `late`, somebody is before long."""
        async with asyncio.timeout(WAIT_SECONDS):
            for number in itertools.count():
                newcomer, inbox = await self.connected(make, f"newcomer-{number}"), Inbox()
                await newcomer.subscribe(["kept", "marker"], inbox, qos=1)
                await newcomer.publish("marker", b"m", qos=1)
                heard: list[bytes] = []
                while (message := await inbox.next()).topic != "marker":
                    heard.append(message.payload)
                await newcomer.close()
                if not late or heard == list(payloads):
                    break
        assert heard == list(payloads)

    async def test_a_retained_message_waits_for_subscribers(
        self, make: Make, acknowledged_late: bool
    ) -> None:
        """It comes with the retain flag to who subscribes later; an empty one forgets it."""
        alice, bob, inbox = await self.connected(make, "alice"), await self.connected(make, "bob"), Inbox()
        await alice.publish("kept", b"1", qos=1, retain=True)
        await alice.publish("kept", b"2", qos=1, retain=True)
        await self.newcomer_hears(make, b"2", late=acknowledged_late)
        await bob.subscribe(["kept"], inbox, qos=1)

        message = await inbox.next()

        assert (message.payload, message.retain) == (b"2", True)
        await alice.publish("kept", b"", qos=1, retain=True)
        live = await inbox.next()
        assert (live.payload, live.retain) == (b"", False)
        await self.newcomer_hears(make, late=acknowledged_late)

    async def test_unsubscribed_means_silence(self, make: Make) -> None:
        """After `unsubscribe` nothing of the filter arrives, and other filters still do."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["a", "b"], inbox, qos=1)
        await alice.unsubscribe(["a"])

        await alice.publish("a", b"1", qos=1)
        await alice.publish("b", b"2", qos=1)

        assert (await inbox.next()).topic == "b"
        assert inbox.empty

    async def test_a_handler_that_raises_does_no_harm(self, make: Make) -> None:
        """The connection lives on, and the next message arrives."""
        alice, inbox = await self.connected(make, "alice"), Inbox()

        def failing(message: Message) -> None:
            inbox(message)
            raise RuntimeError("a defect in a handler")

        await alice.subscribe(["bad"], failing, qos=1)
        await alice.publish("bad", b"1", qos=1)
        await alice.publish("bad", b"2", qos=1)

        assert await inbox.payloads(2) == [b"1", b"2"]
        assert alice.connected

    async def test_an_unacknowledged_message_comes_again(self, make: Make, acknowledged_late: bool) -> None:
        """A persistent session keeps what a manual handler did not acknowledge, and only that."""
        alice, first = await self.connected(make, "alice"), Inbox()
        bob = make("bob", clean_session=False)
        await bob.subscribe(["work"], first, qos=1, manual_ack=True)
        await bob.connect()
        await alice.publish("work", b"done", qos=1)
        await alice.publish("work", b"not done", qos=1)
        done, _ = await first.next(), await first.next()
        assert done.acknowledge is not None
        done.acknowledge()
        await bob.close()

        again, second = make("bob", clean_session=False), Inbox()
        await again.subscribe(["work"], second, qos=1, manual_ack=True)
        await again.connect()

        came = (await second.next()).payload
        if acknowledged_late and came == b"done":
            came = (await second.next()).payload
        assert came == b"not done"
        await alice.publish("work", b"next", qos=1)
        assert (await second.next()).payload == b"next"

    async def test_a_slow_handler_stops_the_flow_and_not_the_connection(self, make: Make) -> None:
        """With a window of 8, only about that many arrive until some are acknowledged; then all do, in
        order."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        bob = await self.connected(make, "bob", receive_window=8)
        await bob.subscribe(["flow"], inbox, qos=1, manual_ack=True)
        expected = [b"%d" % number for number in range(500)]
        deliveries = [alice.publish("flow", payload, qos=1) for payload in expected]
        for delivery in deliveries:
            await asyncio.wait_for(delivery, WAIT_SECONDS)

        arrived = []
        for _ in expected:
            message = await inbox.next()
            arrived.append(message.payload)
            assert message.acknowledge is not None
            message.acknowledge()

        assert expected == arrived

    async def test_a_will_is_published_for_who_vanished(self, make: Make, vanish: Vanish) -> None:
        """Others hear the will; who was cut off is told, and comes back by itself."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["wills"], inbox, qos=1)
        bob = await self.connected(make, "bob", will=Will("wills", b"bob is gone"))
        told = Connections(bob)

        vanish(bob)

        assert (await inbox.next()).payload == b"bob is gone"
        await told.until(False, True)

    async def test_no_will_after_a_clean_close(self, make: Make) -> None:
        """Closing is no vanishing."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["wills", "marker"], inbox, qos=1)
        bob = await self.connected(make, "bob", will=Will("wills", b"bob is gone"))

        await bob.close()
        await alice.publish("marker", b"m", qos=1)

        assert (await inbox.next()).topic == "marker"

    async def test_what_was_published_before_closing_arrives(self, make: Make) -> None:
        """`close` gives messages that were handed over the time to be safe."""
        alice, bob, inbox = await self.connected(make, "alice"), await self.connected(make, "bob"), Inbox()
        await alice.subscribe(["last"], inbox, qos=1)

        deliveries = [bob.publish("last", b"%d" % number, qos=1) for number in range(100)]
        await bob.close()

        assert await inbox.payloads(100) == [b"%d" % number for number in range(100)]
        for delivery in deliveries:
            await delivery

    async def test_a_closed_transport_publishes_nothing(self, make: Make) -> None:
        """The awaitable raises `Dropped`; closing twice is fine."""
        alice = await self.connected(make, "alice")
        await alice.close()
        await alice.close()

        assert not alice.connected
        with pytest.raises(Dropped):
            await alice.publish("a", b"1", qos=1)

    async def test_it_comes_back_after_the_broker_did(self, make: Make, broker: BrokerControl) -> None:
        """Broker gone and back: listeners are told, subscriptions hold, waiting QoS 1 messages arrive in
        order."""
        alice, inbox = await self.connected(make, "alice"), Inbox()
        await alice.subscribe(["back"], inbox, qos=1)
        told = Connections(alice)
        broker.stop()
        await told.until(False)
        while_gone = alice.connected

        waiting = [alice.publish("back", b"%d" % number, qos=1) for number in range(10)]
        with pytest.raises(Dropped):
            await alice.publish("back", b"qos 0 does not wait")
        broker.start()
        await told.until(False, True)
        for delivery in waiting:
            await asyncio.wait_for(delivery, WAIT_SECONDS)

        assert (while_gone, alice.connected) == (False, True)
        assert await inbox.payloads(10) == [b"%d" % number for number in range(10)]
        await alice.publish("back", b"live", qos=1)
        assert await inbox.payloads(1) == [b"live"]

    async def test_without_a_broker_it_is_unreachable(self, make: Make, broker: BrokerControl) -> None:
        """`connect` says so within its time-out, and closing what never connected is fine."""
        broker.stop()
        transport = make("alice")

        with pytest.raises(Unreachable):
            await asyncio.wait_for(transport.connect(), WAIT_SECONDS)
        await transport.close()
        broker.start()

    async def test_closing_while_reconnecting_ends_at_once(self, make: Make, broker: BrokerControl) -> None:
        """No task and no socket stay behind."""
        alice = await self.connected(make, "alice")
        told = Connections(alice)
        broker.stop()
        await told.until(False)

        await asyncio.wait_for(alice.close(), WAIT_SECONDS)

        assert not [task for task in asyncio.all_tasks() if "reconnect" in task.get_name()]
        broker.start()

    async def test_the_outgoing_queue_is_bounded(self, make: Make, broker: BrokerControl) -> None:
        """More than it may hold while disconnected is `Dropped`, the rest is kept."""
        alice = await self.connected(make, "alice", max_outgoing=5)
        told = Connections(alice)
        broker.stop()
        await told.until(False)

        deliveries = [alice.publish("full", b"%d" % number, qos=1) for number in range(6)]
        with pytest.raises(Dropped):
            await deliveries[-1]
        broker.start()
        for delivery in deliveries[:-1]:
            await asyncio.wait_for(delivery, 30)
