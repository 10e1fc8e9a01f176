"""Parts of the gate without a network: the list and its readers, admission, certificates, addresses."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509

from broker_bridge.rest.keys import AccessKeys
from broker_bridge.wire.connect_rewrite import read_connect
from broker_bridge.wire.packets import Connect, encode
from shadowroom.access_keys import AccessKeyList, keys_file
from shadowroom.complaint import Complaint
from shadowroom.gate.admission import TurnedAway, admit
from shadowroom.gate.authority import Authority
from shadowroom.gate.listeners import Listeners, at, certificate_names, reachable
from shadowroom.gate.roll import Roll
from shadowroom.gate.thing_list import ThingList
from shadowroom.secrets import load_or_create

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)


def test_a_roll_follows_the_list(tmp_path: Path) -> None:
    """Added, removed, and given again: the roll always says what the file says."""
    kept = ThingList(tmp_path)
    roll = Roll(kept)
    assert roll.find("lamp") is None
    password = kept.add("lamp", 1)
    first = roll.find("lamp")
    assert first is not None
    assert first.has_password(password.encode())
    assert not first.has_password(b"")
    edition = roll.refresh()
    assert roll.refresh() == edition
    kept.remove("lamp")
    kept.add("lamp", 1)
    assert roll.refresh() > edition
    assert not roll.still_holds(first)


def test_a_damaged_list_leaves_the_last_good_one_in_force(tmp_path: Path) -> None:
    """The gate goes on; the command line says what is wrong."""
    kept = ThingList(tmp_path)
    kept.add("lamp", 1)
    roll = Roll(kept)
    (tmp_path / "secrets" / "things.json").write_text("{")
    assert roll.find("lamp") is not None
    with pytest.raises(Complaint, match="damaged or of another version"):
        kept.all()


def test_the_rooms_own_thing_is_no_device(tmp_path: Path) -> None:
    """A device of that name could write the room's scene."""
    with pytest.raises(Complaint, match="a client of the room itself"):
        ThingList(tmp_path, reserved=["room-demo-abcdefgh"]).add("room-demo-abcdefgh", 1)


def test_a_certificate_is_bound_to_the_entry(tmp_path: Path) -> None:
    """Whoever holds a certificate that is not on the list does not come in, whatever its name."""
    authority, kept = Authority(tmp_path, "DEMO"), ThingList(tmp_path)
    mine, other = authority.issue("lamp", NOW), authority.issue("lamp", NOW)
    kept.add("lamp", 1, mine.id)
    roll = Roll(kept)
    connect = read_connect(encode(Connect("lamp", "?SDK=x")))
    assert admit(connect, roll, mine.id).principal_id == mine.id
    with pytest.raises(TurnedAway):
        admit(connect, roll, other.id)
    with pytest.raises(TurnedAway):
        admit(connect, roll, None)


def test_the_authority_is_made_once_and_kept(tmp_path: Path) -> None:
    """EC P-256, a CA of ten years, the same after a restart; its key is private."""
    first = Authority(tmp_path, "DEMO").ca_pem()
    assert Authority(tmp_path, "DEMO").ca_pem() == first
    certificate = x509.load_pem_x509_certificate(first.encode())
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days >= 3_650
    key = tmp_path / "secrets" / "tls" / "ca.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.write_text("damaged")
    with pytest.raises(Complaint, match="is damaged"):
        Authority(tmp_path, "DEMO").ca_pem()


def test_the_server_certificate_is_renewed_when_it_must_be(tmp_path: Path) -> None:
    """Other addresses or little time left make a new one, and nothing else does."""
    authority = Authority(tmp_path, "DEMO")
    names = ["localhost", "127.0.0.1", "192.168.1.7"]
    context = authority.server_context(names, NOW)
    assert not authority.renew_server(context, list(reversed(names)), NOW)
    assert authority.renew_server(context, [*names, "10.0.0.3"], NOW)
    assert not authority.renew_server(context, [*names, "10.0.0.3"], NOW + datetime.timedelta(days=300))
    assert authority.renew_server(context, [*names, "10.0.0.3"], NOW + datetime.timedelta(days=340))


def test_addresses_for_devices() -> None:
    """A listener on everything is reached at this machine's address; its certificate names it."""
    assert reachable("192.168.1.7") == "192.168.1.7"
    assert reachable("0.0.0.0") not in ("0.0.0.0", "")
    assert {"localhost", "127.0.0.1", "192.168.1.7"} <= set(certificate_names("192.168.1.7"))
    assert "0.0.0.0" not in certificate_names("0.0.0.0")
    assert at("::1", 1883) == "[::1]:1883"
    both = Listeners(("0.0.0.0", 1883), ("::1", 8883))
    assert Listeners.of(both.announced()) == both
    assert not Listeners.of({"broker": "embedded"})


def test_keys_of_a_file_come_and_go(tmp_path: Path) -> None:
    """A running bridge takes a key that was just added, and drops one that was just revoked."""
    kept = AccessKeyList(tmp_path, load_or_create(tmp_path, None).aws)
    keys = AccessKeys({"AKIDOWN": "own"}, keys_file(tmp_path))
    assert (keys.secret("AKIDOWN"), keys.secret("AKIDNEW")) == ("own", None)
    made = kept.add("boto", 1)
    assert keys.secret(made.access_key_id) == made.secret_access_key
    assert made.secret_access_key not in repr(keys)
    kept.revoke(made.access_key_id)
    assert keys.secret(made.access_key_id) is None
    keys_file(tmp_path).write_text("damaged")
    assert (keys.secret("AKIDOWN"), keys.secret(made.access_key_id)) == ("own", None)
    keys_file(tmp_path).unlink()
    assert keys.secret(made.access_key_id) is None
