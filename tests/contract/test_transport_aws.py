"""AWS's own client keeps the transport's promises, on Mosquitto with mutual TLS and MQTT 5."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from broker_bridge.transport.aws import AwsTransport
from broker_bridge.transport.awscrt_client import Certificate
from broker_bridge.transport.port import Account, Refused, Transport, Will
from tests.contract.transport_suite import Make, TransportSuite, Vanish
from tests.support.certificates import certificates
from tests.support.cuttable import Cuttable
from tests.support.plain_brokers import PlainBroker, plain_broker

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificates of all."""
    path: Path = tmp_path_factory.mktemp("certificates")
    certificates(path)
    return path


@pytest.fixture
def broker(folder: Path, tmp_path: Path) -> Iterator[PlainBroker]:
    """A broker for one test, which lets in who has a certificate."""
    tls = (
        f"cafile {folder}/authority.pem\ncertfile {folder}/server.pem\nkeyfile {folder}/server.key\n"
        "require_certificate true\n"
    )
    with plain_broker("mosquitto", tmp_path, extra=tls) as started:
        yield started


def account_of(broker: PlainBroker, client_id: str, folder: Path) -> Account:
    """How to connect."""
    return replace(broker.account(client_id), tls=True, ca_file=str(folder / "authority.pem"))


def identity_of(folder: Path) -> Certificate:
    """As whom to connect."""
    return Certificate(folder / "client.pem", folder / "client.key")


@pytest.fixture
async def ways() -> AsyncIterator[dict[Transport, Cuttable]]:
    """The way of each transport to the broker."""
    made: dict[Transport, Cuttable] = {}
    yield made
    for way in made.values():
        await way.close()


@pytest.fixture
async def make(broker: PlainBroker, folder: Path, ways: dict[Transport, Cuttable]) -> AsyncIterator[Make]:
    """Transports to it, which send as fast as they can."""

    def build(
        client_id: str, *, will: Will | None = None, clean_session: bool = True, **options: Any
    ) -> Transport:
        way = Cuttable(broker.port)
        account = replace(account_of(broker, client_id, folder), port=way.port)
        transport = AwsTransport(
            account, identity_of(folder), will=will, clean_session=clean_session, paced=False, **options
        )
        ways[transport] = way
        return transport

    yield build
    for transport in ways:
        await transport.close()


@pytest.fixture
def acknowledged_late() -> bool:
    """AWS's client may end a session before an acknowledgement of just now went out."""
    return True


@pytest.fixture
def vanish(ways: dict[Transport, Cuttable]) -> Vanish:
    """By cutting its way."""
    return lambda transport: ways[transport].cut()


class TestAwsTransport(TransportSuite):
    """AWS's client."""


async def test_a_certificate_that_is_none_is_said(broker: PlainBroker, folder: Path) -> None:
    """In place of a stack of foreign errors."""
    nobody = AwsTransport(
        account_of(broker, "alice", folder), Certificate(folder / "client.key", folder / "client.pem")
    )

    with pytest.raises(Refused, match="certificate"):
        await nobody.connect()
    await nobody.close()
