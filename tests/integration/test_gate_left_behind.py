"""What a thing leaves at the broker is its own: kept while it is on the list, and nobody's afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker_bridge.transport.port import Account
from tests.support.gates import RunningGate, account_of, running_gate
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import add_thing, run_shadowroom, wait_until

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module", params=["embedded", "mosquitto"])
def gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """A gate in front of each broker."""
    with running_gate(tmp_path_factory.mktemp("gate"), request.param) as running:
        yield running


def remove(data_dir: Path, name: str) -> None:
    """`shadowroom things remove`."""
    done = run_shadowroom("things", "remove", name, "--data-dir", str(data_dir))
    assert done.returncode == 0, done.stderr


def leave_something(device: Account) -> None:
    """A kept session that wants news, and a retained message in the thing's own tree."""
    with MqttProbe(device, keep_session=True) as client:
        assert client.subscribe(f"things/{device.client_id}/news", qos=1) == [True]
        client.publish(f"things/{device.client_id}/state", b"mine", qos=1, retain=True)


def found_by(device: Account, *, kept: bool) -> list[tuple[str, bytes]]:
    """What the next one of this name hears of things that happened before."""
    tree = f"things/{device.client_id}"
    with MqttProbe(device, keep_session=True) as client:
        if kept:
            client.wait_for_message(f"{tree}/news", b"waiting")
        client.subscribe(f"{tree}/state", f"{tree}/marker", qos=1)
        if kept:
            client.wait_for_message(f"{tree}/state", b"mine")
        client.publish(f"{tree}/marker", b"", qos=1)
        client.wait_for_message(f"{tree}/marker", b"")
        return [message for message in client.messages if message[0] != f"{tree}/marker"]


def test_a_thing_finds_what_it_left(gate: RunningGate) -> None:
    """A session that was kept has the messages that came meanwhile, and retained messages stay."""
    device = gate.device("keeper")
    leave_something(device)
    with MqttProbe(gate.operator) as operator:
        operator.publish("things/keeper/news", b"waiting", qos=1)
    kept = [("things/keeper/news", b"waiting"), ("things/keeper/state", b"mine")]
    assert found_by(device, kept=True) == kept


def test_who_gets_a_name_next_inherits_nothing(gate: RunningGate) -> None:
    """Neither a subscription, nor a message that waited, nor a retained one; at once and a while later."""
    for name, wait in (("heir", False), ("late-heir", True)):
        leave_something(gate.device(name))
        with MqttProbe(gate.operator) as operator:
            operator.publish(f"things/{name}/news", b"waiting", qos=1)
        remove(gate.data_dir, name)
        if wait:
            visits = gate.data_dir / "broker" / "visits.json"
            wait_until(lambda name=name, visits=visits: f'"{name}"' not in visits.read_text(), "cleared up")
        assert found_by(gate.device(name), kept=False) == []


def test_things_removed_while_nothing_ran_leave_nothing_either(tmp_path: Path) -> None:
    """The gate clears up when it starts again."""
    data_dir = tmp_path / "room"
    with running_gate(data_dir, "mosquitto") as gate:
        leave_something(gate.device("gone"))
    remove(data_dir, "gone")
    with running_gate(data_dir, "mosquitto") as gate:
        wait_until(lambda: '"gone"' not in (data_dir / "broker" / "visits.json").read_text(), "cleared up")
        assert found_by(account_of(add_thing(data_dir, "gone")), kept=False) == []
