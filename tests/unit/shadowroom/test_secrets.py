"""A room's secrets: made once, private, bound to one room."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from shadowroom.complaint import FAILURE, USAGE, Complaint
from shadowroom.secrets import load_or_create, room_code, secrets_path


def test_the_same_data_directory_is_the_same_room(tmp_path: Path) -> None:
    """What was made at the first start is read at every later one, whether the room is named or not."""
    made = load_or_create(tmp_path, "conf")
    assert made.room == "CONF"
    assert load_or_create(tmp_path, "CONF") == made == load_or_create(tmp_path, None)


def test_a_room_without_a_name_is_demo(tmp_path: Path) -> None:
    """The default room is DEMO, and its thing carries the code and eight random characters."""
    made = load_or_create(tmp_path, None)
    assert made.room == "DEMO"
    assert re.fullmatch(r"room-demo-[a-z2-7]{8}", made.room_thing)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", made.aws.access_key_id)
    assert len(made.aws.secret_access_key) == 40


def test_the_file_is_for_this_user_only(tmp_path: Path) -> None:
    """The file is 0600 in a directory of 0700, and nothing else is left there."""
    load_or_create(tmp_path, None)
    path = secrets_path(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_two_rooms_share_no_secret(tmp_path: Path) -> None:
    """Every data directory has secrets of its own."""
    first, second = (load_or_create(tmp_path / name, None) for name in ("a", "b"))
    assert first.presenter_token != second.presenter_token
    assert first.signing_key != second.signing_key
    assert first.nats.account_seed != second.nats.account_seed
    assert first.mqtt.phones != second.mqtt.phones


def test_parts_that_start_at_once_agree(tmp_path: Path) -> None:
    """When several processes find an empty directory, one of them makes the secrets and all have these."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: load_or_create(tmp_path, None), range(8)))
    assert len({secrets.signing_key for secrets in made}) == 1


def test_no_secret_is_shown_by_repr(tmp_path: Path) -> None:
    """A log line with the whole object shows no secret."""
    made = load_or_create(tmp_path, None)
    for secret in (made.presenter_token, made.signing_key, made.aws.secret_access_key, made.mqtt.bridge):
        assert secret not in repr(made)


def test_another_room_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    """The sentence names the room that is there and the option for another."""
    load_or_create(tmp_path, "DEMO")
    with pytest.raises(Complaint, match=r"belongs to room DEMO: .*--data-dir") as refusal:
        load_or_create(tmp_path, "OTHER")
    assert refusal.value.exit_code == USAGE


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"version": 2}, "written by another version"),
        ({"room": 7}, "damaged"),
        ({"presenter_token": ""}, "damaged"),
        ({"surprise": 1}, "damaged"),
    ],
)
def test_another_version_and_damage_are_told_apart(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    """A file of another version and a damaged file are refused, each with its remedy."""
    load_or_create(tmp_path, None)
    path = secrets_path(tmp_path)
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | change))
    with pytest.raises(Complaint, match=says) as refusal:
        load_or_create(tmp_path, None)
    assert refusal.value.exit_code == FAILURE


def test_a_file_that_is_no_json_is_damaged(tmp_path: Path) -> None:
    """Half a file is reported as damage."""
    load_or_create(tmp_path, None)
    secrets_path(tmp_path).write_text('{"version": 1, "ro')
    with pytest.raises(Complaint, match="damaged"):
        load_or_create(tmp_path, None)


@pytest.mark.parametrize("text", ["", "A B", "A/B", "+", "#", "ÄÖ", "X" * 17])
def test_codes_that_no_topic_or_person_can_carry_are_refused(text: str) -> None:
    """A code is letters and digits only."""
    with pytest.raises(Complaint, match="1 to 16 letters"):
        room_code(text)
