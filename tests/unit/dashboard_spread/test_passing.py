"""Connections that a worker passes on: what goes where, over real sockets."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from dashboard.listening import listen_in_parts, server_settings
from dashboard.spread.passing import FirstLook, PassedOn, introduction, is_for_tunnel
from dashboard.spread.places import PathTooLong, check_places, listen_at
from tests.support.certificates import certificates
from tests.support.served import InProcess

WAIT_S = 15.0
BODY = bytes(range(256)) * 8_000


@pytest.mark.parametrize(
    ("head", "goes"),
    [
        (b"GET /mqtt HTTP/1.1\r\n", True),
        (b"GET /mqtt?way=1 HTTP/1.1\r\n", True),
        (b"GET /mqtt/poll/x HTTP/1.1\r\n", False),
        (b"GET /mqttx HTTP/1.1\r\n", False),
        (b"POST /mqtt/poll HTTP/1.1\r\n", False),
        (b"GET / HTTP/1.1\r\n", False),
        (b"\x16\x03\x01", False),
    ],
)
def test_the_first_bytes_tell_what_a_connection_is_for(head: bytes, goes: bool) -> None:
    """However they are cut: nothing is decided too early, and never otherwise with more bytes."""
    decided = [said for end in range(len(head) + 1) if (said := is_for_tunnel(head[:end])) is not None]
    assert set(decided) == {goes}


def test_sockets_of_one_port_are_apart_and_nobody_elses() -> None:
    """Each process has its own on the one port, and a second room on that port is refused."""
    sockets = listen_in_parts("127.0.0.1", 0, 3)
    try:
        ports = {one.getsockname()[1] for one in sockets}
        assert len(ports) == 1
        with pytest.raises(Exception, match="in use"):
            listen_in_parts("127.0.0.1", ports.pop(), 2)
    finally:
        for one in sockets:
            one.close()


def test_a_path_that_is_too_long_is_noticed(tmp_path: Path) -> None:
    """The kernel takes about a hundred bytes for the address of a socket."""
    check_places(Path("/tmp/room"))
    with pytest.raises(PathTooLong):
        check_places(tmp_path / ("x" * 100))


async def _dashboard(scope: Any, receive: Any, send: Any) -> None:
    """Says who is there, and sends the body back."""
    body = b""
    while True:
        event = await receive()
        body += event["body"]
        if not event["more_body"]:
            break
    said = orjson.dumps([scope["client"][0], scope["scheme"], scope["path"], len(body)])
    headers = [(b"content-length", str(len(body)).encode()), (b"x-said", said)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _tunnel(scope: Any, _receive: Any, send: Any) -> None:
    assert scope["path"] == "/mqtt"
    await send({"type": "http.response.start", "status": 418, "headers": [(b"connection", b"close")]})
    await send({"type": "http.response.body", "body": b"the tunnel"})


@contextlib.asynccontextmanager
async def _serving(app: Any, listener: socket.socket, **more: Any) -> AsyncIterator[None]:
    settings = server_settings() | more
    server = InProcess(uvicorn.Config(app, lifespan="off", **settings))
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="a server of a test")
    try:
        async with asyncio.timeout(WAIT_S):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
        yield
    finally:
        server.should_exit = True
        await serving


@contextlib.asynccontextmanager
async def _worker(folder: Path, *, dashboard: bool = True, **tls: Any) -> AsyncIterator[int]:
    """A worker before a dashboard; its port."""
    path = folder / "pages.sock"
    (front,) = listen_in_parts("127.0.0.1", 0, 1)
    port: int = front.getsockname()[1]
    async with contextlib.AsyncExitStack() as stack:
        if dashboard:
            await stack.enter_async_context(_serving(_dashboard, listen_at(path), http=PassedOn))
        look = type("FirstLook", (FirstLook,), {"dashboard": str(path)})
        await stack.enter_async_context(_serving(_tunnel, front, http=look, **tls))
        yield port


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[int]:
    async with _worker(tmp_path) as port:
        yield port


async def test_what_is_not_the_tunnels_is_answered_by_the_dashboard(worker: int) -> None:
    """Several requests on one connection, long ones too, and the dashboard knows who asks."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{worker}", timeout=WAIT_S) as http:
        for path, body in (("/", b""), ("/j/DEMO", BODY), ("/mqtt/poll", b"abc"), ("/mqtt", b"again")):
            answer = await http.request("POST", path, content=body)
            assert answer.content == body
            assert orjson.loads(answer.headers["x-said"]) == ["127.0.0.1", "http", path, len(body)]


async def test_tls_ends_at_the_worker(tmp_path: Path) -> None:
    """And the dashboard knows that the phone spoke it."""
    certificates(tmp_path)
    tls = {"ssl_certfile": tmp_path / "server.pem", "ssl_keyfile": tmp_path / "server.key"}
    trusted = ssl.create_default_context(cafile=tmp_path / "authority.pem")
    async with (
        _worker(tmp_path, **tls) as port,
        httpx.AsyncClient(base_url=f"https://127.0.0.1:{port}", verify=trusted, timeout=WAIT_S) as https,
    ):
        answer = await https.post("/j/DEMO", content=BODY)
        assert answer.content == BODY
        assert orjson.loads(answer.headers["x-said"])[:2] == ["127.0.0.1", "https"]
    async with (
        _worker(tmp_path, **tls) as port,
        httpx.AsyncClient(base_url=f"https://127.0.0.1:{port}", verify=trusted, timeout=WAIT_S) as https,
    ):
        assert (await https.get("/mqtt")).text == "the tunnel"


async def test_the_tunnels_own_stays_at_the_worker(worker: int) -> None:
    """Also when the first bytes come one by one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", worker)
    for byte in b"GET /mqtt HTTP/1.1\r\nhost: x\r\n\r\n":
        writer.write(bytes((byte,)))
        await writer.drain()
    async with asyncio.timeout(WAIT_S):
        assert b"the tunnel" in await reader.read()
    writer.close()


async def test_a_phone_that_reads_slowly_gets_everything(worker: int) -> None:
    """What is long goes both ways whole, each end held up by the other's pace."""
    reader, writer = await asyncio.open_connection("127.0.0.1", worker, limit=1_024)
    body = BODY * 4
    writer.write(b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body))
    writer.write(body)
    received = bytearray()
    async with asyncio.timeout(WAIT_S):
        while part := await reader.read(100_000):
            received += part
    assert received.endswith(body)
    writer.close()


async def test_without_a_dashboard_the_connection_ends(tmp_path: Path) -> None:
    """The phone tries again, as with a server that is not there."""
    async with _worker(tmp_path, dashboard=False) as port, httpx.AsyncClient(timeout=WAIT_S) as http:
        with pytest.raises(httpx.TransportError):
            await http.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("said", [b"x" * 300, b"no JSON\n", b"[1]\n", introduction(None, "https")])
async def test_only_who_introduces_a_connection_is_served(tmp_path: Path, said: bytes) -> None:
    """Who writes anything else to the dashboard's socket is hung up on; an unknown address is none."""
    path = tmp_path / "pages.sock"
    async with _serving(_dashboard, listen_at(path), http=PassedOn):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(said)
        async with asyncio.timeout(WAIT_S):
            if said == introduction(None, "https"):
                writer.write(b"rubbish\r\n\r\n")
            assert b"200 OK" not in await reader.read()
        writer.close()
