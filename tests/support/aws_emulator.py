"""AWS on 127.0.0.1: ministack as a process, behind a door that gives its websockets the host it wants."""

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from shadowroom.ports import free_port

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".make" / "aws-tools" / "bin"
READY_S = 60.0
REGION = "eu-west-3"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIATESTTESTTESTTEST",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class AwsEmulator:
    """Where it is."""

    url: str
    """Of all services, and of MQTT over websockets."""
    mtls_port: int
    authority: bytes
    """The certificate that signed that port's."""


def tool(name: str) -> str:
    """A program of the emulator's environment, or a sentence about how to get it."""
    path = TOOLS / name
    assert path.exists(), f"{path} is not there: run `make .make/aws`, which `make test` does by itself"
    return str(path)


@contextlib.contextmanager
def aws_emulator(folder: Path) -> Iterator[AwsEmulator]:
    """An account with nothing in it."""
    port, mtls_port = free_port(), free_port()
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_PORT": str(mtls_port),
        "LOG_LEVEL": "WARNING",
    }
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [tool("python"), str(ROOT / "tests/support/ministack_on_loopback.py")],
            env={**os.environ, **settings},
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        direct = f"http://127.0.0.1:{port}"
        authority = _when_ready(direct, process)
        with _front_door(port) as door:
            yield AwsEmulator(f"http://127.0.0.1:{door}", mtls_port, authority)
    finally:
        process.terminate()
        process.wait(30)


def _when_ready(url: str, process: "subprocess.Popen[bytes]") -> bytes:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        assert process.poll() is None, "ministack ended"
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{url}/_ministack/iot/ca.pem", trust_env=False)
            if answer.status_code == 200:
                return answer.content
        time.sleep(0.1)
    raise TimeoutError("ministack did not answer")


@contextlib.contextmanager
def _front_door(port: int) -> Iterator[int]:
    """Passes connections on, and tells the emulator of websockets that they are for AWS IoT's own host, which
    no name server here knows."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: _pass(r, w, port), sock=listener)
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="front door of AWS")
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    upstream = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET /mqtt"):
            lines = [
                b"Host: x-ats.iot.eu-west-3.localhost" if _is_host(line) else line
                for line in head.split(b"\r\n")
            ]
            head = b"\r\n".join(lines)
        upstream[1].write(head)
        await asyncio.gather(_copy(reader, upstream[1]), _copy(upstream[0], writer))
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()
        upstream[1].close()


def _is_host(line: bytes) -> bool:
    return line.lower().startswith(b"host:")


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


def client(emulator: AwsEmulator, service: str) -> Any:
    """boto3's client of a service there."""
    import boto3

    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=emulator.url,
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )
