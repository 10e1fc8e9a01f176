"""A broker that cannot carry `$aws` topics is refused with a sentence."""

from functools import partial
from pathlib import Path

import pytest

from broker_bridge.service import BridgeService
from broker_bridge.transport.memory import MemoryBroker, MemoryTransport
from broker_bridge.transport.paho import PahoTransport
from broker_bridge.transport.port import Refused
from broker_bridge.transport.probe import probe
from tests.support.plain_brokers import plain_broker


@pytest.mark.broker
@pytest.mark.parametrize("kind", ["mosquitto", "nats"])
async def test_a_broker_that_carries_aws_topics_passes(kind: str, tmp_path: Path) -> None:
    """The probe leaves no subscription behind."""
    with plain_broker(kind, tmp_path) as broker:
        transport = PahoTransport(broker.account("bridge"))
        await transport.connect()
        await probe(transport)

        assert transport._subscriptions.wanted() == []
        await transport.close()


@pytest.mark.broker
async def test_an_access_list_without_aws_is_refused(tmp_path: Path) -> None:
    """`readwrite #` is not enough on Mosquitto, and the sentence says what is."""
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite #\n")
    with plain_broker("mosquitto", tmp_path, extra=f"acl_file {rules}\n") as broker:
        transport = PahoTransport(broker.account("bridge"))
        await transport.connect()

        with pytest.raises(Refused, match=r"does not carry `\$aws` topics.*readwrite \$aws/#"):
            await probe(transport, timeout=0.5)
        await transport.close()


@pytest.mark.broker
async def test_a_service_on_such_a_broker_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why, and holds nothing open."""
    monkeypatch.setattr("broker_bridge.service.probe", partial(probe, timeout=0.5))
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite #\n")
    with plain_broker("mosquitto", tmp_path, extra=f"acl_file {rules}\n") as broker:
        service = BridgeService(broker.account("bridge"), "memory:")

        with pytest.raises(Refused, match="does not carry"):
            await service.start()

        assert not service.transport.connected


async def test_a_denied_subscription_is_refused() -> None:
    """A broker that says no at once is told from one that swallows."""
    broker = MemoryBroker()

    class Denying(MemoryTransport):
        async def subscribe(self, filters, handler, *, qos=0, manual_ack=False):  # type: ignore[no-untyped-def]
            raise Refused("no")

    transport = Denying(broker, "bridge")
    await transport.connect()

    with pytest.raises(Refused, match="denies subscriptions"):
        await probe(transport)
    await transport.close()


async def test_a_broker_that_swallows_is_refused() -> None:
    """The message does not come back."""
    broker = MemoryBroker()
    broker.deny("$aws/#")
    transport = MemoryTransport(broker, "bridge")
    await transport.connect()

    with pytest.raises(Refused, match=r"did not come back within 0\.05 s"):
        await probe(transport, timeout=0.05)
    await transport.close()
