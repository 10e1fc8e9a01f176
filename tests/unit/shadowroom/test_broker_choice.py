"""`--broker`: every word and address, and what is said about the wrong ones."""

from pathlib import Path

import pytest

from shadowroom.brokers.choice import broker_at, choose
from shadowroom.brokers.external import ExternalBroker
from shadowroom.brokers.port import Role
from shadowroom.brokers.whereabouts import find_broker, host_and_port
from shadowroom.complaint import FAILURE, USAGE, Complaint
from shadowroom.secrets import load_or_create


def test_auto_is_mosquitto_where_there_is_one() -> None:
    """The reason names the program that was found."""
    choice = choose("auto", lambda: "/usr/sbin/mosquitto")
    assert (choice.name, choice.reason) == ("mosquitto", "found at /usr/sbin/mosquitto")


def test_auto_is_the_bundled_broker_elsewhere() -> None:
    """Without Mosquitto the bundled broker is taken, and the reason says why."""
    choice = choose("auto", lambda: None)
    assert choice.name == "embedded"
    assert "no Mosquitto" in choice.reason


def test_a_missing_mosquitto_is_told_with_its_remedy() -> None:
    """Asked for by name and not there: what to install, and what else to use."""
    with pytest.raises(Complaint, match=r"apt install mosquitto.*--broker embedded") as refusal:
        choose("mosquitto", lambda: None)
    assert refusal.value.exit_code == FAILURE


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("rabbit", "is not known"),
        ("http://x", "is not known"),
        ("mqtt://", "is not of the form"),
        ("mqtt://host:port", "is not of the form"),
        ("mqtt://host/path", "is not of the form"),
    ],
)
def test_what_cannot_be_a_broker_is_refused(wanted: str, says: str) -> None:
    """One sentence and the exit code of wrong usage."""
    with pytest.raises(Complaint, match=says) as refusal:
        choose(wanted)
    assert refusal.value.exit_code == USAGE


def test_a_wrong_address_does_not_show_its_password() -> None:
    """The sentence about an address leaves out user and password."""
    with pytest.raises(Complaint) as refusal:
        choose("mqtt://user:hunter22@host:port")
    assert "hunter22" not in refusal.value.sentence


def test_an_external_broker_has_one_account_for_all() -> None:
    """Every role and device connects as the address says, and the tunnel must guard the topics."""
    broker = ExternalBroker("mqtts://me%40x:p%3Aw@broker.example", "DEMO")
    account = broker.account(Role.BRIDGE)
    assert (account.host, account.port, account.tls) == ("broker.example", 8883, True)
    assert (account.username, account.password) == ("me@x", "p:w")
    assert account.client_id != broker.account(Role.DASHBOARD).client_id
    assert not broker.devices.guards_topics
    assert "p:w" not in repr(account) + repr(broker.devices)


@pytest.mark.parametrize("kind", ["embedded", "mosquitto"])
def test_our_own_brokers_guard_topics_and_give_each_role_its_account(tmp_path: Path, kind: str) -> None:
    """Three roles, three passwords, none of them a device's."""
    broker = broker_at(kind, tmp_path, load_or_create(tmp_path, None), "127.0.0.1", 1883)
    passwords = {broker.account(role).password for role in Role}
    assert len(passwords) == 3
    assert broker.devices.mint("phone-a", "DEMO").password not in passwords
    assert broker.devices.guards_topics


def test_a_part_alone_needs_a_broker_that_runs(tmp_path: Path) -> None:
    """Without an address and without a broker on the data directory, the sentence says how to get one."""
    with pytest.raises(Complaint, match="start `shadowroom broker`"):
        find_broker(tmp_path, load_or_create(tmp_path, None), "auto", None)


def test_a_part_alone_takes_the_address_it_is_given(tmp_path: Path) -> None:
    """For a broker in a container its kind and its address are enough."""
    secrets = load_or_create(tmp_path, None)
    broker = find_broker(tmp_path, secrets, "mosquitto", ("mosquitto", 1883))
    assert (broker.host, broker.port, broker.kind) == ("mosquitto", 1883, "mosquitto")
    with pytest.raises(Complaint, match="needs to know whose"):
        find_broker(tmp_path, secrets, "auto", ("mosquitto", 1883))


@pytest.mark.parametrize("text", ["1883", ":1883", "host:", "host:0", "host:65536", "host:x", "host:-1"])
def test_an_address_without_host_or_port_is_refused(text: str) -> None:
    """The sentence names the option."""
    with pytest.raises(Complaint, match=r"--listen .* is not of the form host:port"):
        host_and_port(text, "--listen")


def test_an_address_with_brackets_is_ipv6() -> None:
    """`[::1]:1883` is host ::1."""
    assert host_and_port("[::1]:1883", "--listen") == ("::1", 1883)
