"""A real Mosquitto on a free loopback port, for tests."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 30.0
"""A bound on the wait for the listener; it opens within 50 ms on an idle machine."""


def free_port() -> int:
    """A TCP port that was free on 127.0.0.1 a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def mosquitto_binary() -> str:
    """The path of the broker, also where /usr/sbin is not on the path."""
    return shutil.which("mosquitto") or "/usr/sbin/mosquitto"


@contextlib.contextmanager
def mosquitto(directory: Path, port: int | None = None) -> Iterator[int]:
    """Run an open Mosquitto and yield its port; stopped and waited for at the end."""
    port = port or free_port()
    configuration = directory / f"mosquitto-{port}.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
        "max_queued_messages 100000\nmax_inflight_messages 1000\n"
    )
    with (directory / f"mosquitto-{port}.log").open("wb") as log:
        process = subprocess.Popen([mosquitto_binary(), "-c", str(configuration)], stdout=log, stderr=log)
        try:
            _wait_for_listener(process, port)
            yield port
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait_for_listener(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"mosquitto ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise TimeoutError("mosquitto opened no listener")
