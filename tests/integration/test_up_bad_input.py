"""Everything that can be typed wrongly: one clear sentence, the right exit code, never a traceback."""

import socket
from pathlib import Path

import orjson
import pytest

from shadowroom.ports import free_port
from shadowroom.secrets import load_or_create, secrets_path
from tests.support.rooms import run_shadowroom


def check(said: str, code: int, arguments: list[str]) -> None:
    tried = run_shadowroom(*arguments)
    assert said in tried.stderr, tried.stderr
    assert tried.returncode == code
    assert "Traceback" not in tried.stderr + tried.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["up", "--broker", "aws"], "shadowroom aws deploy"),
        (["up", "--broker", "rabbitmq"], "'rabbitmq' is not known"),
        (["up", "--broker", "mqtt://"], "is not of the form mqtt://"),
        (["up", "--mqtt-listen", "1883"], "--mqtt-listen '1883' is not of the form host:port"),
        (["up", "--tunnel-workers", "4", "--broker", "aws"], "phones connect to AWS itself"),
        (["up", "--tunnel-workers", "4", "--like-aws", "eu-west-3"], "leave --tunnel-workers away"),
        (["up", "--tunnel-workers", "1000"], "Invalid value for '--tunnel-workers'"),
        (["tunnel", "--number", "1", "--listener", "999"], "is started by the dashboard"),
        (["up", "--room", "A/B"], "1 to 16 letters"),
        (["up", "--store", "redis://x"], "--store 'redis://x' is not known"),
        (["up", "--public-url", "room.example"], "--public-url 'room.example' is not of the form"),
        (["up", "--certfile", "cert.pem"], "--certfile and --keyfile belong together"),
        (["up", "--certfile", "no.pem", "--keyfile", "no.key"], "no certificate or key file no.pem"),
        (["up", "--certfile", "pyproject.toml", "--keyfile", "pyproject.toml"], "no certificate and its key"),
        (["up", "--port", "http"], "Invalid value for '--port'"),
        (["up", "--port", "70000"], "Invalid value for '--port'"),
        (["broker", "--broker", "mqtt://127.0.0.1"], "runs a broker here"),
        (["broker", "--listen", "1883"], "not of the form host:port"),
        (["broker", "--broker", "embedded", "--configure-only", "out"], "use --broker mosquitto"),
        (["bridge", "--broker-address", "1883"], "not of the form host:port"),
        (["bench", "--broker", "aws"], "Figures are of this machine"),
        (["things", "add", "a lamp"], "is not a thing's name"),
        (["things", "remove", "lamp"], "There is no thing 'lamp' on the list"),
        (["keys", "revoke", "AKIANOBODY"], "There is no key 'AKIANOBODY'"),
        (["sim", "--scenario", "rain"], "take one of flaky, hall, lecture, storm, or a file of your own"),
        (["sim", "--scenario", "rain.toml"], "rain.toml cannot be read: No such file or directory"),
        (["sim", "--direct"], "--direct needs the data directory of a room that runs on this machine"),
        (["sim", "--url", "nowhere"], "no address of a dashboard"),
        (["sim", "--room", "a b"], "1 to 16 letters"),
        (["fly"], "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """What makes no sense or is not built is refused before anything is started."""
    takes_directory = arguments[0] in ("up", "broker", "bridge", "sim", "things", "keys")
    check(said, 2, [*arguments, *(["--data-dir", str(tmp_path / "room")] if takes_directory else [])])


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    """`up` looks before it starts anything, names the port and the option."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        check(
            f"Port {port} on 127.0.0.1 is in use by another program",
            1,
            ["up", "--host", "127.0.0.1", "--port", port, "--data-dir", str(tmp_path / "room")],
        )


@pytest.mark.parametrize("command", ["up", "broker", "bridge", "dashboard"])
def test_another_rooms_directory_is_refused(tmp_path: Path, command: str) -> None:
    """A different `--room` for a directory that has one is refused by every command."""
    load_or_create(tmp_path, "DEMO")
    arguments = [command, "--room", "OTHER", "--data-dir", str(tmp_path)]
    check("belongs to room DEMO", 2, arguments)


def test_secrets_of_another_version_are_refused(tmp_path: Path) -> None:
    """The sentence says which version reads them and what else to do."""
    load_or_create(tmp_path, "DEMO")
    path = secrets_path(tmp_path)
    path.write_bytes(orjson.dumps(orjson.loads(path.read_bytes()) | {"version": 99}))
    check("another version of Shadowroom", 1, ["up", "--data-dir", str(tmp_path)])


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file where the data directory should be."""
    (tmp_path / "file").write_text("")
    check("cannot be made", 1, ["up", "--data-dir", str(tmp_path / "file")])


@pytest.mark.parametrize("command", ["bridge", "dashboard"])
def test_a_part_without_a_broker_says_how_to_get_one(tmp_path: Path, command: str) -> None:
    """Alone, a part needs a broker on its data directory or an address."""
    check("start `shadowroom broker`", 1, [command, "--data-dir", str(tmp_path)])


@pytest.mark.broker
def test_a_store_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    """The bridge's own words reach the terminal, and nothing is left running."""
    (tmp_path / "shadows.db").mkdir()
    arguments = ["up", "--host", "127.0.0.1", "--port", str(free_port()), "--data-dir", str(tmp_path)]
    check("The shadow store cannot be used", 1, [*arguments, "--broker", "embedded"])
    assert not (tmp_path / "session.json").exists()


def test_help_and_version_answer() -> None:
    """Every command's help is there, and the version is told."""
    for arguments in (["--help"], ["--version"], *([name, "--help"] for name in ("up", "broker", "bridge"))):
        answered = run_shadowroom(*arguments)
        assert answered.returncode == 0
        assert answered.stdout
