"""Real processes for tests: a broker alone, or a whole room as `shadowroom up` runs it."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson

from broker_bridge.transport.port import Account
from shadowroom.brokers.choice import broker_at
from shadowroom.brokers.port import Broker
from shadowroom.data_dir import announcement
from shadowroom.gate.handing_out import hand_out
from shadowroom.ports import free_port
from shadowroom.secrets import load_or_create

READY_WITHIN_S = 60.0
"""Seconds for a room with two hundred phones on a busy machine."""
STOP_WITHIN_S = 30.0
ROOT = Path(__file__).parents[2]
PLAIN: dict[str, Any] = {"trust_env": False, "verify": False}
"""For httpx with a room on this machine: else it makes a TLS context for each request, which is not used and
costs twenty times the request."""

T = TypeVar("T")


def start_shadowroom(
    *arguments: str, output: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """`shadowroom <arguments>` as a process whose output goes to `output`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHADOWROOM_")}
    with contextlib.ExitStack() as files:
        sink: Any = subprocess.DEVNULL if output is None else files.enter_context(output.open("ab"))
        return subprocess.Popen(
            [sys.executable, "-m", "shadowroom", *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=kept | (environment or {}),
        )


def run_shadowroom(*arguments: str, timeout_s: float = 30.0) -> subprocess.CompletedProcess[str]:
    """`shadowroom <arguments>` until it ends by itself; its output in `stdout` and `stderr`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHADOWROOM_")}
    return subprocess.run(
        [sys.executable, "-m", "shadowroom", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env=kept | {"COLUMNS": "200"},
    )


def wait_until(
    look: Callable[[], T | None], what: str, *, within_s: float = READY_WITHIN_S, pause_s: float = 0.05
) -> T:
    """The first answer of `look` that is not None or False; fails with `what` after `within_s`."""
    deadline = time.monotonic() + within_s
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        assert time.monotonic() < deadline, f"not within {within_s:.0f} s: {what}"
        time.sleep(pause_s)


def stop(process: subprocess.Popen[bytes]) -> int:
    """SIGTERM and wait; the exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


@contextlib.contextmanager
def running_broker(
    data_dir: Path, kind: str, *, mqtt_listen: int | None = None, mqtts_listen: int | None = None
) -> Iterator[Broker]:
    """`shadowroom broker --broker kind` on a data directory; yields the broker to take accounts from.

    The ports are those of the gate on 127.0.0.1, where devices come in with what `add_thing` gives.
    """
    output = data_dir.with_name(f"{data_dir.name}-output.txt")
    wanted = ["broker", "--data-dir", str(data_dir), "--broker", kind]
    process = start_shadowroom(*wanted, *gate_options(mqtt_listen, mqtts_listen), output=output)
    try:
        facts = wait_until(
            lambda: announcement(data_dir, "broker") if process.poll() is None else _ended(process, output),
            "the broker announces itself",
        )
        yield broker_at(kind, data_dir, load_or_create(data_dir, None), facts["host"], facts["port"])
    except BaseException:
        show_logs(data_dir, output)
        raise
    finally:
        stop(process)


@dataclass
class RunningRoom:
    """A room that is ready: the content of session.json, its data directory and its process."""

    session: dict[str, Any]
    data_dir: Path
    process: subprocess.Popen[bytes]
    output: Path
    """What the process prints."""

    @property
    def url(self) -> str:
        """The dashboard's address on this machine."""
        return str(self.session["url"])

    @property
    def room(self) -> str:
        """The room's code."""
        return str(self.session["room"])

    @property
    def presenter(self) -> dict[str, str]:
        """The header that makes a request the presenter's."""
        return {"Authorization": f"Bearer {self.session['presenter_token']}"}

    @property
    def operator(self) -> Account:
        """The operator's MQTT account, under a client id of its own."""
        mqtt = self.session["mqtt"]
        return Account(mqtt["host"], mqtt["port"], "test-operator", mqtt["username"], mqtt["password"])

    def part_pid(self, part: str) -> int | None:
        """The process id of `shadowroom <part>`, a child of this room."""
        return next((pid for pid, words in children(self.process.pid) if _is_part(words, part)), None)


@contextlib.contextmanager
def running_room(
    tmp_path: Path,
    broker: str = "embedded",
    phones: int = 0,
    *,
    arguments: Sequence[str] = (),
    port: int | None = None,
    mqtt_listen: int | None = None,
    mqtts_listen: int | None = None,
) -> Iterator[RunningRoom]:
    """`shadowroom up` on 127.0.0.1 and a free port with its data in `tmp_path/room`, ready; stopped at the
    end.

    The same `tmp_path` again is the same room. `mqtt_listen` and `mqtts_listen` are ports on 127.0.0.1 where
    devices come in with what `add_thing` gives. On failure the logs of all parts are printed.
    """
    data_dir, output = tmp_path / "room", tmp_path / "up-output.txt"
    wanted = ["up", "--host", "127.0.0.1", "--port", str(port or free_port()), "--data-dir", str(data_dir)]
    wanted += [
        "--broker",
        broker,
        "--phones",
        str(phones),
        *gate_options(mqtt_listen, mqtts_listen),
        *arguments,
    ]
    process = start_shadowroom(*wanted, output=output)
    try:
        yield RunningRoom(_session(data_dir, process, output), data_dir, process, output)
    except BaseException:
        show_logs(data_dir, output)
        raise
    finally:
        if process.poll() is None:
            stop(process)


def emptied(room: RunningRoom) -> RunningRoom:
    """The room after "Start fresh", ready: nobody is in it, nothing shown or asked."""
    url = f"{room.url}/api/rooms/{room.room}/fresh"
    httpx.post(url, headers=room.presenter, timeout=30, **PLAIN).raise_for_status()
    wait_until(lambda: _ready(room.url), "the empty room is ready")
    return room


def gate_options(mqtt_listen: int | None, mqtts_listen: int | None) -> list[str]:
    """The options that open the gate on these ports of 127.0.0.1."""
    ports = {"--mqtt-listen": mqtt_listen, "--mqtts-listen": mqtts_listen}
    return [
        word for option, port in ports.items() if port is not None for word in (option, f"127.0.0.1:{port}")
    ]


def add_thing(data_dir: Path, name: str, certs: Path | None = None) -> dict[str, Any]:
    """What `shadowroom things add NAME --json` does and prints, without a process of its own: `host`, `port`,
    `client_id`, `username`, `password`, `tls_port`, `ca`, `certificate`, `private_key`; what there is not is
    None.
    """
    return hand_out(data_dir, name, certs).as_json()


def _session(data_dir: Path, process: subprocess.Popen[bytes], output: Path) -> dict[str, Any]:
    path = data_dir / "session.json"

    def look() -> dict[str, Any] | None:
        if process.poll() is not None:
            _ended(process, output)
        return orjson.loads(path.read_bytes()) if path.is_file() else None

    session = wait_until(look, "session.json is there")
    wait_until(lambda: _ready(session["url"]), "the room is ready")
    return session


def _ready(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{url}/readyz", timeout=5, **PLAIN).status_code == 200
    return False


def children(pid: int) -> list[tuple[int, list[str]]]:
    """The children of process `pid` with their command lines (Linux)."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                words = (path / "cmdline").read_bytes().decode().split("\0")
                found.append((int(path.name), words))
    return found


def descendants(pid: int) -> list[tuple[int, list[str]]]:
    """Children, their children, and so on."""
    direct = children(pid)
    return direct + [found for child, _ in direct for found in descendants(child)]


def _is_part(words: list[str], part: str) -> bool:
    return words[1:4] == ["-m", "shadowroom", part]


def _ended(process: subprocess.Popen[bytes], output: Path) -> None:
    text = output.read_text(errors="replace") if output.is_file() else ""
    raise AssertionError(f"the process ended with {process.returncode}: {text}")


def show_logs(data_dir: Path, output: Path) -> None:
    """Print what the processes said, for the report of a failed test."""
    for path in [output, *sorted((data_dir / "logs").glob("*.log"))]:
        if path.is_file():
            print(f"--- {path}\n{path.read_text(errors='replace')[-6000:]}")
