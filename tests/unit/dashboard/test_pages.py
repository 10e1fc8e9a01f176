"""Pages: what is served when the front end is built, and when it is not."""

import base64
import hashlib
import socket
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from dashboard.api.assets import FOREVER, Assets
from dashboard.api.pages import router_for
from dashboard.listening import CannotListen, listen
from dashboard.serve import serve


def client(static: Path, *embed_origins: str) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(router_for(static, embed_origins))
    app.mount("/assets", Assets(static / "assets"))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://room.local:8000")


async def test_pages_are_never_stored_and_assets_for_ever(tmp_path: Path) -> None:
    """A page has a policy that allows its own inline parts and nothing from elsewhere."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "join-abc123.js").write_text("1")
    (tmp_path / "join.html").write_text(
        "<script src='/assets/x.js'></script><script>let a</script><style>b{}</style>"
    )
    async with client(tmp_path) as browser:
        page = await browser.get("/j/DEMO")
        policy = page.headers["content-security-policy"]
        digest = base64.b64encode(hashlib.sha256(b"let a").digest()).decode()
        assert f"script-src 'self' 'sha256-{digest}';" in policy
        assert "unsafe" not in policy
        assert "connect-src 'self' ws://room.local:8000 wss://room.local:8000" in policy
        assert page.headers["cache-control"] == "no-store"
        asset = await browser.get("/assets/join-abc123.js")
        assert asset.headers["cache-control"] == FOREVER
        missing = await browser.get("/assets/join-old.js")
        assert missing.status_code == 404
        assert "cache-control" not in missing.headers


async def test_only_the_stage_is_framed_and_only_by_the_list(tmp_path: Path) -> None:
    """`?embed` opens it to the origins that were given; without a list it is closed, as every other page."""
    for name in ("stage.html", "present.html"):
        (tmp_path / name).write_text("<p>Hello</p>")
    origins = ("https://slides.example", "http://localhost:3000")
    for given, path, expected in (
        (origins, "/stage/DEMO?embed", " ".join(origins)),
        (origins, "/stage/DEMO", "'none'"),
        (origins, "/present/DEMO?embed", "'none'"),
        ((), "/stage/DEMO?embed", "'none'"),
    ):
        async with client(tmp_path, *given) as browser:
            policy = (await browser.get(path)).headers["content-security-policy"]
            assert f"; frame-ancestors {expected};" in policy


async def test_assets_travel_packed_to_browsers_that_take_that(tmp_path: Path) -> None:
    """The same bytes for everybody, fewer on the way; a cache keeps the two apart."""
    (tmp_path / "assets").mkdir()
    script = "let colour = 'red';" * 1_000
    (tmp_path / "assets" / "join-abc123.js").write_text(script)
    async with client(tmp_path) as browser:
        for accepted, encoding in (("gzip, br", "gzip"), ("identity", None)):
            asset = await browser.get("/assets/join-abc123.js", headers={"accept-encoding": accepted})
            assert asset.text == script
            assert asset.headers.get("content-encoding") == encoding
            assert asset.headers["vary"] == "Accept-Encoding"
            assert asset.headers["content-type"].startswith("text/javascript")
            assert (int(asset.headers["content-length"]) < len(script) / 10) is (encoding == "gzip")
        not_changed = await browser.get(
            "/assets/join-abc123.js",
            headers={"accept-encoding": "identity", "if-none-match": asset.headers["etag"]},
        )
        assert not_changed.status_code == 304


@pytest.mark.parametrize("path", ["/", "/j/DEMO", "/stage/DEMO", "/present/DEMO"])
async def test_a_front_end_that_is_not_built_says_how_to_build_it(tmp_path: Path, path: str) -> None:
    """503 with a sentence, on every page."""
    async with client(tmp_path) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 503
    assert "make web" in answer.text


async def test_a_strange_host_header_does_not_get_into_the_policy(tmp_path: Path) -> None:
    """Nobody writes our policy but we."""
    (tmp_path / "index.html").write_text("<p>hi")
    async with client(tmp_path) as browser:
        answer = await browser.get("/", headers={"host": "a; script-src *"})
    assert answer.headers["content-security-policy"].endswith("connect-src 'self'")


def test_a_busy_port_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """It names the port and what to do."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"Port {port} .* --port"):
            listen("127.0.0.1", port)
        # The application is not even made: nothing is opened, and no broker is asked.
        assert serve(SimpleNamespace(workers=None), "127.0.0.1", port) == 1  # type: ignore[arg-type]
        assert capsys.readouterr().err.startswith(f"Port {port} on 127.0.0.1 is in use")
    with pytest.raises(CannotListen, match="no address"):
        listen("no.such.host.invalid", 0)
