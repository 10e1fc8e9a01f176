"""In which order a transport does things when it has lost its broker, and what of the connection before
counts no more."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
import uvloop

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Message
from broker_bridge.wire.packets import Connack, Puback, Publish, Suback, Subscribe, encode
from tests.contract.transport_suite import Connections, Inbox
from tests.support.scripted_broker import ScriptedBroker, Visit

NOTICED_SECONDS = 25.0
"""Less than the keep-alive needs."""


@pytest.fixture
async def broker() -> AsyncIterator[ScriptedBroker]:
    """A broker that does what the test says."""
    async with ScriptedBroker() as started:
        yield started


async def connected(
    broker: ScriptedBroker, handler: Any, *, manual_ack: bool = False
) -> tuple[PahoTransport, Visit]:
    """A transport that hears `answers`, and the broker's side of its connection."""
    transport = PahoTransport(broker.account("alice"))
    await transport.subscribe(["answers"], handler, qos=1, manual_ack=manual_ack)
    connecting = asyncio.create_task(transport.connect())
    visit = await broker.visit()
    await visit.admit()
    await visit.grant()
    await connecting
    return transport, visit


async def closed(transport: PahoTransport, visit: Visit) -> None:
    """Close with the broker looking on."""
    closing = asyncio.create_task(transport.close())
    await visit.goodbye()
    visit.cut()
    await closing


async def test_what_was_under_way_waits_for_the_subscriptions(broker: ScriptedBroker) -> None:
    """A request that the lost broker did not acknowledge, and one that came while there was none, go out
    again when the answers can be heard, in their order."""
    transport, visit = await connected(broker, Inbox())
    told = Connections(transport)
    first = transport.publish("request", b"1", qos=1)
    assert (await visit.next(Publish)).payload == b"1"
    visit.cut()
    await told.until(False)
    second = transport.publish("request", b"2", qos=1)

    visit = await broker.visit()
    await visit.admit()
    asked = await visit.next(Subscribe)  # And nothing before it.
    third = transport.publish("request", b"3", qos=1)
    await asyncio.sleep(0)
    visit.send(Publish("answers", b"early", 1, packet_id=9))
    assert (await visit.next(Puback)).packet_id == 9  # Nor before the answer to it.
    assert not transport.connected
    visit.send(Suback(asked.packet_id, (1,)))
    resent = [await visit.next(Publish) for _ in range(3)]
    visit.send(*(Puback(publish.packet_id) for publish in resent))
    for delivery in (first, second, third):
        await delivery

    assert [(publish.payload, publish.dup) for publish in resent] == [
        (b"1", True),
        (b"2", False),
        (b"3", False),
    ]
    await closed(transport, visit)


async def test_a_connection_that_ends_before_its_subscriptions_is_tried_once_more(
    broker: ScriptedBroker,
) -> None:
    """Whoever listens hears of one loss and one return, and one connection is left."""
    transport, visit = await connected(broker, Inbox())
    told = Connections(transport)
    visit.cut()
    half = await broker.visit()
    await half.admit()
    await half.next(Subscribe)
    half.cut()

    visit = await broker.visit()
    await visit.admit()
    await visit.grant()
    await told.until(False, True)

    assert not [task for task in asyncio.all_tasks() if "reconnect" in task.get_name()]
    assert broker.visits == 3
    await closed(transport, visit)


async def test_a_connection_that_ends_with_its_subscriptions_is_tried_once_more(
    broker: ScriptedBroker,
) -> None:
    """The broker's yes and its end may come together: that is no connection."""
    transport, visit = await connected(broker, Inbox())
    told = Connections(transport)
    visit.cut()
    brief = await broker.visit()
    await brief.admit()
    await brief.grant()
    brief.hang_up()

    visit = await broker.visit()
    await visit.admit()
    await visit.grant()
    await told.until(False, True)

    published = transport.publish("request", b"1", qos=1)
    visit.send(Puback((await visit.next(Publish)).packet_id))
    await published
    await closed(transport, visit)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_reset_right_behind_a_message_is_noticed(run: Callable[[Coroutine[Any, Any, None]], None]) -> None:
    """A broker that ends without having read everything resets the connection: that is known within a second,
    and not by the keep-alive, on the loop that the parts run on too."""

    async def reset_behind_a_message() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            transport, inbox = (
                PahoTransport(Account("127.0.0.1", listener.getsockname()[1], "alice")),
                Inbox(),
            )
            told = Connections(transport)
            connecting = asyncio.create_task(transport.connect())
            peer, _ = await loop.sock_accept(listener)
            await loop.sock_recv(peer, 4_096)  # CONNECT
            await loop.sock_sendall(peer, encode(Connack()))
            await connecting
            transport._subscriptions.add(["answers"], inbox, qos=0, manual_ack=False)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.send(encode(Publish("answers", b"the last word")))
            peer.close()

            assert (await inbox.next()).payload == b"the last word"
            await asyncio.wait_for(told.until(True, False), NOTICED_SECONDS)
            await transport.close()

    run(reset_behind_a_message())


async def test_a_late_acknowledgement_does_not_go_to_another_connection(broker: ScriptedBroker) -> None:
    """There its identifier is another message's, or nobody's."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    transport, visit = await connected(broker, inbox.put_nowait, manual_ack=True)
    told = Connections(transport)
    visit.send(Publish("answers", b"old", 1, packet_id=5))
    old = await inbox.get()
    visit.cut()
    visit = await broker.visit()
    await visit.admit()
    await visit.grant()
    await told.until(False, True)
    visit.send(Publish("answers", b"new", 1, packet_id=5))
    new = await inbox.get()

    assert old.acknowledge is not None
    assert new.acknowledge is not None
    old.acknowledge()
    transport.publish("marker", b"", qos=0)

    await visit.next(Publish)
    new.acknowledge()
    assert (await visit.next(Puback)).packet_id == 5
    await closed(transport, visit)
