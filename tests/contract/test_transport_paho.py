"""The network adapter keeps the transport's promises, on a real Mosquitto and on a real NATS server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Account, Refused, Transport, Unreachable, Will
from tests.contract.transport_suite import Inbox, Make, TransportSuite, Vanish
from tests.support.certificates import certificates
from tests.support.plain_brokers import PlainBroker, plain_broker

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
    ) -> Transport:
        transport = PahoTransport(
            broker.account(client_id), will=will, clean_session=clean_session, **options
        )
        made.append(transport)
        return transport

    yield build
    for transport in made:
        await transport.close()


@pytest.fixture
def acknowledged_late(broker: PlainBroker) -> bool:
    """NATS hands acknowledgements to its stream in the background."""
    return broker.kind == "nats"


@pytest.fixture
def vanish() -> Vanish:
    """Through the socket."""

    def cut(transport: Transport) -> None:
        assert isinstance(transport, PahoTransport)
        assert transport._socket is not None
        transport._socket._sock.shutdown(socket.SHUT_RDWR)

    return cut


class TestNetworkTransport(TransportSuite):
    """paho's client."""


def test_it_works_on_uvloop(broker: PlainBroker) -> None:
    """The loop that the service runs on, whose classes are not asyncio's."""

    async def round_trip() -> bytes:
        transport, inbox = PahoTransport(broker.account("alice")), Inbox()
        await transport.subscribe(["a"], inbox, qos=1)
        await transport.connect()
        await transport.publish("a", b"x", qos=1)
        payload = (await inbox.next()).payload
        await transport.close()
        return payload

    assert uvloop.run(round_trip()) == b"x"


async def test_a_wrong_password_is_refused_and_never_shown(tmp_path: Any) -> None:
    """The broker's no is `Refused`, and neither the error nor the account's repr has the password."""
    with plain_broker("mosquitto", tmp_path, extra="allow_anonymous false\n") as broker:
        account = Account("127.0.0.1", broker.port, "alice", "alice", "s3cret-word")
        transport = PahoTransport(account)

        with pytest.raises(Refused) as refused:
            await transport.connect()
        await transport.close()

    assert "s3cret-word" not in f"{refused.value!r} {account!r}"


async def test_tls_is_spoken_and_certificates_are_checked(tmp_path: Path) -> None:
    """With the broker's authority, messages travel; without it the broker is refused, whoever it says it
    is."""
    authority = certificates(tmp_path)
    tls = f"cafile {authority}\ncertfile {tmp_path}/server.pem\nkeyfile {tmp_path}/server.key\n"
    with plain_broker("mosquitto", tmp_path, extra=tls) as broker:
        trusted = Account("127.0.0.1", broker.port, "alice", tls=True, ca_file=str(authority))
        transport, inbox = PahoTransport(trusted), Inbox()
        await transport.connect()
        await transport.subscribe(["large"], inbox, qos=1)
        payloads = [bytes([number]) * 100_000 for number in range(20)]
        for payload in payloads:
            transport.publish("large", payload, qos=1)
        assert payloads == await inbox.payloads(20)
        await transport.close()

        stranger = PahoTransport(Account("127.0.0.1", broker.port, "bob", tls=True))
        with pytest.raises(Refused, match="certificate"):
            await stranger.connect()
        await stranger.close()


async def test_silence_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that takes connections and says nothing is no broker."""
    monkeypatch.setattr("broker_bridge.transport.paho.CONNECT_SECONDS", 0.3)
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = PahoTransport(Account("127.0.0.1", port, "alice"))

    with pytest.raises(Unreachable):
        await transport.connect()

    await transport.close()
    await asyncio.wait_for(ended.wait(), 30)
    server.close()
    await server.wait_closed()
