"""`shadowroom up` as a person runs it: a room from one command, and what survives what."""

import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from broker_bridge.transport.port import Account
from shadowroom.brokers.port import Role
from shadowroom.data_dir import announcement
from shadowroom.ports import free_port
from shadowroom.secrets import load_or_create
from tests.support.mqtt_probe import MqttProbe
from tests.support.rooms import (
    PLAIN,
    RunningRoom,
    children,
    descendants,
    run_shadowroom,
    running_broker,
    running_room,
    start_shadowroom,
    stop,
    wait_until,
)

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

BROKERS = ["embedded", "mosquitto"]


def connected(room: RunningRoom) -> int:
    return int(httpx.get(f"{room.url}/api/rooms/{room.room}", **PLAIN).json()["connected"])


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5, **PLAIN).status_code == 200
    except httpx.HTTPError:
        return False


def accepts(host: str, port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((host, port)) == 0


def broker_child(room: RunningRoom) -> int | None:
    part = room.part_pid("broker")
    found = [] if part is None else [pid for pid, words in children(part) if "-I" not in words]
    return found[0] if found else None


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningRoom]:
    """A room with one simulated phone, which outlives what is done to it."""
    with running_room(tmp_path_factory.mktemp("standing"), phones=1) as room:
        yield room


@pytest.mark.parametrize("broker", BROKERS)
def test_a_room_is_open_when_its_session_file_is_there(tmp_path: Path, broker: str) -> None:
    """session.json appears when everything is ready, is private, works, and is gone after a clean stop."""
    with running_room(tmp_path, broker) as room:
        path = room.data_dir / "session.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        session = room.session
        assert set(session) == {
            *("url", "room", "room_thing", "presenter_token", "join_url", "stage_url", "presenter_url"),
            *("mqtt", "aws"),
        }
        assert set(session["mqtt"]) == {"host", "port", "username", "password"}
        assert set(session["aws"]) == {"access_key_id", "secret_access_key", "region", "endpoint_url"}
        assert session["join_url"] == f"{room.url}/j/DEMO"
        assert session["presenter_url"].endswith(f"/present/DEMO#token={session['presenter_token']}")
        assert accepts("127.0.0.1", urlsplit(session["aws"]["endpoint_url"]).port or 0)
        with MqttProbe(room.operator) as operator:
            operator.subscribe(f"$aws/things/{session['room_thing']}/shadow/get/rejected", "any/#")
            operator.publish("any/thing", b"x", qos=1)
            operator.wait_for_message("any/thing", b"x")
        assert stop(room.process) == 0
        assert not path.exists()
        printed = room.output.read_text()
        assert session["join_url"] in printed
        assert "█" in printed
        assert "Broker" in printed


@pytest.mark.parametrize("broker", BROKERS)
def test_a_killed_broker_comes_back_and_so_does_everyone(tmp_path: Path, broker: str) -> None:
    """After kill -9 of the broker another one serves the same port, and every phone is connected again."""
    with running_room(tmp_path, broker, phones=5) as room:
        wait_until(lambda: connected(room) == 5, "five phones are connected")
        killed = broker_child(room)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: broker_child(room) not in (None, killed), "another broker runs")
        mqtt = room.session["mqtt"]
        wait_until(lambda: accepts(mqtt["host"], mqtt["port"]), "the broker is where it was")
        wait_until(lambda: is_ready(room.url) and connected(room) == 5, "five phones are connected again")
        with MqttProbe(room.operator) as operator:
            assert operator.connects == 1


@pytest.mark.parametrize("part", ["broker", "bridge", "dashboard"])
def test_a_killed_part_is_started_again(standing: RunningRoom, part: str) -> None:
    """After kill -9 of any part the room becomes ready at the same addresses, and the terminal says so."""
    killed = standing.part_pid(part)
    assert killed is not None
    family = [killed, *(pid for pid, _ in descendants(killed))]
    os.kill(killed, signal.SIGKILL)
    # A broker outlives its supervisor by a moment, in which the room is ready still.
    wait_until(lambda: not any(alive(pid) for pid in family), f"the old {part} is gone")
    wait_until(lambda: standing.part_pid(part) not in (None, killed), f"another {part} runs")
    mqtt = standing.session["mqtt"]
    wait_until(lambda: accepts(mqtt["host"], mqtt["port"]), "the broker is where it was")
    wait_until(lambda: is_ready(standing.url), "the room is ready again")
    with MqttProbe(standing.operator) as operator:
        operator.subscribe("any/#")
        operator.publish("any/thing", b"x", qos=1)
        operator.wait_for_message("any/thing", b"x")
    assert f"{part} ended (signal SIGKILL); starting it again" in standing.output.read_text()


@pytest.mark.parametrize("broker", BROKERS)
def test_nothing_outlives_a_killed_supervisor_and_the_same_room_opens_again(
    tmp_path: Path, broker: str
) -> None:
    """After kill -9 of `up` all processes end and let go of their ports; the next `up` is the same room."""
    port = free_port()
    with running_room(tmp_path, broker, phones=3, port=port) as room:
        first = room.session
        # The crowd comes when the room is open.
        family = wait_until(lambda: family_of(room.process.pid, 5), "broker twice, bridge, dashboard, crowd")
        room.process.kill()
        room.process.wait()
        # At once, while the old processes are still on their way out.
        with running_room(tmp_path, broker, port=port) as again:
            for name in ("room", "room_thing", "presenter_token", "join_url", "presenter_url"):
                assert again.session[name] == first[name]
            assert again.session["aws"]["access_key_id"] == first["aws"]["access_key_id"]
            wait_until(lambda: not any(alive(pid) for pid, _ in family), "the old processes are gone")
            assert not accepts(first["mqtt"]["host"], first["mqtt"]["port"])


def family_of(pid: int, size: int) -> list[tuple[int, list[str]]] | None:
    """The descendants once there are so many."""
    found = descendants(pid)
    return found if len(found) == size else None


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_closes_the_room_in_order(tmp_path: Path) -> None:
    """SIGINT ends all parts cleanly, with exit code 0 and no traceback in any log."""
    with running_room(tmp_path) as room:
        family = descendants(room.process.pid)
        room.process.send_signal(signal.SIGINT)
        assert room.process.wait(30) == 0
        assert not any(alive(pid) for pid, _ in family)
        for path in [room.output, *(room.data_dir / "logs").iterdir()]:
            assert "Traceback" not in path.read_text()


def test_a_second_room_on_the_same_directory_is_refused(standing: RunningRoom) -> None:
    """The second `up` says who is there, and the first goes on."""
    words = ("--host", "127.0.0.1", "--port", "1", "--data-dir", str(standing.data_dir))
    tried = run_shadowroom("up", *words)
    assert tried.returncode == 1
    assert f"A room (process {standing.process.pid}) already runs" in tried.stderr
    assert is_ready(standing.url)
    assert (standing.data_dir / "session.json").exists()


def test_no_secret_is_on_a_command_line(standing: RunningRoom) -> None:
    """The process list of a running room shows none of its secrets."""
    secrets = load_or_create(standing.data_dir, None)
    hidden = [
        secrets.presenter_token,
        secrets.signing_key,
        secrets.aws.secret_access_key,
        *secrets.mqtt.model_dump().values(),
        *secrets.nats.model_dump().values(),
        standing.session["mqtt"]["password"],
    ]
    shown = " ".join(word for _, words in descendants(standing.process.pid) for word in words)
    assert not [secret for secret in hidden if secret in shown]
    assert {"broker", "bridge", "dashboard", "sim"} <= set(shown.split())


def test_a_room_on_somebody_elses_broker(tmp_path: Path) -> None:
    """With `mqtt://…` no broker is started, the password stays off command lines, the room opens."""
    with running_broker(tmp_path / "theirs", "mosquitto") as theirs:
        account = theirs.account(Role.OPERATOR)
        url = f"mqtt://{account.username}:{account.password}@{theirs.host}:{theirs.port}"
        with running_room(tmp_path, url, phones=3) as room:
            wait_until(lambda: connected(room) == 3, "three phones are connected")
            assert room.part_pid("broker") is None
            assert room.session["mqtt"]["port"] == theirs.port
            shown = " ".join(word for _, words in descendants(room.process.pid) for word in words)
            assert account.password is not None
            assert account.password not in shown


def test_a_broker_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    """A refused password on somebody else's broker ends `up` with the reason."""
    with running_broker(tmp_path / "theirs", "mosquitto") as theirs:
        tried = run_shadowroom(
            *("up", "--host", "127.0.0.1", "--port", str(free_port()), "--data-dir", str(tmp_path / "room")),
            *("--broker", f"mqtt://me:wrong@{theirs.host}:{theirs.port}"),
        )
    assert tried.returncode == 1
    assert tried.stderr.startswith("The broker cannot be used: ")
    assert "wrong" not in tried.stderr
    assert "Traceback" not in tried.stderr


def test_a_room_with_tls(tmp_path: Path) -> None:
    """With a certificate every address is https, and the room is ready there."""
    certificate, key = tmp_path / "room.pem", tmp_path / "room.key"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-subj", "/CN=room.example", "-days", "2", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    port, data_dir = free_port(), tmp_path / "room"
    process = start_shadowroom(
        *("up", "--host", "127.0.0.1", "--port", str(port), "--data-dir", str(data_dir)),
        *("--certfile", str(certificate), "--keyfile", str(key), "--broker", "embedded"),
        output=tmp_path / "out.txt",
    )
    try:
        wait_until(lambda: (data_dir / "session.json").exists(), "session.json is there")
        assert is_ready(f"https://127.0.0.1:{port}")
        address = f"https://127.0.0.1:{port}/j/DEMO"
        wait_until(lambda: address in (tmp_path / "out.txt").read_text(), "the address is printed")
    finally:
        assert stop(process) == 0


def test_the_parts_run_alone_on_one_data_directory(tmp_path: Path) -> None:
    """Broker, bridge and dashboard started by hand find each other through the data directory."""
    data_dir, port, rest_port = tmp_path / "room", free_port(), free_port()
    base = ("--data-dir", str(data_dir))
    with running_broker(data_dir, "embedded"):
        bridge = start_shadowroom(
            "bridge", *base, "--rest-port", str(rest_port), output=tmp_path / "bridge.txt"
        )
        try:
            wait_until(lambda: announcement(data_dir, "bridge"), "the bridge announces itself")
            dashboard = start_shadowroom(
                *("dashboard", *base, "--host", "127.0.0.1", "--port", str(port)), output=tmp_path / "d.txt"
            )
            try:
                wait_until(lambda: is_ready(f"http://127.0.0.1:{port}"), "the dashboard is ready")
            finally:
                stop(dashboard)
        finally:
            assert stop(bridge) == 0


def test_a_configuration_alone_is_one_that_mosquitto_runs(tmp_path: Path) -> None:
    """`broker --configure-only` writes what a Mosquitto elsewhere needs, and the room's accounts get in."""
    port, directory = free_port(), tmp_path / "mosquitto"
    made = run_shadowroom(
        *("broker", "--broker", "mosquitto", "--data-dir", str(tmp_path / "room")),
        *("--configure-only", str(directory), "--listen", f"127.0.0.1:{port}"),
    )
    assert made.returncode == 0, made.stderr
    mosquitto = subprocess.Popen(
        ["mosquitto", "-c", str(directory / "mosquitto.conf")],
        env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: accepts("127.0.0.1", port), "Mosquitto listens")
        secrets = load_or_create(tmp_path / "room", None)
        with MqttProbe(Account("127.0.0.1", port, "bridge", "bridge", secrets.mqtt.bridge)) as bridge:
            assert bridge.refused is None
    finally:
        stop(mosquitto)
