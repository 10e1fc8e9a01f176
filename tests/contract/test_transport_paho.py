"""The paho adapter keeps the transport's promises, on a real Mosquitto and on a real NATS server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Refused, Transport, Unreachable, Will
from tests.contract.transport_suite import Make, TransportSuite, Vanish
from tests.support.plain_brokers import PlainBroker, free_port, plain_broker

pytestmark = pytest.mark.broker


@pytest.fixture(params=["mosquitto", "nats"])
def broker(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[PlainBroker]:
    """A broker for one test."""
    with plain_broker(request.param, tmp_path) as started:
        yield started


@pytest.fixture
async def make(broker: PlainBroker) -> AsyncIterator[Make]:
    """Transports to it."""
    made = []

    def build(
        client_id: str, *, will: Will | None = None, clean_session: bool = True, **options: Any
    ) -> PahoTransport:
        transport = PahoTransport(
            broker.account(client_id), will=will, clean_session=clean_session, **options
        )
        made.append(transport)
        return transport

    yield build
    for transport in made:
        await transport.close()


@pytest.fixture
def vanish() -> Vanish:
    """Through the socket."""

    def cut(transport: Transport) -> None:
        assert isinstance(transport, PahoTransport)
        assert transport._socket is not None
        transport._socket._sock.shutdown(socket.SHUT_RDWR)

    return cut


class TestPahoTransport(TransportSuite):
    """paho."""


async def test_a_wrong_password_is_refused_and_never_shown(tmp_path: Any) -> None:
    """The broker's no is `Refused`, and neither the error nor the account's repr has the password."""
    with plain_broker("mosquitto", tmp_path, extra="allow_anonymous false\n") as broker:
        account = Account("127.0.0.1", broker.port, "alice", "alice", "s3cret-word")
        transport = PahoTransport(account)

        with pytest.raises(Refused) as refused:
            await transport.connect()
        await transport.close()

    assert "s3cret-word" not in f"{refused.value!r} {account!r}"


async def test_silence_is_unreachable() -> None:
    """A port that takes connections and says nothing is no broker."""

    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(silent, "127.0.0.1", free_port())
    port = server.sockets[0].getsockname()[1]
    transport = PahoTransport(Account("127.0.0.1", port, "alice"))

    with pytest.raises(Unreachable):
        await transport.connect()

    await transport.close()
    await asyncio.wait_for(ended.wait(), 10)
    server.close()
    await server.wait_closed()
